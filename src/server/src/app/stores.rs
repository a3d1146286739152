//! What handlers borrow: each asks for the stores that it needs by their types.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use muster_core::dispatch::Dispatch;
use muster_core::ports::{PhoneLedger, Records, Trackers};
use tokio::sync::watch;

use super::error::{AppError, adapter};
use super::services;
use super::services::Services;
use crate::auth::Issuer;
use crate::auth::identities::Identities;
use crate::auth::numbers::Names;
use crate::bus::phones::Phones;
use crate::config::Config;
use crate::desk::coverage::Computing;
use crate::desk::feed::shared::Feed;
use crate::desk::readiness::Counts;
use crate::fixes::intake::Intake;
use crate::map::Map;
use crate::obs::Metrics;
use crate::ops::health::Operations;
use crate::phone::service::Service;
use crate::trackers::keys::Keys;
use crate::view::installation::Installation;

/// What handlers borrow.
#[derive(Clone)]
pub(super) struct Stores {
    pub(super) feed: Data<Feed>,
    dispatch: Data<Dispatch>,
    phone_ledger: Data<dyn PhoneLedger>,
    records: Data<dyn Records>,
    trackers: Data<dyn Trackers>,
    access: Data<Identities>,
    issuer: Data<Issuer>,
    intake: Data<Intake>,
    keys: Data<Keys>,
    map: Data<Map>,
    phones: Data<Phones>,
    service: Data<Service>,
    computing: Data<Computing>,
    counts: Data<Counts>,
    installation: Data<Installation>,
    operations: Data<Operations>,
}

impl Stores {
    /// Those of a server that has answered nobody yet.
    pub(super) fn new(
        services: &Services,
        config: &Config,
        shutdown: watch::Receiver<bool>,
        document: String,
    ) -> Result<Self, AppError> {
        // before anything counts; a process that already has a registry (tests) renders nothing
        let metrics = Metrics::install().ok();
        let issuer = Issuer::open(&config.data_dir).map_err(adapter)?;
        let (dispatch, bus) = (&services.dispatch, &services.bus);
        let access = Data::new(Identities {
            verifier: Arc::new(issuer.verifier()),
            roster: Arc::clone(&dispatch.roster),
            phone_ledger: Arc::clone(&services.phone_ledger),
            sessions: Arc::clone(&bus.sessions),
            names: Names::default(),
            clock: Arc::clone(&dispatch.clock),
        });
        let map = Data::new(services::map(config)?);
        let intake = Data::new(Intake::new(dispatch.clone()));
        let service = Service {
            dispatch: dispatch.clone(),
            phone_ledger: Arc::clone(&services.phone_ledger),
            intake: intake.clone(),
            map: map.clone(),
            access: access.clone(),
        };
        let operations = Operations {
            world: Arc::clone(&services.world) as _,
            gateway: Arc::clone(&services.senders.gateway),
            metrics,
            document,
        };
        let installation = Installation {
            simulated: config.simulated,
            control_room_phone: config.control_room_phone.clone(),
            push_key: services.senders.push_key.clone(),
            shutdown: shutdown.clone(),
        };
        Ok(Self {
            feed: Data::new(Feed::new(dispatch.clone(), Arc::clone(bus), shutdown)),
            dispatch: Data::new(dispatch.clone()),
            phone_ledger: Data::from(Arc::clone(&services.phone_ledger)),
            records: Data::from(Arc::clone(&services.records)),
            trackers: Data::from(Arc::clone(&services.trackers)),
            access,
            issuer: Data::new(issuer),
            intake,
            keys: Data::new(Keys::of(Arc::clone(&services.trackers))),
            map,
            phones: Data::from(Arc::clone(&bus.phones)),
            service: Data::new(service),
            computing: Data::new(Computing::default()),
            counts: Data::new(Counts::default()),
            installation: Data::new(installation),
            operations: Data::new(operations),
        })
    }

    /// Makes them what handlers are given.
    pub(super) fn lend(&self, config: &mut ServiceConfig) {
        config
            .app_data(self.feed.clone())
            .app_data(self.dispatch.clone())
            .app_data(self.phone_ledger.clone())
            .app_data(self.records.clone())
            .app_data(self.trackers.clone())
            .app_data(self.access.clone())
            .app_data(self.issuer.clone())
            .app_data(self.intake.clone())
            .app_data(self.keys.clone())
            .app_data(self.map.clone())
            .app_data(self.phones.clone())
            .app_data(self.service.clone())
            .app_data(self.computing.clone())
            .app_data(self.counts.clone())
            .app_data(self.installation.clone())
            .app_data(self.operations.clone());
    }
}
