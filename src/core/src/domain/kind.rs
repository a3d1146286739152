//! Kinds of emergency. A word from outside that is none of them may be free text about a person, and
//! is kept with what is private.

use super::plan::Plans;

/// What stands for a kind that is not known.
pub const OTHER: &str = "other";

/// The kinds that the pages have words for.
pub const KNOWN: [&str; 13] = [
    "cardiac_arrest",
    "unconscious",
    "breathing",
    "chest_pain",
    "choking",
    "allergy",
    "bleeding",
    "seizure",
    "stroke",
    "fall",
    "drowning",
    "burn",
    OTHER,
];

/// The kind as everybody may read it, and the word of the sender when that is none that is known:
/// neither here nor the id of a plan.
pub fn public(kind: String, plans: &Plans) -> (String, Option<String>) {
    if KNOWN.contains(&kind.as_str()) || plans.of_kind(&kind).1 {
        (kind, None)
    } else {
        (OTHER.to_owned(), Some(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_known_kind_is_public() {
        let plans = Plans::built_in();
        let read = |kind: &str| public(kind.to_owned(), &plans);
        assert_eq!(read("choking"), ("choking".to_owned(), None));
        assert_eq!(
            read("Mr Smith collapsed"),
            (OTHER.to_owned(), Some("Mr Smith collapsed".to_owned()))
        );
        let mut plans = plans;
        plans.plans[0].id = "bee_sting".to_owned();
        assert_eq!(
            public("bee_sting".to_owned(), &plans),
            ("bee_sting".to_owned(), None)
        );
    }
}
