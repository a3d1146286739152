//! The document of the surface, from the code.

use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, OpenApi as Document, RefOr};
use utoipa::{Modify, OpenApi};

use crate::app::routes::Paths;
use crate::desk::alert::FeedAlert;
use crate::desk::feed::events::{FeedApproaches, FeedBeat, FeedDensity, FeedPositions, FeedStale};
use crate::desk::incident::IncidentView;
use crate::view::error::Problem;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "muster",
        description = "Volunteer-responder dispatch. Times are RFC 3339 UTC with milliseconds, \
            distances metres, durations seconds. Errors are `application/problem+json` with a \
            stable `code`, explained in `api/errors.md`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(
        Problem, IncidentView, FeedAlert, FeedPositions, FeedDensity, FeedBeat, FeedStale,
        FeedApproaches
    )),
    modifiers(&Bearer),
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
pub(crate) fn openapi() -> Document {
    let mut document = Surface::openapi().merge_from(Paths::openapi());
    Names.modify(&mut document);
    document
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let document = serde_json::to_value(openapi()).unwrap();
        let paths = document["paths"].as_object().unwrap().values();
        let operations: Vec<_> = paths
            .flat_map(|item| item.as_object().unwrap().values())
            .map(|operation| operation["operationId"].to_string())
            .collect();
        let names: BTreeSet<_> = operations.iter().collect();
        assert_eq!(names.len(), operations.len(), "{names:?}");
    }
}
