//! What a viewer looks at, and how fine.

use h3o::Resolution;
use muster_core::domain::bounds::Bounds;

/// Most cells that one viewer is shown, by the average size of a cell.
const CELLS_MAX: f64 = 4_000.0;
const FINEST: Resolution = Resolution::Nine;

/// What a viewer looks at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Viewport {
    pub(crate) bounds: Bounds,
    /// Of the cells of its density.
    pub(crate) resolution: Resolution,
}

impl Viewport {
    /// At a box. The finest cells that can be told apart at that zoom, of which the box does not
    /// hold too many.
    pub(crate) fn at(bounds: Bounds, zoom: Option<f64>) -> Self {
        let by_zoom = zoom.map_or(FINEST, told_apart);
        let area_m2 = bounds.area_m2();
        let fits = |resolution: &Resolution| area_m2 / resolution.area_m2() <= CELLS_MAX;
        let mut finer_last = Resolution::range(Resolution::Zero, by_zoom).rev();
        let resolution = finer_last.find(fits).unwrap_or(Resolution::Zero);
        Self { bounds, resolution }
    }

    /// The box with every cell that reaches into it.
    pub(crate) fn touched(&self) -> Bounds {
        self.bounds.touched(self.resolution)
    }
}

/// The resolution whose cells are about 30 pixels wide at that zoom, on a map whose tiles have 512
/// pixels: 8 at zoom 11. Cells of the next resolution are narrower by the root of 7, which is
/// 1.404 steps of zoom.
fn told_apart(zoom: f64) -> Resolution {
    let finest = f64::from(u8::from(FINEST));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 9"
    )]
    let resolution = ((zoom - 11.0) / 1.404 + 8.0).round().clamp(0.0, finest) as u8;
    Resolution::try_from(resolution).unwrap_or(FINEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_as_fine_as_the_zoom_shows_and_the_box_allows() {
        let at = |degrees: f64, zoom: Option<f64>| {
            let bounds = Bounds::new(8.0, 50.0, 8.0 + degrees, 50.0 + degrees).unwrap();
            u8::from(Viewport::at(bounds, zoom).resolution)
        };
        assert_eq!(at(0.05, Some(14.0)), 9);
        assert_eq!(
            at(0.05, Some(11.0)),
            8,
            "finer cells could not be told apart"
        );
        assert_eq!(at(0.05, None), 9);
        assert_eq!(at(1.0, Some(14.0)), 7, "finer ones would be too many");
        assert_eq!(at(0.05, Some(0.0)), 0);
        let earth = Viewport::at(Bounds::EVERYWHERE, Some(24.0));
        assert_eq!(u8::from(earth.resolution), 1);
    }
}
