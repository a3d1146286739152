//! The incident beside the history as somebody reads it who does not know its code.

use super::*;
use crate::domain::incident::second_reading::Story;

/// What is not so, if anything.
pub(super) fn broken(incident: &Incident, history: &[Recorded]) -> Option<String> {
    let mut story = Story::of(&history[0])?;
    for recorded in &history[1..] {
        if let Some(wrong) = story.take(recorded) {
            return Some(wrong.to_owned());
        }
    }
    story.contradicts(incident).map(str::to_owned)
}
