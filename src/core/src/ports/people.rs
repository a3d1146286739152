//! What a coordinator asks about people, and changes of them.

use super::Responder;
use crate::domain::name_search::Sought;
use crate::domain::responder::{Skill, Skills, Standing, Travel};

/// Which people, in the order of their names. No `Debug`: it holds names.
#[derive(Clone, Default)]
pub struct PeopleQuery {
    /// What was typed.
    pub sought: Sought,
    /// Whoever can do this.
    pub skill: Option<Skill>,
    /// Whose enrolment stands there.
    pub standing: Option<Standing>,
    /// Whoever comes after this one, by id; `NotFound` when there is nobody of that id.
    pub after: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// A change of a person; what is absent stays. No `Debug`: it holds names and numbers.
#[derive(Clone, Default)]
pub struct PersonChange {
    /// The new name.
    pub name: Option<String>,
    /// The new telephone, or that there is none.
    #[expect(
        clippy::option_option,
        reason = "absent, removed and new are three things"
    )]
    pub phone: Option<Option<String>>,
    /// Everything they can do.
    pub skills: Option<Skills>,
    /// How they travel.
    pub travel: Option<Travel>,
    /// Whether they opted in to exercises.
    pub exercises: Option<bool>,
}

impl PersonChange {
    /// Makes the change.
    pub fn apply(self, who: &mut Responder) {
        who.name = self.name.unwrap_or_else(|| std::mem::take(&mut who.name));
        who.phone = self.phone.unwrap_or_else(|| who.phone.take());
        who.skills = self.skills.unwrap_or(who.skills);
        who.travel = self.travel.unwrap_or(who.travel);
        who.exercises = self.exercises.unwrap_or(who.exercises);
    }
}
