//! The document of the surface, from the code.

use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, OpenApi as Document, RefOr};
use utoipa::{Modify, OpenApi};

use super::error::Problem;
use super::{
    alerts, coverage, desk, desk_links, devices, enrolment, feed, fixes, follow_ups, form,
    incidents, map, me, ops, phone, readiness, reports, responders, session, trackers,
};
use crate::wire::{
    FeedAlert, FeedApproaches, FeedBeat, FeedDensity, FeedPositions, FeedStale, IncidentView,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "muster",
        description = "Volunteer-responder dispatch. Times are RFC 3339 UTC with milliseconds, \
            distances metres, durations seconds. Errors are `application/problem+json` with a \
            stable `code`, explained in `api/errors.md`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        ops::health, ops::ready, ops::metrics, ops::document, session::current, session::begin,
        session::end, desk_links::make, desk_links::open,
        incidents::raise, incidents::list, incidents::one, incidents::log, desk::patch,
        desk::release, desk::widen, desk::close, desk::reopen, desk::acknowledge, desk::stand_down,
        desk::correct, desk::people,
        feed::follow, form::form, coverage::coverage, map::aeds, map::geocode, map::map, map::base,
        responders::enrol, responders::list, responders::one, responders::amend, responders::phones,
        responders::verify, responders::suspend, trackers::make, trackers::list, trackers::revoke,
        trackers::owntracks, trackers::traccar, trackers::traccar_query, enrolment::make_code, enrolment::sign_in, phone::connect,
        readiness::readiness, me::push_key, me::me, me::put_readiness, me::put_quiet, me::put_places,
        me::test_alert,        me::test_received, reports::tell, reports::reports,
        follow_ups::list, follow_ups::take, follow_ups::done,
        devices::put, devices::delete, devices::remove_lost, devices::duty, fixes::report,
        alerts::list, alerts::received, alerts::seen, alerts::accept, alerts::decline,
        alerts::depart, alerts::arrive, alerts::with_patient, alerts::finish, alerts::not_safe,
        alerts::safe,
    ),
    components(schemas(
        Problem, IncidentView, FeedAlert, FeedPositions, FeedDensity, FeedBeat, FeedStale,
        FeedApproaches
    )),
    modifiers(&Bearer, &Names),
    security(("bearer" = [])),
)]
struct Surface;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .build();
        document
            .components
            .get_or_insert_with(Components::new)
            .add_security_scheme("bearer", SecurityScheme::Http(scheme));
        let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic).build();
        document
            .components
            .get_or_insert_with(Components::new)
            .add_security_scheme("tracker", SecurityScheme::Http(basic));
    }
}

struct Names;

impl Modify for Names {
    /// Handlers of different files share names; their tags tell them apart.
    fn modify(&self, document: &mut Document) {
        for item in document.paths.paths.values_mut() {
            let operations = [
                &mut item.get,
                &mut item.put,
                &mut item.post,
                &mut item.delete,
                &mut item.patch,
            ];
            for operation in operations.into_iter().flatten() {
                spell_problems(operation);
                let tag = operation.tags.iter().flatten().next();
                if let (Some(tag), Some(id)) = (tag, &operation.operation_id) {
                    operation.operation_id = Some(format!("{tag}_{id}"));
                }
            }
        }
    }
}

/// Errors have a media type of their own.
fn spell_problems(operation: &mut Operation) {
    for (status, answer) in &mut operation.responses.responses {
        let RefOr::T(answer) = answer else { continue };
        if status.starts_with(['4', '5'])
            && operation.operation_id.as_deref() != Some("ready")
            && let Some(content) = answer.content.shift_remove("application/json")
        {
            answer
                .content
                .insert("application/problem+json".to_owned(), content);
        }
    }
}

/// The document of the surface, as `muster openapi` prints it.
pub fn openapi() -> Document {
    Surface::openapi()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::http::ROUTES;

    #[test]
    fn every_route_is_documented_and_nothing_else_is() {
        let document = serde_json::to_value(openapi()).unwrap();
        let mut names = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let method = method.to_uppercase();
                let known = ROUTES.iter().any(|(m, p, _)| *m == method && p == path);
                assert!(known, "{method} {path}");
                names.insert(operation["operationId"].to_string());
            }
        }
        assert_eq!(
            names.len(),
            ROUTES.len(),
            "each has a name of its own: {names:?}"
        );
    }
}
