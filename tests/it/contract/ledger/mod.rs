//! What the ledger promises, over both engines.

mod attention;
mod cells;
mod closed;
mod desk;
mod duty;
mod engines;
mod entries;
mod flow;
mod follow_ups;
mod history;
mod merge;
mod migration;
mod nodes;
mod outages;
mod outbox;
mod people;
mod phones;
mod places;
mod pushes;
mod rivals;
mod support;
mod trackers;

/// Each test once per engine.
macro_rules! on_both {
    ($($module:ident::$test:ident)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$module::$test::<super::engines::Sqlite>().await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$module::$test::<super::engines::Postgres>().await;
            })*
        }
    };
}

on_both! {
    attention::a_dead_address_is_told_to_the_other_phones_once
    attention::a_phone_that_dies_again_on_the_same_day_is_told_the_next
    attention::a_missed_test_is_told_after_a_minute
    attention::silence_is_told_when_no_phone_of_theirs_speaks
    attention::whoever_wants_no_alerts_is_told_when_they_do
    cells::sightings_are_kept_found_by_place_and_forgotten
    cells::who_is_seen_by_their_hours_is_kept_as_such
    cells::cells_of_any_one_resolution_hold_whom_they_are_around
    closed::closed_incidents_are_found_by_all_that_is_asked
    closed::pages_hold_each_closed_one_once
    closed::what_is_reopened_is_no_history_and_a_place_that_is_gone_finds_nothing
    closed::what_an_older_version_closed_is_found_by_its_end_after_a_start
    desk::whoever_is_on_an_open_incident_is_told
    desk::people_are_found_by_their_names
    desk::the_latest_acknowledgement_of_each_alarm_is_kept
    desk::a_closed_one_is_listed_while_a_report_of_danger_rings
    duty::a_server_that_was_down_overnight_puts_nobody_off_duty
    duty::a_morning_of_many_thousands_is_done_in_small_steps_at_once
    flow::an_incident_is_raised_answered_pushed_and_followed
    flow::the_same_key_gives_the_same_incident_and_another_body_is_refused
    flow::a_stale_version_a_foreign_organisation_and_a_refused_rule_change_nothing
    flow::a_ledger_that_was_closed_opens_again_with_everything_and_the_same_epoch
    flow::duty_ends_by_itself_and_suspension_names_the_incident
    flow::what_is_private_is_nowhere_in_the_open_and_gone_after_retention
    flow::a_key_is_remembered_for_a_day_whatever_retention_says
    flow::pages_follow_each_other_newest_first
    flow::a_profile_grows_newer_with_each_claim
    follow_ups::who_asks_waits_and_is_counted
    follow_ups::one_coordinator_takes_it_and_says_that_it_is_done
    follow_ups::whoever_asks_for_nothing_can_be_read_too
    follow_ups::what_is_told_again_asks_again_only_when_it_is_new
    follow_ups::it_outlives_what_was_said_and_is_forgotten_once_done
    history::replaying_the_log_gives_the_stored_incident
    merge::the_claim_goes_with_whoever_is_taken_over
    outbox::each_push_of_a_row_has_its_own_way
    outbox::a_row_that_cannot_be_read_stops_no_other
    people::whoever_the_rule_finds_is_found_in_the_order_of_names
    people::a_change_holds_and_is_told
    people::whom_an_older_version_enrolled_is_found_after_a_start
    phones::a_code_is_good_once_until_it_is_old_or_replaced
    phones::a_responder_has_a_bounded_number_of_sessions_and_all_can_be_ended
    phones::the_first_push_key_is_everybodys
    phones::what_a_phone_says_is_kept_as_long_as_the_phone
    phones::a_test_of_a_phone_that_is_gone_is_dropped
    phones::a_test_goes_the_way_of_a_push_and_is_settled_like_one
    phones::quiet_hours_turn_duty_at_both_ends_and_by_hand_until_then
    phones::a_report_is_sealed_and_dies_with_its_incident
    places::places_are_kept_looked_at_and_ended
    places::each_is_looked_at_once_when_several_look
    places::whoever_has_a_place_counts_as_findable
    pushes::pushes_left_by_a_crash_are_leased_again_and_moot_ones_are_dropped
    pushes::the_last_dead_phone_makes_the_incident_look_at_once
    pushes::a_late_word_about_an_old_address_does_not_kill_the_new_one
    pushes::a_receipt_after_the_end_is_recorded_and_moves_nothing
    pushes::an_ask_that_nobody_takes_waits_until_somebody_does
    pushes::of_two_phones_both_must_be_put_off_or_lost_before_an_ask_waits
    pushes::nobody_is_asked_through_what_others_wait_for
    rivals::nobody_has_two_unanswered_alerts_when_fifty_incidents_want_the_same_people
    rivals::two_hundred_answers_at_once_fill_the_places_and_no_more
    rivals::an_exercise_yields_to_a_real_incident_and_notices
    trackers::a_credential_is_kept_found_and_ended
    trackers::credentials_are_bounded_and_of_one_organisation
}
