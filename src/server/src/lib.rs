//! The server of muster: routes, loops and smaller adapters around `muster-core` (the rules),
//! `muster-ledger` (what must never be lost), `muster-live` (where people are now) and `muster-push`.
//!
//! | room | what |
//! | --- | --- |
//! | [`bus`] | hints for whoever watches |
//! | [`travel`] | how long until they are there |
//! | [`map`] | what the desk's map needs from elsewhere |
//! | [`wire`] | JSON shapes and their conversion to domain values |
//! | [`auth`] | keys, tokens, roles |
//! | [`http`] | routes, extractors, the one error map, the live feed |
//! | [`ws`] | the phone channel |
//! | [`worker`] | loops that wake and call a use-case |
//! | [`obs`] | logs, metrics, the real clock |
//! | [`config`] | layered settings |
//! | [`app`] | the composition root: the only file that knows every adapter |

pub mod app;
pub mod auth;
pub mod bus;
pub mod config;
pub mod http;
pub mod map;
pub mod obs;
pub mod travel;
pub mod wire;
pub mod worker;
pub mod ws;
