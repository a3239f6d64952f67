//! Handing an appointment over to another agent: the decision of the old one, and the receipt of the new one.

use availability::Interval;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::America::Punta_Arenas;
use domain::reservation::LONGEST_ATTEMPT;
use domain::{
    Agent, AgentCommand, AgentRejection, Aggregate, Answer, BookAppointment, Command, Decision, Instead,
    NeededTime, ReservationAnswer, ReservationOutcome, Reserved,
};
use schemas::event::{AgentDeactivated, AppointmentReceived, AppointmentRescheduled, AppointmentTypeDefined};
use schemas::value::{AppointmentStatus, AppointmentType, LeadContact};
use schemas::{AgentEvent, Personal};

use crate::given::When;
use crate::samples::{
    A, B, CALL, agent_id, answer, answer_with, book, cancelled, completed, confirmed, lead, monday,
    other_agent, property, reassign_to, reschedule, reschedule_in, said, visit,
};
use crate::two_agents::{
    IN_A_SLOT_FOR_ONE, R, booking, fence, fenced, giver, hand_over, handed_over, needed, reassign,
    reservation_id, reserve, reserved, taker, time_reserved,
};

const CONFIRM: AgentCommand = AgentCommand::ConfirmAppointment { appointment_id: A };
const CANCEL: AgentCommand =
    AgentCommand::CancelAppointment { appointment_id: A, reason: None, requested_by: None };

fn with_r() -> AgentCommand {
    reassign(A, Some(reserved(R, booking(A, monday("10:00")))))
}

fn received(when: When<Agent>) -> AgentCommand {
    AgentCommand::ReceiveAppointment(Box::new(hand_over(when, agent_id()).1))
}

fn outcome(outcome: ReservationOutcome) -> Answer {
    Answer::Reservation(ReservationAnswer { reservation_id: R, outcome })
}

fn with_taker(status: AppointmentStatus, start: DateTime<Utc>, sequence: u32) -> Answer {
    answer_with(A, other_agent(), status, start, sequence)
}

#[test]
fn without_a_reservation_it_says_what_has_to_be_reserved() {
    let needs = AgentRejection::NeedsReservation(Box::new(NeededTime {
        booking: booking(A, monday("10:00")),
        present: Interval::new(monday("10:00"), monday("11:00")),
    }));
    giver().when(reassign(A, None)).then_refused(needs);
}

#[test]
fn the_old_agent_decides_and_is_free_at_once() {
    let given =
        giver().when(with_r()).then_answer(with_taker(AppointmentStatus::Scheduled, monday("10:00"), 0));
    assert_eq!(given.state.appointment(A), None);
    assert_eq!(given.state.calendar().bookings().count(), 0);
    given.clone().when(AgentCommand::BookAppointment(book(B, monday("10:00")))).then_accepted();
    for command in [CONFIRM, CANCEL, with_r(), AgentCommand::CompleteAppointment { appointment_id: A }] {
        given.clone().when(command).then_refused(AgentRejection::AppointmentNotFound);
    }
}

#[test]
fn what_is_handed_over_is_exactly_what_it_was_and_one_version_more() {
    let buffered = AppointmentType {
        duration_minutes: 45,
        buffer_before_minutes: 10,
        buffer_after_minutes: 15,
        ..visit()
    };
    let contact = LeadContact { name: Some("Joaquín Muñoz".to_owned()), ..LeadContact::default() };
    let asked = BookAppointment {
        property_id: Some(property(7)),
        location: Some(Personal::new(lead(1), "Av. Irarrázaval 2821".to_owned())),
        notes: Some(Personal::new(lead(1), "Viene con su madre".to_owned())),
        lead_contact: Some(Personal::new(lead(1), contact)),
        ..book(A, monday("09:00"))
    };
    let (start, agreed_zone) = (monday("10:00"), Some(Punta_Arenas));
    let giver = crate::samples::agent()
        .office(AppointmentTypeDefined { appointment_type: buffered })
        .done(AgentCommand::BookAppointment(asked))
        .done(reschedule_in(A, start, agreed_zone))
        .done(CONFIRM);
    let before = giver.state.appointment(A).unwrap().clone();
    assert_eq!((before.version, before.sequence, before.status), (3, 1, AppointmentStatus::Confirmed));
    assert_eq!((before.time_zone, before.end), (Punta_Arenas, monday("10:45")));

    let (_, taker) = handed_over(giver, taker(), A);
    let after = taker.state.appointment(A).unwrap().clone();
    assert_eq!(after, schemas::value::AppointmentSnapshot { version: 4, ..before });
}

