//! The live index: one suite for memory, Redis, Redis Cluster and Valkey.

mod force;
mod given;
mod nodes;
mod outage;
mod people;
mod places;
mod rules;
mod stand_in;

use given::{Given, Kind, is_well};
use people::{People, around, at, fix, point, profile};

/// Scenarios that hold for every engine: each a test of its own in memory and on Redis, and all in
/// a row, flushed between, on the two that are slow to start or the same inside.
macro_rules! on_every_engine {
    ($($file:ident::$scenario:ident => $name:ident),+ $(,)?) => {
        mod memory { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$file::$scenario(&super::Given::with(super::Kind::Memory).await).await; }
        )+ }
        mod redis { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$file::$scenario(&super::Given::with(super::Kind::Redis).await).await; }
        )+ }
        async fn all_of(kind: Kind) {
            let mut given = Given::with(kind).await;
            $(
                $file::$scenario(&given).await;
                given = given.anew().await;
            )+
            drop(given);
        }
    };
}

on_every_engine! {
    rules::strangers => a_stranger_is_not_made_findable_by_a_fix,
    rules::comes_back => what_comes_back_is_what_was_said,
    rules::older => an_older_fix_or_profile_never_replaces_a_newer_one,
    rules::conditions => each_condition_of_a_search_holds_by_itself,
    places::rank => a_place_gives_way_to_a_live_position_until_that_is_half_an_hour_old,
    places::age => a_place_is_found_while_it_is_confirmed_and_wanted,
    places::leaves => who_leaves_a_place_is_not_found_there,
    places::moves => a_place_and_a_live_position_leave_no_duplicate,
    rules::density => density_follows_who_can_be_found,
    rules::density_in_boxes => density_is_counted_in_the_boxes_only,
    rules::moves => a_move_leaves_no_duplicate,
    rules::forgets => who_is_forgotten_is_gone,
    force::towns => a_search_finds_what_brute_force_finds,
    force::odd_corners => poles_pentagons_and_the_antimeridian_are_ground_like_any_other,
    force::empty_country => the_nearest_in_empty_country_is_found,
    force::old_positions => old_positions_do_not_hide_a_new_one_behind_them,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_of_it_holds_on_a_cluster() {
    all_of(Kind::Cluster).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_of_it_holds_on_valkey() {
    all_of(Kind::Valkey).await;
}
