//! Appointments whose agreed wall-clock time means another instant by now.

use availability::Reason;
use chrono::{DateTime, NaiveDateTime, Utc};
use domain::{Agent, AgentCommand, AgentRejection, Decision, Instead, Overlap, Refusal};
use schemas::AgentEvent;
use schemas::event::{
    AgentDeactivated, AppointmentBooked, AppointmentRescheduled, AppointmentTypeDefined,
    AppointmentTypeRetired, AvailabilityRuleAdded, TimeBlocked,
};
use schemas::value::AppointmentStatus::{self, Cancelled, Completed, Confirmed, NoShow, Scheduled};
use schemas::value::{AppointmentType, KeptTime};

use crate::given::{Given, When};
use crate::samples::{
    A, B, HOLD, agent, agent_id, block, block_request, booked, cancelled, completed, confirmed, hold,
    instant, lead, monday, no_show, profile, rule, visit,
};
use crate::two_agents::{R, booking, in_the_way, time_reserved};

const fn settle(keep: KeptTime) -> AgentCommand {
    AgentCommand::SettleConflict { appointment_id: A, keep }
}

const KEEP_WALL_TIME: AgentCommand = settle(KeptTime::WallTime);
const KEEP_INSTANT: AgentCommand = settle(KeptTime::Instant);

/// A visit of A's lead at an instant at which clocks were to show `local`.
fn agreed(local: &str, start: DateTime<Utc>) -> AppointmentBooked {
    AppointmentBooked { local_start: local.parse().expect("a wall-clock time"), ..booked(A, start) }
}

/// A visit at what is 10:00 by now, and was to be 11:00.
fn at_eleven() -> Given<Agent> {
    agent().and(agreed("2026-12-14T11:00:00", monday("10:00")))
}

fn settled(keep: KeptTime, status: AppointmentStatus, start: DateTime<Utc>) -> AppointmentRescheduled {
    AppointmentRescheduled {
        status,
        previous_start: monday("10:00"),
        previous_end: monday("11:00"),
        keep: Some(keep),
        ..fixtures::rescheduled(A, start, 60)
    }
}

fn reason(when: When<Agent>) -> Reason {
    match when.outcome {
        Err(Refusal::Rejected(AgentRejection::SlotUnavailable { reason, .. })) => reason,
        other => panic!("{other:?}"),
    }
}

fn changes_nothing(when: &When<Agent>) -> bool {
    matches!(when.outcome, Ok(Decision::Unchanged { .. }))
}

#[test]
fn who_keeps_the_wall_time_moves_the_appointment_and_need_not_have_it_confirmed_again() {
    for status in [Scheduled, Confirmed] {
        let given = if status == Confirmed { at_eleven().and(confirmed(A)) } else { at_eleven() };
        let given = given.when(KEEP_WALL_TIME).then([settled(KeptTime::WallTime, status, monday("11:00"))]);
        let after = given.state.appointment(A).unwrap();
        let local: NaiveDateTime = "2026-12-14T11:00:00".parse().unwrap();
        assert_eq!((after.start, after.end, after.local_start), (monday("11:00"), monday("12:00"), local));
        assert_eq!(given.state.calendar().bookings().next().unwrap().start, monday("11:00"));
    }
}

#[test]
fn who_keeps_the_instant_agrees_on_what_clocks_show_then() {
    for status in [Scheduled, Confirmed] {
        let given = if status == Confirmed { at_eleven().and(confirmed(A)) } else { at_eleven() };
        let given = given.when(KEEP_INSTANT).then([settled(KeptTime::Instant, status, monday("10:00"))]);
        let after = given.state.appointment(A).unwrap();
        assert_eq!(after.local_start.to_string(), "2026-12-14 10:00:00");
        assert_eq!(after.sequence, 1, "whoever is to come has to be told another time");
    }
}

#[test]
fn what_is_settled_or_never_was_a_conflict_stays_as_it_is() {
    let both = [KEEP_WALL_TIME, KEEP_INSTANT];
    for first in both.clone() {
        for second in both.clone() {
            let when = at_eleven().done(first.clone()).when(second);
            assert!(changes_nothing(&when), "{when:?}");
        }
    }
    // The clock shows 23:30 twice.
    for pass in ["2027-04-04T02:30:00Z", "2027-04-04T03:30:00Z"] {
        for keep in both.clone() {
            let when = agent().and(agreed("2027-04-03T23:30:00", instant(pass))).when(keep);
            assert!(changes_nothing(&when), "{when:?}");
        }
    }
}

#[test]
fn a_wall_time_that_is_skipped_by_now_is_the_end_of_the_gap() {
    // On that Sunday, the clock goes on from midnight to 01:00.
    let all_day = AvailabilityRuleAdded { rule: rule(50, 6, "00:00", "24:00") };
    let given = agent().and(all_day).and(agreed("2027-09-05T00:30:00", instant("2027-09-05T03:30:00Z")));
    let given = given.done(KEEP_WALL_TIME);
    let after = given.state.appointment(A).unwrap();
    assert_eq!(after.start, instant("2027-09-05T04:00:00Z"));
    assert_eq!(after.local_start.to_string(), "2027-09-05 01:00:00");
    assert!(changes_nothing(&given.when(KEEP_WALL_TIME)));
}

