//! Defibrillators that anybody may fetch.

use super::place::Point;

/// One defibrillator, as its register describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Aed {
    /// Its name in the register.
    pub id: String,
    /// Where it hangs.
    pub point: Point,
    /// What it is called, or in which house it hangs.
    pub name: Option<String>,
    /// How to get at it.
    pub access: Option<String>,
    /// When one can get at it.
    pub hours: Option<String>,
}
