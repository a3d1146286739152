//! What both worlds have in common once their adapters are open.

use std::sync::Arc;

use async_trait::async_trait;
use muster_core::dispatch::Dispatch;
use muster_core::domain::aed::Aeds;
use muster_core::ports::{Clock, Geocoder, PhoneLedger, PushGateway, Records, Trackers, Travel};
use muster_push::fcm::{Fcm, FcmSettings};
use muster_push::webpush::{VapidKey, Webpush, WebpushSettings};
use muster_push::{ByAddress, NoPush};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{info, warn};

use super::error::{AppError, adapter};
use crate::bus::local::LocalBus;
use crate::config::Config;
use crate::map::{HttpGeocoder, Map, base_map_bounds, read_aeds};
use crate::ops::health::Health;
use crate::travel::crow::Crow;
use crate::worker::{NodeLoops, Pushes, Timers};

/// What differs between the worlds while the service runs.
#[async_trait]
pub(super) trait World: Health {
    /// Starts the loops that only this world has.
    fn start_loops(
        self: Arc<Self>,
        config: &Config,
        stop: &watch::Receiver<bool>,
    ) -> Vec<JoinHandle<()>>;
    /// Ends what must be ended in order, after all loops.
    async fn close(&self);
}

/// The adapters of one world, and the use-cases over them.
pub(super) struct Services {
    pub(super) world: Arc<dyn World>,
    pub(super) dispatch: Dispatch,
    pub(super) trackers: Arc<dyn Trackers>,
    pub(super) senders: Senders,
    pub(super) loops: Arc<NodeLoops>,
    pub(super) bus: Arc<LocalBus>,
    pub(super) phone_ledger: Arc<dyn PhoneLedger>,
    pub(super) records: Arc<dyn Records>,
}

/// What the desk's map is drawn from, read and opened.
pub(super) fn map(config: &Config) -> Result<Map, AppError> {
    let aeds = match &config.map.aeds_file {
        Some(path) => {
            let (aeds, skipped) = read_aeds(path).map_err(adapter)?;
            info!(
                aeds = aeds.len(),
                skipped, "the register of defibrillators is read"
            );
            Aeds::new(aeds)
        }
        None => Aeds::default(),
    };
    let geocoder = config.geocoder_url.as_deref().map(|url| {
        let opened = HttpGeocoder::open(url, config.tls_ca_file.as_deref());
        opened.map(|geocoder| Box::new(geocoder) as Box<dyn Geocoder>)
    });
    let style = config.map.style.clone();
    Ok(Map {
        style: style.map(|style| (style.url, style.site)),
        pmtiles: config.map.pmtiles.clone().map(|path| {
            let bounds = base_map_bounds(&path);
            (path, bounds)
        }),
        attribution: config.map.attribution.clone(),
        centre: config.map.centre,
        aeds,
        geocoder: geocoder.transpose().map_err(adapter)?,
        ..Map::default()
    })
}

/// How long until somebody is there.
pub(super) fn travel(config: &Config) -> Arc<dyn Travel> {
    if config.valhalla_url.is_some() {
        warn!("travel.valhalla_url is set, but this version estimates as the crow flies");
    }
    Arc::new(Crow)
}

/// The loops of a node that nobody has started yet.
pub(super) fn idle_loops() -> Arc<NodeLoops> {
    let timers = Arc::new(Timers::new());
    Arc::new(NodeLoops {
        pushes: Arc::new(Pushes::new(Arc::clone(&timers))),
        timers,
    })
}

/// The senders of one node, and the public key that browsers subscribe with.
pub(super) struct Senders {
    pub(super) gateway: Arc<dyn PushGateway>,
    pub(super) push_key: String,
}

/// Opens a sender for apps and one for browsers.
pub(super) async fn senders(
    config: &Config,
    phone_ledger: &dyn PhoneLedger,
    clock: &Arc<dyn Clock>,
) -> Result<Senders, AppError> {
    let fresh = VapidKey::generate().map_err(adapter)?;
    let kept = phone_ledger.push_key(fresh).await.map_err(adapter)?;
    let key = VapidKey::read(&kept).map_err(adapter)?;
    if config.webpush_contact.is_none() && !config.simulated {
        warn!("webpush.contact is not set: Apple's push service will refuse every push");
    }
    let settings = WebpushSettings {
        contact: config.webpush_contact.clone(),
        ca_file: config.tls_ca_file.clone(),
        simulated: config.simulated,
    };
    let browsers = Webpush::open(&settings, &key, Arc::clone(clock)).map_err(adapter)?;
    Ok(Senders {
        gateway: Arc::new(ByAddress::new(
            apps(config, clock)?,
            Arc::new(browsers),
            Arc::clone(clock),
        )),
        push_key: key.public(),
    })
}

fn apps(config: &Config, clock: &Arc<dyn Clock>) -> Result<Arc<dyn PushGateway>, AppError> {
    let Some(key_file) = &config.fcm.service_account else {
        warn!("fcm.service_account is not set: only browsers will be woken");
        return Ok(Arc::new(NoPush));
    };
    let settings = FcmSettings {
        service_account: key_file.clone(),
        base_url: config.fcm.base_url.clone(),
        ca_file: config.tls_ca_file.clone(),
        connections: config.fcm.connections,
        simulated: config.simulated,
    };
    let fcm = Fcm::open(&settings, Arc::clone(clock)).map_err(adapter)?;
    Ok(Arc::new(fcm))
}
