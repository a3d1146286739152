//! The one table of routes.

use actix_web::web::{self, ServiceConfig, delete, get, patch, post, put};
use actix_web::{HttpResponse, Resource};

use super::error::{ApiError, Code};
use super::state::Web;
use super::{
    alerts, coverage, desk, desk_links, devices, enrolment, feed, fixes, follow_ups, form,
    incidents, map, me, ops, page, phone, readiness, reports, responders, session, trackers,
};

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Everybody.
    Open,
    /// Whoever has a good token.
    Token,
    /// Everybody who is known to the organisation: its desk, and responders who are enrolled.
    Member,
    /// Call handlers, coordinators, admins.
    CallHandler,
    /// Coordinators, admins.
    Coordinator,
    /// Responders who are enrolled.
    Responder,
    /// Trackers with a credential of their own, and responders who are enrolled.
    Tracker,
}

/// Every route with its door, for tests of the authorisation.
pub const ROUTES: &[(&str, &str, Door)] = &[
    ("GET", "/healthz", Door::Open),
    ("GET", "/readyz", Door::Open),
    ("GET", "/metrics", Door::Open),
    ("GET", "/v1/openapi.json", Door::Open),
    ("GET", "/v1/session", Door::Token),
    ("POST", "/v1/session", Door::Token),
    ("DELETE", "/v1/session", Door::Open),
    ("POST", "/v1/session/links", Door::Coordinator),
    ("POST", "/v1/session/code", Door::Open),
    ("POST", "/v1/incidents", Door::CallHandler),
    ("GET", "/v1/incidents", Door::CallHandler),
    ("GET", "/v1/incidents/{id}", Door::CallHandler),
    ("PATCH", "/v1/incidents/{id}", Door::CallHandler),
    ("POST", "/v1/incidents/{id}/release", Door::CallHandler),
    ("POST", "/v1/incidents/{id}/widen", Door::CallHandler),
    ("POST", "/v1/incidents/{id}/close", Door::CallHandler),
    ("POST", "/v1/incidents/{id}/reopen", Door::CallHandler),
    ("POST", "/v1/incidents/{id}/acknowledge", Door::CallHandler),
    (
        "POST",
        "/v1/incidents/{id}/alerts/{alert}/stand-down",
        Door::CallHandler,
    ),
    (
        "POST",
        "/v1/incidents/{id}/alerts/{alert}/correct",
        Door::CallHandler,
    ),
    ("GET", "/v1/incidents/{id}/people", Door::CallHandler),
    ("GET", "/v1/incidents/{id}/log", Door::CallHandler),
    ("GET", "/v1/incidents/{id}/reports", Door::Coordinator),
    ("GET", "/v1/feed", Door::CallHandler),
    ("GET", "/v1/form", Door::CallHandler),
    ("GET", "/v1/coverage", Door::CallHandler),
    ("GET", "/v1/aeds", Door::CallHandler),
    ("GET", "/v1/geocode", Door::CallHandler),
    ("GET", "/v1/map", Door::Member),
    ("GET", "/v1/map/base.pmtiles", Door::Member),
    ("POST", "/v1/responders", Door::Coordinator),
    ("GET", "/v1/responders", Door::Coordinator),
    ("GET", "/v1/responders/{id}", Door::Coordinator),
    ("PATCH", "/v1/responders/{id}", Door::Coordinator),
    ("GET", "/v1/responders/{id}/phones", Door::Coordinator),
    (
        "DELETE",
        "/v1/responders/{id}/devices/{device_id}",
        Door::Coordinator,
    ),
    ("POST", "/v1/responders/{id}/verify", Door::Coordinator),
    ("POST", "/v1/responders/{id}/suspend", Door::Coordinator),
    ("POST", "/v1/responders/{id}/trackers", Door::Coordinator),
    ("GET", "/v1/responders/{id}/trackers", Door::Coordinator),
    (
        "DELETE",
        "/v1/responders/{id}/trackers/{tracker_id}",
        Door::Coordinator,
    ),
    ("POST", "/v1/owntracks", Door::Tracker),
    ("POST", "/v1/traccar", Door::Tracker),
    ("GET", "/v1/traccar", Door::Tracker),
    ("POST", "/v1/responders/{id}/enrolment", Door::Coordinator),
    ("POST", "/v1/enrolment", Door::Open),
    ("GET", "/v1/phone", Door::Responder),
    ("GET", "/v1/readiness", Door::Coordinator),
    ("GET", "/v1/follow-ups", Door::Coordinator),
    ("POST", "/v1/follow-ups/{alert_id}/take", Door::Coordinator),
    ("POST", "/v1/follow-ups/{alert_id}/done", Door::Coordinator),
    ("GET", "/v1/push/webpush", Door::Responder),
    ("GET", "/v1/me", Door::Responder),
    (
        "PUT",
        "/v1/me/devices/{device_id}/readiness",
        Door::Responder,
    ),
    ("PUT", "/v1/me/quiet", Door::Responder),
    ("PUT", "/v1/me/places", Door::Responder),
    ("POST", "/v1/me/test-alert", Door::Responder),
    ("POST", "/v1/me/test-alert/{id}/received", Door::Responder),
    ("PUT", "/v1/me/devices/{device_id}", Door::Responder),
    ("DELETE", "/v1/me/devices/{device_id}", Door::Responder),
    ("PUT", "/v1/me/duty", Door::Responder),
    ("POST", "/v1/me/fixes", Door::Responder),
    ("GET", "/v1/me/alerts", Door::Responder),
    ("POST", "/v1/me/alerts/{id}/received", Door::Responder),
    ("POST", "/v1/me/alerts/{id}/seen", Door::Responder),
    ("POST", "/v1/me/alerts/{id}/accept", Door::Responder),
    ("POST", "/v1/me/alerts/{id}/decline", Door::Responder),
    ("POST", "/v1/me/alerts/{id}/depart", Door::Responder),
    ("POST", "/v1/me/alerts/{id}/arrive", Door::Responder),
    ("POST", "/v1/me/alerts/{id}/with-patient", Door::Responder),
    ("POST", "/v1/me/alerts/{id}/finish", Door::Responder),
    ("POST", "/v1/me/alerts/{id}/unsafe", Door::Responder),
    ("POST", "/v1/me/alerts/{id}/safe", Door::Responder),
    ("POST", "/v1/me/alerts/{id}/report", Door::Responder),
];