#[test]
fn the_receipt_replaces_the_reservation() {
    let when = giver().and(confirmed(A)).when(with_r());
    let decided = when.handed_over();
    let (_, receive) = hand_over(when, agent_id());
    let taker = taker().and(time_reserved(R, booking(A, monday("10:00"))));
    let receive_command = AgentCommand::ReceiveAppointment(Box::new(receive.clone()));
    let event = AppointmentReceived {
        reservation_id: R,
        from_agent_id: agent_id(),
        appointment: decided.appointment,
        hold_id: None,
        receipts: [decided.receipts, vec![receive.receipt]].concat(),
    };
    let taker = taker.when(receive_command.clone()).then([AgentEvent::from(event)]);
    assert_eq!(taker.state.calendar().bookings().count(), 1);
    assert_eq!(taker.state.reserved_time(R), None);
    // Received once for ever, whatever becomes of it.
    let taker = taker.when(receive_command.clone()).then_nothing(outcome(ReservationOutcome::Closed));
    taker.done(CANCEL).when(receive_command).then_nothing(outcome(ReservationOutcome::Closed));
}

#[test]
fn what_is_not_reserved_is_not_received() {
    let receive = received(giver().when(with_r()));
    taker().when(receive.clone()).then_nothing(outcome(ReservationOutcome::Closed));
    // Not even by an agent who takes nothing new, if it is reserved.
    let reserved = taker().and(time_reserved(R, booking(A, monday("10:00"))));
    reserved.and(AgentDeactivated { agent_id: other_agent() }).when(receive).then_accepted();
}

#[test]
fn the_commands_on_it_are_known_to_the_new_agent_with_their_first_answers() {
    let book = crate::samples::agent().when(AgentCommand::BookAppointment(book(A, monday("10:00"))));
    let (book_command, had) = (book.command.clone(), book.then_accepted().0);
    let of_another = had.when(AgentCommand::BookAppointment(crate::samples::book(B, monday("12:00"))));
    let (other_command, had) = (of_another.command.clone(), of_another.then_accepted().0);
    let confirm = had.at(monday("08:05")).when(CONFIRM);
    let (confirm_command, had) = (confirm.command.clone(), confirm.then_accepted().0);
    let when = had.when(with_r());
    let (reassign_command, (giver, receive)) = (when.command.clone(), hand_over(when, agent_id()));
    let taker = taker()
        .and(time_reserved(R, booking(A, monday("10:00"))))
        .done(AgentCommand::ReceiveAppointment(Box::new(receive)))
        .done(CANCEL);

    let first = answer(A, AppointmentStatus::Scheduled, monday("10:00"));
    let second = answer(A, AppointmentStatus::Confirmed, monday("10:00"));
    let third = with_taker(AppointmentStatus::Confirmed, monday("10:00"), 0);
    for (command, version, answer) in
        [(book_command.clone(), 1, first), (confirm_command, 2, second), (reassign_command, 3, third)]
    {
        let known = giver.state.receipts().get(command.command_id).expect("the old agent knows it");
        assert_eq!((known.version, said(&known.answer)), (version, said(&answer)));
        let again = taker.clone().when_sent(command.clone());
        assert_eq!(again.outcome, Ok(Decision::Repeated(known.clone())));
        let reused = Command { digest: "another digest".to_owned(), ..command };
        assert_eq!(taker.clone().when_sent(reused).outcome, Err(domain::Refusal::IdempotencyMismatch));
    }
    assert_eq!(taker.state.receipts().get(other_command.command_id), None);
}

