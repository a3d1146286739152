//! Finding people by what somebody typed: part of a name or id, or a telephone number.
//!
//! Both sides are brought to the same form here, and never by a database: two engines would not
//! agree on what a letter without its accent is.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Longest question, characters.
pub const ASKED_MAX: usize = 100;
/// Most words of a question.
pub const WORDS_MAX: usize = 4;
/// Longest text of a person that is searched, bytes: an index holds no longer ones.
const TEXT_MAX: usize = 1_500;
/// Fewer digits are no telephone number.
const DIGITS_MIN: usize = 3;
/// Of a number with its country's code only so many of the last digits count, because many are
/// kept without the code.
const LOCAL_DIGITS: usize = 8;

/// The text in small letters without accents. Compatible forms of a letter are one letter.
pub fn folded(text: &str) -> String {
    text.nfkd()
        .filter(|letter| !is_combining_mark(*letter))
        .flat_map(char::to_lowercase)
        // small letters of some scripts fall apart once more
        .nfkd()
        .filter(|letter| !is_combining_mark(*letter))
        .fold(String::new(), |mut plain, letter| {
            match without_stroke(letter) {
                Some(letters) => plain.push_str(letters),
                None => plain.push(letter),
            }
            plain
        })
}

/// Letters that Unicode does not take apart, as people type them who lack them.
fn without_stroke(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ł' => "l",
        'þ' => "th",
        'ŧ' => "t",
        'ς' => "σ",
        _ => return None,
    })
}

/// `Müller` as `Mueller`, which is how it is written where there is no ü.
fn spelled_out(text: &str) -> String {
    let composed = text.nfc().flat_map(char::to_lowercase);
    composed.fold(String::new(), |mut text, letter| {
        match letter {
            'ä' => text.push_str("ae"),
            'ö' => text.push_str("oe"),
            'ü' => text.push_str("ue"),
            letter => text.push(letter),
        }
        text
    })
}

/// The digits of a telephone number without what is said or left out from place to place: the
/// zeros before a country's code, and `(0)`.
fn digits_of(phone: &str) -> String {
    let phone = folded(phone).replace("(0)", "");
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix("00") {
        Some(abroad) => abroad.to_owned(),
        None => digits,
    }
}

/// What of a person is searched, a line each: the name first, so that people in the order of
/// this text are in the order of their names.
pub fn text_of(name: &str, id: &str, phone: Option<&str>) -> String {
    let mut text = folded(name);
    let also = folded(&spelled_out(name));
    if also != text {
        text.push('\n');
        text.push_str(&also);
    }
    for line in [folded(id), phone.map(digits_of).unwrap_or_default()] {
        text.push('\n');
        text.push_str(&line);
    }
    text.truncate(text.floor_char_boundary(TEXT_MAX));
    text
}

/// What somebody typed to find people. No `Debug`: it holds names.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Sought {
    /// Each must stand in the text of a person; those beyond the typed ones are empty.
    pub words: [String; WORDS_MAX],
    /// Or these digits alone, when what was typed may be a telephone number.
    pub digits: Option<String>,
}

impl Sought {
    /// From what was typed; `None` when it is too long or has too many words.
    pub fn of(typed: &str) -> Option<Self> {
        if typed.chars().count() > ASKED_MAX {
            return None;
        }
        let text = folded(typed);
        let mut sought = Self {
            words: <[String; WORDS_MAX]>::default(),
            digits: phone_in(&text),
        };
        let mut places = sought.words.iter_mut();
        for word in text.split_whitespace() {
            match places.next() {
                Some(place) => word.clone_into(place),
                // a telephone number may be typed in any number of groups
                None if sought.digits.is_some() => break,
                None => return None,
            }
        }
        Some(sought)
    }

    /// Whether a person of this text is found.
    pub fn finds(&self, text: &str) -> bool {
        let digits = self.digits.as_deref();
        self.words.iter().all(|word| text.contains(word.as_str()))
            || digits.is_some_and(|digits| text.contains(digits))
    }
}

