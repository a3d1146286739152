//! Mistakes in the statements that guard a promise, each to be found by some seed. Mistakes in the rules
//! stand in `mutations/table.toml`.

/// A mistake.
#[derive(Debug)]
pub struct Mistake {
    /// In a few words.
    pub name: &'static str,
    /// What is done instead.
    pub wrong: Wrong,
    /// One of these promises is the first to be broken.
    pub rules: &'static [&'static str],
}

/// What is done instead of what is right.
#[derive(Debug, Clone, Copy)]
pub enum Wrong {
    /// Statements that have the first text have the second in its place.
    Reads(&'static str, &'static str),
    /// Statements that begin so are not done, in one transaction of three.
    Skips(&'static str),
    /// Some incidents are acknowledged and not kept.
    LosesRaises,
}

impl Mistake {
    pub(super) fn loses_raises(&self) -> bool {
        matches!(self.wrong, Wrong::LosesRaises)
    }
}

/// All of them.
pub const MISTAKES: &[Mistake] = &[
    Mistake {
        name: "claims are not looked at",
        wrong: Wrong::Reads(
            "LEFT JOIN responder_claim c ON c.responder_no = r.no",
            "LEFT JOIN responder_claim c ON c.responder_no = -1",
        ),
        rules: &["P3-eligible", "P3-one-claim", "P3-real-stays"],
    },
    Mistake {
        name: "a claim is not written",
        wrong: Wrong::Skips("INSERT INTO responder_claim"),
        rules: &["P3-one-claim", "P3-eligible", "P3-loss-seen"],
    },
    Mistake {
        name: "standing is not looked at",
        wrong: Wrong::Reads("r.exercises, r.standing,", "r.exercises, 'verified',"),
        rules: &["P3-eligible", "P3-verified"],
    },
    Mistake {
        name: "duty is not looked at",
        wrong: Wrong::Reads("r.standing, r.on_duty,", "r.standing, 1,"),
        rules: &["P3-eligible"],
    },
    Mistake {
        name: "who wants no exercise is not looked at",
        wrong: Wrong::Reads("r.travel, r.exercises,", "r.travel, 1,"),
        rules: &["P3-eligible", "D6-empty-wave"],
    },
    Mistake {
        name: "asks that wait for a service are not looked at",
        wrong: Wrong::Reads(
            "SELECT platform, address FROM device WHERE no",
            "SELECT platform, address FROM device WHERE no < 0 AND no",
        ),
        rules: &["P3-eligible", "D6-empty-wave"],
    },
    Mistake {
        name: "idempotency keys are not kept",
        wrong: Wrong::Skips("INSERT INTO idempotency"),
        rules: &["P1-one-per-key"],
    },
    Mistake {
        name: "some incidents are acknowledged and not on disk",
        wrong: Wrong::LosesRaises,
        rules: &["P1-raise-kept", "P1-one-per-key"],
    },
    Mistake {
        name: "some pushes are not written",
        wrong: Wrong::Skips("INSERT INTO outbox"),
        rules: &["P2-rows"],
    },
    Mistake {
        name: "a repeated raise takes no pushes over",
        wrong: Wrong::Reads("o.due_at = o.created_at + $2", "o.due_at = -1 - $2"),
        rules: &["P2-handed-on"],
    },
    Mistake {
        name: "pushes of a dead node stay leased to it",
        wrong: Wrong::Reads(
            "UPDATE outbox SET due_at = 0",
            "UPDATE outbox SET due_at = due_at",
        ),
        rules: &["P2-adopted"],
    },
    Mistake {
        name: "when to look is not written",
        wrong: Wrong::Reads(
            "closed_at = $4, wake_at = $5,",
            "closed_at = $4, wake_at = NULLIF($5, $5),",
        ),
        rules: &["P2-woken", "P2-ends"],
    },
    Mistake {
        name: "an incident that lost somebody is not made to look",
        wrong: Wrong::Skips("UPDATE incident SET wake_at = $1 WHERE id"),
        rules: &["P3-loss-seen"],
    },
    Mistake {
        name: "some events are not written",
        wrong: Wrong::Skips("INSERT INTO event"),
        rules: &["P6-replay", "P2-rows"],
    },
    Mistake {
        name: "some answers are not written",
        wrong: Wrong::Skips("UPDATE alert SET state"),
        rules: &["P6-replay", "P3-one-claim"],
    },
    Mistake {
        name: "a late answer about an old address ends the new one",
        wrong: Wrong::Reads(
            "generation = device.generation",
            "generation = device.generation + 0 *",
        ),
        rules: &["P3-alive"],
    },
];
