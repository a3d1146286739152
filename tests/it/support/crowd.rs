//! Many people at once, with one call of `muster token` for all of them.

use super::{ORG, Phone, World};
use futures_util::StreamExt as _;
use muster_stand::geo::LatLon;
use serde_json::json;

/// Enrolments side by side.
const SIDE_BY_SIDE: usize = 24;

impl World {
    /// A verified responder on duty with a phone at each place, named `NAME-0`, `NAME-1`, …
    pub(crate) async fn crowd(&self, name: &str, places: &[LatLon]) -> Vec<Phone> {
        let ids: Vec<String> = (0..places.len()).map(|n| format!("{name}-{n}")).collect();
        let tokens = self.tokens(ORG).mint_many("responder", &ids).await.unwrap();
        let people = ids.iter().zip(&tokens);
        let phones: Vec<Phone> = people
            .map(|(id, token)| Phone::new(self.caller_with(token), id))
            .collect();
        let enrolments = phones.iter().zip(places).map(async |(phone, place)| {
            let person = json!({"id": phone.id, "name": "One Of Many", "skills": ["bls"],
                                "travel": "foot"});
            self.coordinator
                .post("/v1/responders", &person)
                .await
                .expect(201);
            self.verify(phone).await;
            phone.register().await;
            phone.duty(true).await;
            phone.stands_at(*place).await;
        });
        let enrolled = futures_util::stream::iter(enrolments).buffer_unordered(SIDE_BY_SIDE);
        enrolled.collect::<Vec<()>>().await;
        phones
    }
}
