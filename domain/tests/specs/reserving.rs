//! Reserving time for an appointment that is another agent's.

use availability::{Booking, Reason};
use chrono::TimeDelta;
use chrono_tz::America::Santiago;
use domain::{
    Agent, AgentCommand, AgentRejection, Answer, Decision, OnOverlap, Overlap, Refusal, ReservationAnswer,
    ReservationOutcome, ReserveTime,
};
use schemas::event::{
    AgentDeactivated, AppointmentTypeDefined, AppointmentTypeRetired, AvailabilityRuleAdded,
    ExternalBusyRecorded, OfficeBlocked, OfficePolicySet, TimeBlocked, TimeReserved,
};
use schemas::value::{AppointmentType, AvailabilityRule, OfficePolicy};

use crate::given::{Given, When};
use crate::samples::{
    A, B, VISIT, block, block_request, booked, busy_id, code, confirmed, day, held, hold_id, lead, monday,
    nobody, other_agent, policy, property, rule, visit,
};
use crate::two_agents::{
    IN_A_SLOT_FOR_ONE, R, booking, giver, handed_over, released, reservation_id, reserve, taker,
    time_reserved,
};

fn at_ten() -> Booking {
    booking(A, monday("10:00"))
}

fn reserve_ten() -> AgentCommand {
    AgentCommand::ReserveTime(reserve(R, at_ten()))
}

fn outcome(outcome: ReservationOutcome) -> Answer {
    Answer::Reservation(ReservationAnswer { reservation_id: R, outcome })
}

