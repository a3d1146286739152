//! What it means that somebody whom an alert holds went elsewhere.

use super::Draft;
use crate::domain::event::WhyStoodDown;
use crate::domain::ids::AlertId;

impl Draft {
    /// Those of `lost` are held by another incident now; `taken` are known to be on another report of
    /// the same. Nobody who said yes to an emergency is called away from it, so of those another
    /// report has taken over all, also when the word that it did was lost.
    pub(super) fn let_go_lost(&mut self, lost: &[AlertId], taken: &[AlertId]) {
        let is_exercise = self.incident.opening.exercise;
        self.stand_down(WhyStoodDown::Merged, |a| {
            a.state.is_engaged() && lost.contains(&a.id) && (!is_exercise || taken.contains(&a.id))
        });
        self.stand_down(WhyStoodDown::CalledElsewhere, |a| {
            a.state.holds_claim() && lost.contains(&a.id)
        });
    }
}