/// Hangs every handler on its route.
///
/// The router tries what is registered one after the other, and a path with a name in it by a regular
/// expression: positions, most of all requests, come first, and what belongs to one incident, one
/// responder or one alert shares a scope, so that it costs the others a single comparison.
pub fn configure(web: web::Data<Web>) -> impl Fn(&mut ServiceConfig) {
    move |config| {
        config.app_data(web.clone());
        positions(config);
        incidents(config);
        own(config);
        operations(config);
        maps(config);
        responders(config);
        pages(config);
        config.default_service(web::to(no_such_route));
    }
}

fn positions(config: &mut ServiceConfig) {
    config
        .service(at("/v1/me/fixes").route(post().to(fixes::report)))
        .service(at("/v1/owntracks").route(post().to(trackers::owntracks)))
        .service(
            at("/v1/traccar")
                .route(post().to(trackers::traccar))
                .route(get().to(trackers::traccar_query)),
        );
}

fn incidents(config: &mut ServiceConfig) {
    config
        .service(
            at("/v1/incidents")
                .route(post().to(incidents::raise))
                .route(get().to(incidents::list)),
        )
        .service(at("/v1/feed").route(get().to(feed::follow)))
        .service(
            web::scope("/v1/incidents/{id}")
                .service(
                    at("")
                        .route(get().to(incidents::one))
                        .route(patch().to(desk::patch)),
                )
                .service(at("/release").route(post().to(desk::release)))
                .service(at("/widen").route(post().to(desk::widen)))
                .service(at("/close").route(post().to(desk::close)))
                .service(at("/reopen").route(post().to(desk::reopen)))
                .service(at("/acknowledge").route(post().to(desk::acknowledge)))
                .service(at("/alerts/{alert}/stand-down").route(post().to(desk::stand_down)))
                .service(at("/alerts/{alert}/correct").route(post().to(desk::correct)))
                .service(at("/people").route(get().to(desk::people)))
                .service(at("/reports").route(get().to(reports::reports)))
                .service(at("/log").route(get().to(incidents::log))),
        );
}