fn reason(when: &When<Agent>) -> Option<Reason> {
    match &when.outcome {
        Ok(Decision::Accepted(_)) => None,
        Err(Refusal::Rejected(AgentRejection::SlotUnavailable { reason, .. })) => Some(*reason),
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_takes_the_time_until_it_is_released() {
    let given = taker().when(reserve_ten()).then([time_reserved(R, at_ten())]);
    assert_eq!(given.state.reserved_time(R).map(|time| &time.booking), Some(&at_ten()));
    let rival = || AgentCommand::BookAppointment(crate::samples::book(B, monday("10:30")));
    assert!(given.clone().when(rival()).outcome.is_err());
    // Long past its expiry too.
    assert!(given.clone().at(monday("09:30")).when(rival()).outcome.is_err());
    let release = AgentCommand::ReleaseReservation { reservation_id: R };
    let given = given.when(release.clone()).then([released(R, A)]);
    assert_eq!(given.state.reserved_time(R), None);
    given.clone().when(release).then_nothing(outcome(ReservationOutcome::Closed));
    given.when(rival()).then_accepted();
    taker().when(reserve_ten()).then_answer(outcome(IN_A_SLOT_FOR_ONE));
    taker()
        .done(reserve_ten())
        .when(AgentCommand::ReleaseReservation { reservation_id: R })
        .then_answer(outcome(ReservationOutcome::Closed));
}

#[test]
fn an_agent_who_takes_nothing_new_reserves_nothing() {
    nobody().when(reserve_ten()).then_refused(AgentRejection::UnknownAgent);
    let gone = AgentDeactivated { agent_id: other_agent() };
    taker().and(gone).when(reserve_ten()).then_refused(AgentRejection::AgentInactive);
}

#[test]
fn what_passes_by_time_and_what_its_type_has_become_do_not_speak_against_it() {
    let strict = AppointmentType {
        duration_minutes: 30,
        slot_step_minutes: 45,
        min_notice_minutes: 10_000,
        horizon_days: 0,
        daily_limit: Some(1),
        ..visit()
    };
    let given = taker().and(booked(B, day(1, "14:00")));
    let given = given.office(AppointmentTypeDefined { appointment_type: strict });
    let beside_the_grid = booking(A, day(1, "10:10"));
    let command = AgentCommand::ReserveTime(reserve(R, beside_the_grid.clone()));
    given.when(command).then([time_reserved(R, beside_the_grid)]);
    let retired = taker().office(AppointmentTypeRetired { code: code(VISIT) });
    retired.when(reserve_ten()).then([time_reserved(R, at_ten())]);
}

#[test]
fn what_takes_the_time_speaks_against_it() {
    let lunch = block(&block_request(1, monday("10:30"), monday("11:30")), Santiago);
    let busy = ExternalBusyRecorded {
        busy_id: busy_id("dentista"),
        source: "google_calendar".to_owned(),
        start: monday("09:00"),
        end: monday("10:15"),
    };
    let hold = held(hold_id(3), lead(3), monday("10:30"), monday("08:10"));
    let against = [
        (taker().and(TimeBlocked { block: lunch.clone() }), Reason::Blocked),
        (taker().office(OfficeBlocked { block: lunch }), Reason::Blocked),
        (taker().and(busy), Reason::ExternalBusy),
        (taker().and(booked(B, monday("10:30"))), Reason::AlreadyBooked),
        (taker().and(hold), Reason::Held),
        (taker().at(monday("10:01")), Reason::Past),
    ];
    for (given, expected) in against {
        assert_eq!(reason(&given.when(reserve_ten())), Some(expected));
    }
    let evening = AgentCommand::ReserveTime(reserve(R, booking(A, monday("17:30"))));
    assert_eq!(reason(&taker().when(evening)), Some(Reason::OutsideHours));

    let far = taker()
        .office(OfficePolicySet { policy: OfficePolicy { travel_minutes: 30, ..policy() } })
        .and(schemas::event::AppointmentBooked {
            property_id: Some(property(1)),
            ..booked(B, monday("11:15"))
        });
    let visit_of = |number| Booking { property_id: Some(property(number)), ..at_ten() };
    let reserve_visit = |number| AgentCommand::ReserveTime(reserve(R, visit_of(number)));
    assert_eq!(reason(&far.clone().when(reserve_visit(2))), Some(Reason::AlreadyBooked));
    assert_eq!(reason(&far.when(reserve_visit(1))), None);
}

#[test]
fn a_refusal_offers_other_times() {
    let when = taker().and(booked(B, monday("10:30"))).when(reserve_ten());
    let Err(Refusal::Rejected(AgentRejection::SlotUnavailable { alternatives, .. })) = when.outcome else {
        panic!("{when:?}")
    };
    let starts: Vec<_> = alternatives.iter().map(|slot| slot.start).collect();
    assert_eq!(starts, [monday("09:30"), monday("09:00"), monday("11:30")]);
}

#[test]
fn its_slot_has_as_much_room_as_the_new_agents_hours_give() {
    let rule = AvailabilityRule { max_appointments_per_slot: 3, ..rule(9, 5, "10:00", "13:00") };
    let saturday = Booking { property_id: Some(property(7)), ..booking(A, day(5, "10:00")) };
    taker()
        .and(AvailabilityRuleAdded { rule })
        .when(AgentCommand::ReserveTime(reserve(R, saturday.clone())))
        .then([TimeReserved { max_appointments_per_slot: 3, ..time_reserved(R, saturday) }]);
}

#[test]
fn an_id_is_never_reserved_anew() {
    let given = taker().done(reserve_ten());
    given.clone().when(reserve_ten()).then_nothing(outcome(IN_A_SLOT_FOR_ONE));
    let given = given.and(released(R, A));
    given.clone().when(reserve_ten()).then_nothing(outcome(ReservationOutcome::Closed));
    // For a day of the stream's own time.
    let later = given.busy_for(1);
    later.clone().when(reserve_ten()).then_nothing(outcome(ReservationOutcome::Closed));
    let other = AgentCommand::ReserveTime(ReserveTime {
        expires_at: later.now + TimeDelta::seconds(10),
        ..reserve(reservation_id(2), booking(A, day(2, "10:00")))
    });
    later.when(other).then_accepted();
}

#[test]
fn an_appointment_that_is_here_needs_no_time() {
    let (_, taker) = handed_over(giver(), taker(), A);
    let again = AgentCommand::ReserveTime(reserve(reservation_id(2), at_ten()));
    taker.when(again).then_refused(AgentRejection::AttemptOver);
    taker_with_a().when(reserve_ten()).then_refused(AgentRejection::AttemptOver);
}

fn taker_with_a() -> Given<Agent> {
    taker().and(booked(A, monday("15:00")))
}

#[test]
fn it_counts_as_an_appointment_for_blocks_and_deactivation() {
    let given = taker().done(reserve_ten());
    let block = block_request(1, monday("10:30"), monday("12:00"));
    let kept = AgentCommand::BlockTime { block, on_overlap: OnOverlap::Keep };
    given.clone().when(kept).then_accepted();
    given.clone().when(AgentCommand::DeactivateAgent { keep_appointments: true }).then_accepted();
    given
        .clone()
        .at(monday("11:00"))
        .when(AgentCommand::DeactivateAgent { keep_appointments: false })
        .then_accepted();

    let own = given.and(booked(B, monday("09:00"))).and(confirmed(B));
    let overlap = |appointment_id, start, end| Overlap {
        time_zone: fixtures::ZONE,
        appointment_id,
        start: monday(start),
        end: monday(end),
    };
    let both = vec![overlap(B, "09:00", "10:00"), overlap(A, "10:00", "11:00")];
    own.clone()
        .when(AgentCommand::DeactivateAgent { keep_appointments: false })
        .then_refused(AgentRejection::AgentHasUpcomingAppointments(both.clone()));
    let block = block_request(1, monday("09:30"), monday("12:00"));
    own.when(AgentCommand::BlockTime { block, on_overlap: OnOverlap::Refuse })
        .then_refused(AgentRejection::BlockOverlapsAppointments(both));
}
