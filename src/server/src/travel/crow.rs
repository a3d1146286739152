//! As the crow flies, with a detour and a speed for each mode.

use async_trait::async_trait;
use muster_core::domain::place::Point;
use muster_core::domain::responder;
use muster_core::ports::Travel;

/// Streets are longer than the straight line by about this factor in towns.
const DETOUR: f64 = 1.3;

/// Metres a second on foot, hurrying: the median effective speed of alerted volunteers in the
/// densest Swedish areas was 1.8 over the straight line, which is 2.3 along a street.
const FOOT_M_PER_S: f64 = 2.3;
/// Metres a second by bicycle: 15 km/h, between walking and town traffic.
const BIKE_M_PER_S: f64 = 4.2;
/// Metres a second by car: the median of Ticino's volunteers from acceptance to the scene.
const CAR_M_PER_S: f64 = 6.9;
/// Seconds before a wheel turns: parking and unlocking at both ends.
const MOUNT_S: f64 = 30.0;

/// The estimate that needs nothing but two positions.
#[derive(Debug, Clone, Copy, Default)]
pub struct Crow;

#[async_trait]
impl Travel for Crow {
    async fn eta_s(&self, from: &[(Point, responder::Travel)], to: Point) -> Vec<f64> {
        from.iter()
            .map(|(point, mode)| {
                let metres = point.distance_m(to) * DETOUR;
                let on_foot = metres / FOOT_M_PER_S;
                match mode {
                    responder::Travel::Foot => on_foot,
                    responder::Travel::Bike => on_foot.min(MOUNT_S + metres / BIKE_M_PER_S),
                    responder::Travel::Car => on_foot.min(MOUNT_S + metres / CAR_M_PER_S),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_takes_the_car_next_door() {
        let (here, next_door) = (
            Point::new(36.85, -75.97).unwrap(),
            Point::new(36.8502, -75.97).unwrap(),
        );
        let etas = Crow
            .eta_s(
                &[
                    (here, responder::Travel::Foot),
                    (here, responder::Travel::Car),
                ],
                next_door,
            )
            .await;
        assert!((etas[0] - etas[1]).abs() < f64::EPSILON);
    }

    #[tokio::test]
    async fn a_car_is_faster_over_two_kilometres() {
        let (here, there) = (
            Point::new(36.85, -75.97).unwrap(),
            Point::new(36.868, -75.97).unwrap(),
        );
        let etas = Crow
            .eta_s(
                &[
                    (here, responder::Travel::Foot),
                    (here, responder::Travel::Car),
                ],
                there,
            )
            .await;
        assert!(etas[1] < etas[0] / 2.0);
    }
}