#[test]
fn what_was_appended_together_with_the_hand_over_has_its_position() {
    let book = crate::samples::agent().when(AgentCommand::BookAppointment(book(A, monday("10:00"))));
    let (booked, giver) = (book.command.command_id, book.then_accepted().0);
    let confirm = giver.when(CONFIRM);
    let (confirmed, mut giver) = (confirm.command.command_id, confirm.then_accepted().0);
    // Also what had no effect.
    let again = Command { may_repeat: true, ..giver.command(CONFIRM) };
    let mut giver = giver.when_sent(again.clone()).then_accepted().0;
    giver.state.record_position(booked, 4000);
    for not_known_yet in [confirmed, again.command_id] {
        giver.state.record_position(not_known_yet, 0);
    }
    let (_, mut receive) = hand_over(giver.when(with_r()), agent_id());
    let positions: Vec<_> = receive.handed_over.receipts.iter().map(|receipt| receipt.position).collect();
    assert_eq!(positions, [Some(4000), None, None]);
    receive.receipt.position = Some(4711);
    let taker = taker()
        .and(time_reserved(R, booking(A, monday("10:00"))))
        .done(AgentCommand::ReceiveAppointment(Box::new(receive)));
    let position = |command_id| taker.state.receipts().get(command_id).unwrap().position;
    assert_eq!([booked, confirmed, again.command_id].map(position), [4000, 4711, 4711]);
}

/// An append has a limit.
#[test]
fn of_very_many_commands_the_latest_are_handed_over() {
    let given = (0..1_100).fold(giver(), |given, _| given.and(confirmed(A)));
    let version = given.state.appointment(A).unwrap().version;
    let receipts = given.when(with_r()).handed_over().receipts;
    let versions: Vec<u64> = receipts.iter().map(|receipt| receipt.version).collect();
    assert_eq!(versions, (version - 999..=version).collect::<Vec<_>>());
}

#[test]
fn what_is_over_is_not_handed_over() {
    let wanted = "reassigned";
    let invalid = |status, instead| AgentRejection::InvalidTransition { status, wanted, instead };
    let over = giver().and(cancelled(A)).when(with_r());
    over.then_refused(invalid(AppointmentStatus::Cancelled, Instead::Reinstate { until: monday("10:00") }));
    let over = giver().and(confirmed(A)).and(completed(A)).when(with_r());
    over.then_refused(invalid(AppointmentStatus::Completed, Instead::Nothing));
}

#[test]
fn an_appointment_handed_to_the_agent_that_has_it_stays() {
    let to_itself = |reserved: Option<Reserved>| reassign_to(A, agent_id(), reserved);
    for reserved in [None, Some(reserved(R, booking(A, monday("10:00"))))] {
        let unchanged = answer(A, AppointmentStatus::Scheduled, monday("10:00"));
        let given = giver().when(to_itself(reserved)).then_nothing(unchanged);
        assert!(given.state.appointment(A).is_some());
    }
}

#[test]
fn a_fenced_or_old_reservation_decides_nothing() {
    giver().and(fenced(R)).when(with_r()).then_refused(AgentRejection::AttemptOver);
    giver().and(fenced(reservation_id(2))).when(with_r()).then_accepted();
    let at = |passed: TimeDelta| giver().at(monday("08:00") + passed).when(with_r());
    at(LONGEST_ATTEMPT).then_accepted();
    at(-LONGEST_ATTEMPT).then_accepted();
    at(LONGEST_ATTEMPT + TimeDelta::microseconds(1)).then_refused(AgentRejection::AttemptOver);
    at(-LONGEST_ATTEMPT - TimeDelta::microseconds(1)).then_refused(AgentRejection::AttemptOver);
}

#[test]
fn a_reservation_of_anything_but_what_it_takes_decides_nothing() {
    let right = booking(A, monday("10:00"));
    let others = [
        booking(A, monday("10:30")),
        changed(|booking| booking.end += TimeDelta::minutes(1)),
        changed(|booking| booking.buffer_before_minutes = 1),
        changed(|booking| booking.buffer_after_minutes = 1),
        changed(|booking| booking.appointment_type = crate::samples::code(CALL)),
        changed(|booking| booking.property_id = Some(property(1))),
        changed(|booking| booking.lead_id = lead(2)),
        changed(|booking| booking.appointment_id = B),
    ];
    for other in others {
        assert_ne!(other, right);
        giver().when(reassign(A, Some(reserved(R, other)))).then_refused(AgentRejection::AttemptOver);
    }
    // The owner has moved it since.
    let (start, agreed_zone) = (monday("12:00"), None);
    let moved = giver().done(reschedule_in(A, start, agreed_zone));
    moved.when(with_r()).then_refused(AgentRejection::AttemptOver);
    // Confirmed or not, it takes the same.
    giver().and(confirmed(A)).when(with_r()).then_accepted();
}

