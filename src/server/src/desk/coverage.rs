//! How many could be where in time.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use h3o::Resolution;
use muster_core::dispatch::{Covered, Dispatch};
use muster_core::domain::bounds::Bounds;
use muster_core::domain::time::Timestamp;
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use crate::auth::permissions::CallHandler;
use crate::desk::feed::events::ring;
use crate::view::deadline::DEADLINE;
use crate::view::error::{ApiError, Code, Problem};
use crate::view::query::{BoxQuery, bounds, query};
use crate::view::time::WireTime;

/// Three, five and eight minutes: what a heart, a guideline and an ambulance give.
const SECONDS: [u32; 3] = [180, 300, 480];
/// Most cells of an answer, by the average size of a cell.
const CELLS_MAX: f64 = 3_000.0;
/// The finest resolution, about 350 m across, and the coarsest: half of what a cyclist reaches in
/// three minutes.
const FINEST: Resolution = Resolution::Nine;
const COARSEST: Resolution = Resolution::Seven;

/// Coverage is computed for so many desks at a time: dispatch needs the processors more.
const COMPUTING_MAX: usize = 1;

/// Who computes now.
pub(crate) struct Computing(Arc<Semaphore>);

impl Default for Computing {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(COMPUTING_MAX)))
    }
}

/// How many of those on duty could be at the centre of each cell within 3, 5 and 8 minutes, by the
/// estimates that the plans use. The box decides how fine the cells are.
#[utoipa::path(
    get, path = "/v1/coverage", tag = "map", params(BoxQuery),
    responses((status = 200, body = CoverageView),
        (status = 400, body = Problem, description = "`invalid`, `box_too_large`"),
        (status = 503, body = Problem, description = "`busy`, `deadline`")),
)]
pub(crate) async fn coverage(
    dispatch: web::Data<Dispatch>,
    computing: web::Data<Computing>,
    desk: CallHandler,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let within = bounds("bbox", &query::<BoxQuery>(&request)?.bbox)?;
    let resolution = fine_enough(&within)?;
    let turn = tokio::time::timeout(DEADLINE, Arc::clone(&computing.0).acquire_owned());
    let turn = turn.await.map_err(|_elapsed| Code::Busy)?;
    let turn = turn.map_err(|_closed| Code::Internal)?;
    let (counting, handle) = (dispatch.clone(), Handle::current());
    // it computes for long: not on a thread that answers emergencies
    let covered = web::block(move || {
        let _turn = turn;
        handle.block_on(counting.coverage(desk.org, &within, resolution, &SECONDS))
    });
    let covered = tokio::time::timeout(DEADLINE, covered).await;
    let covered = covered.map_err(|_elapsed| Code::Deadline)?;
    let covered =
        covered.map_err(|error| ApiError::with_cause(Code::Internal, error.to_string()))?;
    let (resolution, now) = (u8::from(resolution), dispatch.clock.now());
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

/// How many could be in a cell in time.
#[derive(Serialize, ToSchema)]
pub(crate) struct CoverageCell {
    /// H3 index.
    #[schema(example = "882aae4d01fffff")]
    pub cell: String,
    /// So many within each of `seconds`.
    pub counts: Vec<u32>,
    /// The cell's corners, each as longitude and latitude; not closed.
    pub ring: Vec<[f64; 2]>,
}

/// Who could be where in time.
#[derive(Serialize, ToSchema)]
pub(crate) struct CoverageView {
    /// H3 resolution of the cells.
    pub resolution: u8,
    /// When this was so.
    pub as_of: WireTime,
    /// The times, in seconds.
    pub seconds: Vec<u32>,
    /// Cells where somebody could be within the longest time; nobody could be in others.
    pub cells: Vec<CoverageCell>,
    /// Somewhere stood more people than were looked at: counts there are too low, never too high.
    pub partial: bool,
}

impl CoverageView {
    /// As found at `now`.
    pub(crate) fn of(covered: Covered, seconds: &[u32], resolution: u8, now: Timestamp) -> Self {
        let cells = covered
            .cells
            .into_iter()
            .map(|(cell, counts)| CoverageCell {
                cell: cell.to_string(),
                counts,
                ring: ring(cell),
            });
        Self {
            resolution,
            as_of: now.into(),
            seconds: seconds.to_vec(),
            cells: cells.collect(),
            partial: covered.partial,
        }
    }
}
