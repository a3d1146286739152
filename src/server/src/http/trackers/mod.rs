//! Other apps that report a responder's position: their credentials, and what they send.

mod desk;
mod keys;
mod owntracks;
mod traccar;

pub(super) use desk::{__path_list, __path_make, __path_revoke, list, make, revoke};
pub(super) use keys::Keys;
pub(super) use owntracks::{__path_owntracks, owntracks};
pub(super) use traccar::{__path_traccar, __path_traccar_query, traccar, traccar_query};
