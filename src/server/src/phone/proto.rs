//! The frames of the phone channel, generated from `proto/muster/v1/phone.proto`.
#![expect(clippy::pedantic, reason = "written by a generator")]

include!(concat!(env!("OUT_DIR"), "/muster.v1.rs"));
