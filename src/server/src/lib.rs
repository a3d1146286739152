//! The server of muster: what each audience sees and does, loops and smaller adapters around
//! `muster-core` (the rules), `muster-ledger` (what must never be lost), `muster-live` (where people are
//! now) and `muster-push`.
//!
//! | room | what |
//! | --- | --- |
//! | [`desk`] | what call handlers and coordinators see and do |
//! | [`phone`] | what a volunteer's phone is shown and says |
//! | [`trackers`] | other apps that report a position |
//! | [`ops`] | what operators ask, and what is counted of every request |
//! | [`view`] | what more than one audience is shown, bodies, errors |
//! | [`fixes`] | positions, whoever sends them |
//! | [`map`] | what maps are drawn from |
//! | [`auth`] | tokens, codes, roles, and the extractors that are the permission |
//! | [`bus`] | hints for whoever watches, and who is connected |
//! | [`travel`] | how long until they are there |
//! | [`worker`] | loops that wake and call a use-case |
//! | [`obs`] | logs, metrics, the real clock |
//! | [`config`] | layered settings |
//! | [`app`] | the composition root: the only room that knows every adapter and every route |

pub mod app;
pub mod auth;
pub mod bus;
pub mod config;
pub mod desk;
pub mod fixes;
pub mod map;
pub mod obs;
pub mod ops;
pub mod phone;
pub mod trackers;
pub mod travel;
pub mod view;
pub mod worker;
