//! An agent's decisions that take time of a lead and a property: what has to be reserved, and what is decided with it.

use domain::{
    AgentCommand, AgentRejection, Answer, BookAppointment, ClaimedVisit, Guarded, NeededVisit, Refusal,
    ReservationAnswer, ReservationOutcome,
};
use schemas::ReservationId;
use schemas::event::{AppointmentBooked, HoldReleased};
use schemas::value::{ForcedRule, SideReservation};
use uuid::Uuid;

use crate::given::Given;
use crate::samples::{
    A, HOLD, agent, agent_id, book, booked, cancelled, hold, lead, monday, property, reschedule,
};
use crate::two_agents::{fence, fenced};

const R: ReservationId = ReservationId::new(Uuid::from_u128(0x51de));
const OTHER: ReservationId = ReservationId::new(Uuid::from_u128(0x51df));

fn guarded(command: AgentCommand, claimed: Option<ClaimedVisit>) -> AgentCommand {
    AgentCommand::Guarded(Box::new(Guarded { command, claimed }))
}

fn visit() -> AgentCommand {
    AgentCommand::BookAppointment(BookAppointment {
        property_id: Some(property(1)),
        ..book(A, monday("10:00"))
    })
}

fn on_lead(reservation_id: ReservationId) -> SideReservation {
    SideReservation { stream: "lead-1".to_owned(), reservation_id }
}

/// What the command needs first.
fn needed(given: &Given<domain::Agent>, command: AgentCommand) -> NeededVisit {
    match given.clone().when(guarded(command, None)).outcome {
        Err(Refusal::Rejected(AgentRejection::NeedsVisit(needed))) => *needed,
        other => panic!("nothing is needed: {other:?}"),
    }
}

/// That, reserved at 08:00.
fn claimed(needed: NeededVisit, reservation_id: ReservationId) -> ClaimedVisit {
    ClaimedVisit {
        made_at: monday("08:00"),
        reservations: vec![on_lead(reservation_id)],
        visit: needed.visit,
        forced: Vec::new(),
    }
}

fn is_over(given: Given<domain::Agent>, command: AgentCommand, claimed: ClaimedVisit) {
    given.when(guarded(command, Some(claimed))).then_refused(AgentRejection::AttemptOver);
}

/// A is booked with the reservation.
fn with_claim() -> Given<domain::Agent> {
    agent().and(AppointmentBooked { reservations: vec![on_lead(R)], ..booked(A, monday("10:00")) })
}

fn outcome(given: Given<domain::Agent>) -> Option<ReservationOutcome> {
    match given.when(fence(R)).outcome {
        Ok(domain::Decision::Unchanged {
            answer: Answer::Reservation(ReservationAnswer { outcome, .. }),
            ..
        }) => Some(outcome),
        _ => None,
    }
}

#[test]
fn a_booking_says_what_it_takes_and_names_what_was_reserved() {
    let needs = needed(&agent(), visit());
    assert_eq!((needs.visit.appointment_id, &needs.visit.lead_id), (A, &lead(1)));
    assert_eq!((needs.visit.start, needs.visit.end), (monday("10:00"), monday("11:00")));
    assert_eq!((&needs.agent_id, needs.is_visit, needs.besides.len()), (&agent_id(), true, 0));

    let forced = vec![ForcedRule::LeadOverlap];
    let claim = ClaimedVisit { forced: forced.clone(), ..claimed(needs, R) };
    agent().when(guarded(visit(), Some(claim))).then([AppointmentBooked {
        property_id: Some(property(1)),
        reservations: vec![on_lead(R)],
        forced,
        ..booked(A, monday("10:00"))
    }]);
}

#[test]
fn nothing_is_decided_with_what_was_ruled_out_used_too_old_or_of_another_time() {
    let claim = claimed(needed(&agent(), visit()), R);
    is_over(agent().and(fenced(R)), visit(), claim.clone());
    is_over(agent().at(monday("08:11")), visit(), claim.clone());
    let mut other = claim.clone();
    other.visit.property_id = None;
    is_over(agent(), visit(), other);
    let used = agent().and(AppointmentBooked {
        lead_id: lead(2),
        reservations: vec![on_lead(R)],
        ..booked(crate::samples::B, monday("14:00"))
    });
    is_over(used, visit(), claim);
}

#[test]
fn a_claim_stands_for_as_long_as_its_appointment_names_it() {
    let Some(ReservationOutcome::Claimed { appointment_id, .. }) = outcome(with_claim()) else {
        panic!("it stands")
    };
    assert_eq!(appointment_id, Some(A));
    assert_eq!(outcome(with_claim().and(cancelled(A))), Some(ReservationOutcome::Fenced));
    assert_eq!(outcome(agent()), None, "it is not decided, so that it is ruled out");

    let given = with_claim();
    let twelve = || reschedule(A, monday("12:00"));
    let needs = needed(&given, twelve());
    assert_eq!((needs.besides.as_slice(), needs.is_move), (&[R][..], true));
    let moved = given.done(guarded(twelve(), Some(claimed(needs, OTHER))));
    assert_eq!(outcome(moved), Some(ReservationOutcome::Fenced), "another has taken its place");
}

#[test]
fn the_end_of_a_hold_is_recorded_before_its_time_is_given_up() {
    let holds = || AgentCommand::HoldSlot(hold(HOLD, lead(1), monday("10:00")));
    let claim = claimed(needed(&agent(), holds()), R);
    let given = agent().done(guarded(holds(), Some(claim)));
    assert!(matches!(outcome(given.clone()), Some(ReservationOutcome::Claimed { appointment_id: None, .. })));
    let over = given.clone().at(monday("08:10"));
    let over = over.when(fence(R)).then([HoldReleased { hold_id: HOLD }]);
    assert_eq!(outcome(over), Some(ReservationOutcome::Fenced));

    let by_hold =
        AgentCommand::BookAppointment(BookAppointment { hold_id: Some(HOLD), ..book(A, monday("10:00")) });
    let needs = needed(&given, by_hold.clone());
    assert_eq!(needs.besides, [R], "its own hold is not in its way");
    let booked = given.done(guarded(by_hold, Some(claimed(needs, OTHER))));
    assert_eq!(outcome(booked), Some(ReservationOutcome::Fenced));
}