fn own(config: &mut ServiceConfig) {
    config
        .service(at("/v1/enrolment").route(post().to(enrolment::sign_in)))
        .service(at("/v1/phone").route(get().to(phone::connect)))
        .service(at("/v1/push/webpush").route(get().to(me::push_key)))
        .service(at("/v1/me").route(get().to(me::me)))
        .service(at("/v1/me/duty").route(put().to(devices::duty)))
        .service(at("/v1/me/quiet").route(put().to(me::put_quiet)))
        .service(at("/v1/me/places").route(put().to(me::put_places)))
        .service(at("/v1/me/test-alert").route(post().to(me::test_alert)))
        .service(at("/v1/me/alerts").route(get().to(alerts::list)))
        .service(
            web::scope("/v1/me/alerts/{id}")
                .service(at("/received").route(post().to(alerts::received)))
                .service(at("/seen").route(post().to(alerts::seen)))
                .service(at("/accept").route(post().to(alerts::accept)))
                .service(at("/decline").route(post().to(alerts::decline)))
                .service(at("/depart").route(post().to(alerts::depart)))
                .service(at("/arrive").route(post().to(alerts::arrive)))
                .service(at("/with-patient").route(post().to(alerts::with_patient)))
                .service(at("/finish").route(post().to(alerts::finish)))
                .service(at("/unsafe").route(post().to(alerts::not_safe)))
                .service(at("/safe").route(post().to(alerts::safe)))
                .service(at("/report").route(post().to(reports::tell))),
        )
        .service(
            web::scope("/v1/me/devices/{device_id}")
                .service(
                    at("")
                        .route(put().to(devices::put))
                        .route(delete().to(devices::delete)),
                )
                .service(at("/readiness").route(put().to(me::put_readiness))),
        )
        .service(at("/v1/me/test-alert/{id}/received").route(post().to(me::test_received)));
}

fn operations(config: &mut ServiceConfig) {
    config
        .service(at("/healthz").route(get().to(ops::health)))
        .service(at("/readyz").route(get().to(ops::ready)))
        .service(at("/metrics").route(get().to(ops::metrics)))
        .service(at("/v1/openapi.json").route(get().to(ops::document)))
        .service(
            at("/v1/session")
                .route(get().to(session::current))
                .route(post().to(session::begin))
                .route(delete().to(session::end)),
        )
        .service(at("/v1/session/links").route(post().to(desk_links::make)))
        .service(at("/v1/session/code").route(post().to(desk_links::open)));
}

fn maps(config: &mut ServiceConfig) {
    config
        .service(at("/v1/form").route(get().to(form::form)))
        .service(at("/v1/coverage").route(get().to(coverage::coverage)))
        .service(at("/v1/aeds").route(get().to(map::aeds)))
        .service(at("/v1/geocode").route(get().to(map::geocode)))
        .service(at("/v1/map").route(get().to(map::map)))
        .service(at("/v1/map/base.pmtiles").route(get().to(map::base)));
}

fn responders(config: &mut ServiceConfig) {
    config
        .service(
            at("/v1/responders")
                .route(post().to(responders::enrol))
                .route(get().to(responders::list)),
        )
        .service(at("/v1/readiness").route(get().to(readiness::readiness)))
        .service(at("/v1/follow-ups").route(get().to(follow_ups::list)))
        .service(
            web::scope("/v1/follow-ups/{alert_id}")
                .service(at("/take").route(post().to(follow_ups::take)))
                .service(at("/done").route(post().to(follow_ups::done))),
        )
        .service(
            web::scope("/v1/responders/{id}")
                .service(
                    at("")
                        .route(get().to(responders::one))
                        .route(patch().to(responders::amend)),
                )
                .service(at("/phones").route(get().to(responders::phones)))
                .service(at("/devices/{device_id}").route(delete().to(devices::remove_lost)))
                .service(at("/verify").route(post().to(responders::verify)))
                .service(at("/suspend").route(post().to(responders::suspend)))
                .service(at("/enrolment").route(post().to(enrolment::make_code)))
                .service(
                    at("/trackers")
                        .route(post().to(trackers::make))
                        .route(get().to(trackers::list)),
                )
                .service(at("/trackers/{tracker_id}").route(delete().to(trackers::revoke))),
        );
}

/// The pages are for people and not part of the API, so they stand in no table.
fn pages(config: &mut ServiceConfig) {
    config
        .service(at("/").route(get().to(page::root)))
        .service(at("/desk").route(get().to(page::root)))
        .service(at("/desk/{file:.*}").route(get().to(page::desk_file)))
        .service(at("/phone").route(get().to(page::phone_root)))
        .service(at("/phone/{file:.*}").route(get().to(page::phone_file)));
}

fn at(path: &str) -> Resource {
    web::resource(path).default_service(web::to(no_such_method))
}

async fn no_such_method() -> Result<HttpResponse, ApiError> {
    Err(Code::MethodNotAllowed.into())
}

async fn no_such_route() -> Result<HttpResponse, ApiError> {
    Err(Code::NotFound.into())
}
