//! How many could be where in time.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use h3o::Resolution;
use muster_core::domain::bounds::Bounds;
use tokio::runtime::Handle;

use super::error::{ApiError, Code, Problem};
use super::extract::CallHandler;
use super::incidents::query;
use super::map::BoxQuery;
use super::state::{DEADLINE, Web};
use crate::wire::{CoverageView, bounds};

/// Three, five and eight minutes: what a heart, a guideline and an ambulance give.
const SECONDS: [u32; 3] = [180, 300, 480];
/// Most cells of an answer, by the average size of a cell.
const CELLS_MAX: f64 = 3_000.0;
/// The finest resolution, about 350 m across, and the coarsest: half of what a cyclist reaches in
/// three minutes.
const FINEST: Resolution = Resolution::Nine;
const COARSEST: Resolution = Resolution::Seven;

/// How many of those on duty could be at the centre of each cell within 3, 5 and 8 minutes, by the
/// estimates that the plans use. The box decides how fine the cells are.
#[utoipa::path(
    get, path = "/v1/coverage", tag = "map", params(BoxQuery),
    responses((status = 200, body = CoverageView),
        (status = 400, body = Problem, description = "`invalid`, `box_too_large`"),
        (status = 503, body = Problem, description = "`busy`, `deadline`")),
)]
pub(super) async fn coverage(
    web: web::Data<Web>,
    desk: CallHandler,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let within = bounds("bbox", &query::<BoxQuery>(&request)?.bbox)?;
    let resolution = fine_enough(&within)?;
    let turn = tokio::time::timeout(DEADLINE, Arc::clone(&web.computing).acquire_owned());
    let turn = turn.await.map_err(|_elapsed| Code::Busy)?;
    let turn = turn.map_err(|_closed| Code::Internal)?;
    let (dispatch, handle) = (web.dispatch.clone(), Handle::current());
    // it computes for long: not on a thread that answers emergencies
    let covered = web::block(move || {
        let _turn = turn;
        handle.block_on(dispatch.coverage(desk.org, &within, resolution, &SECONDS))
    });
    let covered = tokio::time::timeout(DEADLINE, covered).await;
    let covered = covered.map_err(|_elapsed| Code::Deadline)?;
    let covered =
        covered.map_err(|error| ApiError::with_cause(Code::Internal, error.to_string()))?;
    let (resolution, now) = (u8::from(resolution), web.now());
    Ok(HttpResponse::Ok().json(CoverageView::of(covered, &SECONDS, resolution, now)))
}

/// The finest resolution in which the box does not hold too many cells.
fn fine_enough(within: &Bounds) -> Result<Resolution, ApiError> {
    let area_m2 = within.area_m2();
    let fits = |resolution: &Resolution| area_m2 / resolution.area_m2() <= CELLS_MAX;
    let finest = Resolution::range(COARSEST, FINEST).rev().find(fits);
    finest.ok_or_else(|| {
        let most_km2 = (CELLS_MAX * COARSEST.area_km2()).floor();
        let detail = format!("bbox: at most {most_km2} square kilometres");
        ApiError::with_detail(Code::BoxTooLarge, detail)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_larger_the_box_the_larger_the_cells_until_it_is_too_large() {
        let of = |degrees: f64| {
            let bounds = Bounds::new(8.0, 50.0, 8.0 + degrees, 50.0 + degrees).unwrap();
            fine_enough(&bounds)
        };
        assert_eq!(of(0.1).unwrap(), Resolution::Nine);
        assert_eq!(of(0.4).unwrap(), Resolution::Eight);
        assert_eq!(of(1.0).unwrap(), Resolution::Seven);
        assert_eq!(of(2.0).unwrap_err().code(), Code::BoxTooLarge);
    }
}