/// The digits to look for, if this can be a telephone number.
fn phone_in(text: &str) -> Option<String> {
    let part = |c: char| c.is_ascii_digit() || c.is_whitespace() || "+-/.()".contains(c);
    if !text.chars().all(part) {
        return None;
    }
    let abroad = text.trim_start().starts_with('+') || text.trim_start().starts_with("00");
    let digits = digits_of(text);
    let digits = digits.trim_start_matches('0');
    let from = if abroad {
        digits.len().saturating_sub(LOCAL_DIGITS)
    } else {
        0
    };
    // digits are one byte each
    let digits = digits.get(from..).unwrap_or_default();
    (digits.len() >= DIGITS_MIN).then(|| digits.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finds(typed: &str, (name, id, phone): (&str, &str, &str)) -> bool {
        let sought = Sought::of(typed).expect("short enough");
        sought.finds(&text_of(name, id, Some(phone)))
    }

    #[test]
    fn neither_case_nor_accents_count() {
        for (name, typed) in [
            ("Änne Yıldız", "ANNE yildiz"),
            ("Zoë Müller", "zoe muller"),
            ("Zoë Müller", "Zoe Mueller"),
            ("İpek Şahin", "ipek sahin"),
            ("Strauß", "STRAUSS"),
            ("Łukasz Żółty", "lukasz zolty"),
            ("Søren Bjørnæs", "soren bjornaes"),
            ("Đorđe", "dorde"),
            ("Γιώργος", "γιωργοσ"),
            ("Ｋｅｎ", "ken"),
            ("Zoe\u{308} Mu\u{308}ller", "Zoë Mueller"),
            ("Anna Berg", "berg ann"),
        ] {
            assert!(finds(typed, (name, "x", "")), "{typed}");
            assert!(!finds(&format!("{typed} q"), (name, "x", "")), "{typed}");
        }
    }

    #[test]
    fn a_telephone_number_is_found_however_it_is_written() {
        let written = [
            "+49 (0)170 123 45 67",
            "0170/1234567",
            "0049 170 1234567",
            "+491701234567",
            "(0170) 123-4567",
        ];
        for kept in written {
            for typed in written {
                assert!(finds(typed, ("A", "x", kept)), "{typed} in {kept}");
            }
            assert!(finds("1234567", ("A", "x", kept)));
            assert!(finds(" 170 12 34 5 6 7 ", ("A", "x", kept)));
            assert!(!finds("0170 1234568", ("A", "x", kept)));
        }
        assert!(!finds("00", ("A", "x", "+49 111")), "zeros alone are none");
        assert!(finds("17", ("A", "r-17", "")), "two digits may be an id");
        assert!(finds("2019-17", ("A", "2019-17", "")));
    }

    #[test]
    fn lines_are_searched_one_by_one() {
        let one = ("Anna Berg", "p-001", "112");
        assert!(finds("berg p-001", one) && finds("", one));
        assert!(!finds("bergp", one) && !finds("001112", one));
    }

    #[test]
    fn what_is_typed_has_bounds() {
        assert!(Sought::of(&"ä".repeat(ASKED_MAX)).is_some());
        assert!(Sought::of(&"ä".repeat(ASKED_MAX + 1)).is_none());
        assert!(Sought::of("a b c d").is_some() && Sought::of("a b c d e").is_none());
        assert!(Sought::of("0 1 7 0 1 2 3").is_some());
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = folded(&text);
            prop_assert_eq!(folded(&once), once);
        }

        #[test]
        fn everybody_is_found_by_each_word_of_their_name_and_by_their_id(
            name in "\\PC{1,60}", id in "[!-.0-~]{1,40}", composed: bool
        ) {
            let text = text_of(&name, &id, None);
            let typed: String = if composed { name.nfc().collect() } else { name.nfd().collect() };
            for word in typed.split_whitespace().chain([&*id]) {
                prop_assert!(Sought::of(word).is_none_or(|word| word.finds(&text)), "{}", word);
            }
        }

        #[test]
        fn capitals_are_small_letters(name in "[a-zA-ZÀ-ž ]{1,60}") {
            let sought = Sought::of(&name.to_uppercase());
            prop_assert!(sought.is_none_or(|name_| name_.finds(&text_of(&name, "x", None))));
        }

        #[test]
        fn the_text_of_anybody_fits_into_an_index(
            name in "\\PC{0,200}", id in "\\PC{0,128}", phone in "\\PC{0,40}"
        ) {
            prop_assert!(text_of(&name, &id, Some(&phone)).len() <= TEXT_MAX);
        }

        #[test]
        fn any_text_can_be_typed(typed in any::<String>()) {
            if let Some(sought) = Sought::of(&typed) {
                sought.finds("anna\nx\n");
            }
        }
    }
}