#[test]
fn the_wall_time_has_to_be_free_and_the_instant_is_its_own() {
    let others = booked(B, monday("11:30"));
    let lunch = block(&block_request(1, monday("11:30"), monday("12:00")), profile().time_zone);
    let late = agent().and(agreed("2026-12-14T17:30:00", monday("10:00")));
    let rival = domain::HoldSlot { expires_at: monday("08:40"), ..hold(HOLD, lead(2), monday("11:00")) };
    let held = at_eleven().at(monday("08:30")).done(AgentCommand::HoldSlot(rival));
    for (given, expected) in [
        (at_eleven().and(others), Reason::AlreadyBooked),
        (at_eleven().and(TimeBlocked { block: lunch }), Reason::Blocked),
        (late, Reason::OutsideHours),
        (held, Reason::Held),
        (at_eleven().at(monday("11:01")), Reason::Past),
    ] {
        assert_eq!(reason(given.clone().when(KEEP_WALL_TIME)), expected);
        given.when(KEEP_INSTANT).then_accepted();
    }
    let of_the_lead = AppointmentBooked { lead_id: lead(1), ..booked(B, monday("11:30")) };
    let (start, end) = (monday("11:30"), monday("12:30"));
    let known = Overlap { appointment_id: B, start, end, time_zone: fixtures::ZONE };
    let refused = at_eleven().and(of_the_lead).when(KEEP_WALL_TIME);
    refused.then_refused(AgentRejection::LeadHasAppointment(known));
    let gone = at_eleven().and(AgentDeactivated { agent_id: agent_id() });
    gone.clone().when(KEEP_WALL_TIME).then_refused(AgentRejection::AgentInactive);
    gone.when(KEEP_INSTANT).then_accepted();
}

#[test]
fn a_reservation_in_its_way_is_settled_first() {
    let given = at_eleven().and(time_reserved(R, booking(B, monday("11:30"))));
    let refused = given.when(KEEP_WALL_TIME).then_needs_settling(&[in_the_way(R, B)]);
    assert!(matches!(refused, AgentRejection::SlotUnavailable { reason: Reason::AlreadyBooked, .. }));
}

#[test]
fn what_was_agreed_stands_whatever_the_type_has_become() {
    let strict = AppointmentType {
        min_notice_minutes: 24 * 60,
        horizon_days: 0,
        daily_limit: Some(1),
        slot_step_minutes: 7,
        duration_minutes: 30,
        ..visit()
    };
    let given = at_eleven()
        .and(booked(B, monday("15:00")))
        .office(AppointmentTypeDefined { appointment_type: strict });
    let moved = settled(KeptTime::WallTime, Scheduled, monday("11:00"));
    given.clone().when(KEEP_WALL_TIME).then([moved.clone()]);
    given.office(AppointmentTypeRetired { code: visit().code }).when(KEEP_WALL_TIME).then([moved]);
}

#[test]
fn the_leads_own_hold_on_the_slot_is_used_up() {
    let own = domain::HoldSlot { expires_at: monday("08:40"), ..hold(HOLD, lead(1), monday("11:00")) };
    let own = AgentCommand::HoldSlot(own);
    let given = at_eleven().at(monday("08:30")).done(own).done(KEEP_WALL_TIME);
    assert!(given.state.calendar().find_hold(HOLD).is_none());
}

#[test]
fn the_moment_to_confirm_it_moves_along() {
    let given = |by: &str| {
        let agreed = agreed("2026-12-14T11:00:00", monday("10:00"));
        agent().and(AppointmentBooked { confirm_by: Some(monday(by)), ..agreed }).at(monday("08:00"))
    };
    let confirm_by = |given: Given<Agent>| given.state.appointment(A).unwrap().confirm_by;
    assert_eq!(confirm_by(given("09:00").done(KEEP_WALL_TIME)), Some(monday("10:00")));
    assert_eq!(confirm_by(given("09:00").done(KEEP_INSTANT)), Some(monday("09:00")));
    let due = given("07:00").at(monday("09:00")).done(KEEP_WALL_TIME);
    assert_eq!(confirm_by(due), None, "it would be released at once");
}

#[test]
fn only_what_is_still_to_be_is_settled() {
    for (over, status, instead) in [
        (AgentEvent::from(completed(A)), Completed, Instead::Nothing),
        (no_show(A).into(), NoShow, Instead::Nothing),
        (cancelled(A).into(), Cancelled, Instead::Reinstate { until: monday("10:00") }),
    ] {
        for keep in [KEEP_WALL_TIME, KEEP_INSTANT] {
            let refused = AgentRejection::InvalidTransition { status, wanted: "settled", instead };
            at_eleven().and(over.clone()).when(keep).then_refused(refused);
        }
    }
    agent().when(KEEP_INSTANT).then_refused(AgentRejection::AppointmentNotFound);
}
