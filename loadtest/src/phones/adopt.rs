//! Phones of responders that are enrolled already, for crowds too large to enrol over HTTP.

use super::fleet::Phone;
use super::{Counts, Fleet, FleetConfig, Observer, Trace};
use crate::seed::{Crowd, DEVICE};
use muster_stand::client::Nodes;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use tokio::time::Instant;

impl Fleet {
    /// A phone for each of the first of a seeded crowd, with its token and its way. Everybody else
    /// of the crowd sleeps: an alert that reaches them is counted, and nobody answers.
    /// `anybody` is a caller at every node that the phones are to use.
    pub fn adopt(
        anybody: &Nodes,
        crowd: Crowd,
        tokens_and_ways: impl IntoIterator<Item = (String, Trace)>,
        config: FleetConfig,
        observer: Arc<dyn Observer>,
    ) -> Arc<Self> {
        let people = tokens_and_ways.into_iter().enumerate();
        let phones = people.map(|(n, (token, trace))| Phone {
            id: Crowd::id(n),
            device: DEVICE.to_owned(),
            // known from the crowd
            address: String::new(),
            api: anybody.as_other(&token, n),
            trace,
            engaged: Mutex::default(),
            running: Mutex::default(),
        });
        Arc::new(Self {
            phones: phones.collect(),
            by_address: HashMap::new(),
            crowd: Some(crowd),
            counts: Counts::default(),
            observer,
            busy: AtomicUsize::new(0),
            started: Instant::now(),
            config,
        })
    }
}