fn changed(change: impl FnOnce(&mut availability::Booking)) -> availability::Booking {
    let mut booking = booking(A, monday("10:00"));
    change(&mut booking);
    booking
}

#[test]
fn a_fence_rules_the_decision_out_unless_it_was_made() {
    let given = giver().when(fence(R)).then([fenced(R)]);
    given.clone().when(fence(R)).then_nothing(outcome(ReservationOutcome::Fenced));
    given.when(with_r()).then_refused(AgentRejection::AttemptOver);
    giver().when(fence(R)).then_answer(outcome(ReservationOutcome::Fenced));

    let decided = giver().done(with_r());
    let revision = decided.state.revision().unwrap();
    decided.when(fence(R)).then_nothing(outcome(ReservationOutcome::Committed { revision }));
}

#[test]
fn a_reservation_decides_once() {
    let (giver, taker) = handed_over(giver(), taker(), A);
    // Back again, by a reservation of its own.
    let back = |reserved| reassign_to(A, agent_id(), reserved);
    let other = reservation_id(2);
    let when = taker.when(back(Some(reserved(other, booking(A, monday("10:00"))))));
    let (_, receive) = hand_over(when, other_agent());
    let giver = giver
        .and(time_reserved(other, booking(A, monday("10:00"))))
        .done(AgentCommand::ReceiveAppointment(Box::new(receive)));
    assert_eq!(giver.state.appointment(A).unwrap().version, 3);
    giver.clone().when(with_r()).then_refused(AgentRejection::AttemptOver);
    let third = reserved(reservation_id(3), needed(&giver, A));
    giver.when(reassign(A, Some(third))).then_accepted();
}

#[test]
fn what_was_handed_over_moves_in_the_zone_it_was_agreed_in() {
    let (start, agreed_zone) = (monday("10:30"), Some(Punta_Arenas));
    let giver = giver().done(reschedule_in(A, start, agreed_zone));
    let (_, taker) = handed_over(giver, taker(), A);
    let start = monday("15:00");
    taker.when(reschedule(A, start)).then([AppointmentRescheduled {
        time_zone: Punta_Arenas,
        sequence: 2,
        previous_start: monday("10:30"),
        previous_end: monday("11:30"),
        forced: Vec::new(),
        ..fixtures::rescheduled(A, start, 60)
    }]);
}

#[test]
fn a_booking_that_names_its_id_by_chance_does_not_bring_it_back() {
    let given = giver().done(with_r());
    given.when(AgentCommand::BookAppointment(book(A, monday("12:00")))).then_refused(
        AgentRejection::InvalidTransition {
            status: AppointmentStatus::Scheduled,
            wanted: "booked again",
            instead: Instead::Nothing,
        },
    );
}

/// The steps may be repeated by whoever finds them undone.
#[test]
fn each_step_may_happen_any_number_of_times() {
    let booking = booking(A, monday("10:00"));
    let reserve = AgentCommand::ReserveTime(reserve(R, booking));
    let mut taker = taker().done(reserve.clone());
    taker = taker.when(reserve.clone()).then_nothing(outcome(IN_A_SLOT_FOR_ONE));
    let (mut giver, receive) = hand_over(giver().when(with_r()), agent_id());
    let receive = AgentCommand::ReceiveAppointment(Box::new(receive));
    taker = taker.done(receive.clone());
    for _ in 0..2 {
        taker = taker.when(receive.clone()).then_nothing(outcome(ReservationOutcome::Closed));
        taker = taker.when(reserve.clone()).then_nothing(outcome(ReservationOutcome::Closed));
        let release = AgentCommand::ReleaseReservation { reservation_id: R };
        taker = taker.when(release).then_nothing(outcome(ReservationOutcome::Closed));
        giver = giver.when(with_r()).then_refused(AgentRejection::AppointmentNotFound);
    }
    let live = [&giver, &taker].map(|given| given.state.calendar().bookings().count());
    assert_eq!(live, [0, 1]);
}
