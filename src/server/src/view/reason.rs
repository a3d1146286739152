//! Reasons that people give.

use crate::view::invalid::Invalid;

/// Longest reason, characters.
pub(crate) const REASON_MAX: usize = 500;
/// The word with which somebody takes an unsafe scene upon themselves.
const SCENE_UNSAFE: &str = "scene_unsafe";

/// Whether the word is there; any other is refused.
pub(crate) fn overrides(word: Option<&str>) -> Result<bool, Invalid> {
    match word {
        None => Ok(false),
        Some(SCENE_UNSAFE) => Ok(true),
        Some(_) => Err(Invalid::new("override", "scene_unsafe expected")),
    }
}
