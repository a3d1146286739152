//! What stands in the query of a request: pages, boxes, points.

use actix_web::{HttpRequest, web};
use muster_core::domain::bounds::Bounds;
use muster_core::domain::place::Point;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::view::error::{ApiError, Code};
use crate::view::invalid::Invalid;

/// Most incidents on a page.
const PAGE_MAX: usize = 200;
/// Incidents on a page when nobody says.
pub(crate) const PAGE_DEFAULT: usize = 50;

/// How many on a page: `limit` within its bounds.
pub(crate) fn page_size(limit: Option<usize>) -> Result<usize, ApiError> {
    match limit {
        None => Ok(PAGE_DEFAULT),
        Some(limit) if (1..=PAGE_MAX).contains(&limit) => Ok(limit),
        Some(_) => Err(ApiError::with_detail(
            Code::Invalid,
            format!("limit: 1 to {PAGE_MAX} expected"),
        )),
    }
}

/// The query of a request.
pub(crate) fn query<T: serde::de::DeserializeOwned>(request: &HttpRequest) -> Result<T, ApiError> {
    let query = web::Query::<T>::from_query(request.query_string());
    let query = query.map_err(|e| ApiError::with_detail(Code::Invalid, format!("query: {e}")))?;
    Ok(query.into_inner())
}

/// Where to look.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BoxQuery {
    /// `west,south,east,north` in degrees.
    pub(crate) bbox: String,
}

/// Numbers with commas between them, exactly `N`.
fn numbers<const N: usize>(text: &str) -> Option<[f64; N]> {
    let parsed: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    parsed.ok()?.try_into().ok()
}

/// A box as an outsider names it: `W,S,E,N` in degrees.
pub(crate) fn bounds(field: &str, text: &str) -> Result<Bounds, Invalid> {
    let wrong = || Invalid::new(field, "west,south,east,north in degrees expected");
    let [west, south, east, north] = numbers(text).ok_or_else(wrong)?;
    Bounds::new(west, south, east, north).map_err(|_impossible| wrong())
}

/// A point as an outsider names it: `LAT,LON` in degrees.
pub(crate) fn point(field: &str, text: &str) -> Result<Point, Invalid> {
    let wrong = || Invalid::new(field, "latitude,longitude in degrees expected");
    let [lat, lon] = numbers(text).ok_or_else(wrong)?;
    Point::new(lat, lon).map_err(|_impossible| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_bound() {
        assert_eq!(page_size(None).unwrap(), PAGE_DEFAULT);
        assert!(page_size(Some(200)).is_ok());
        assert!(page_size(Some(0)).is_err() && page_size(Some(201)).is_err());
    }

    #[test]
    fn a_box_is_four_numbers_and_a_point_is_two() {
        assert!(bounds("bbox", "8, 50,8.1,50.1").is_ok());
        for wrong in [
            "",
            "8,50,8.1",
            "8,50,8.1,50.1,1",
            "a,50,8.1,50.1",
            "8,51,8.1,50",
        ] {
            assert_eq!(bounds("bbox", wrong).unwrap_err().field, "bbox", "{wrong}");
        }
        assert!(point("near", "50,8").is_ok());
        assert!(point("near", "0,0").is_err() && point("near", "50").is_err());
    }
}
