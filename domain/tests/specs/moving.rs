//! Moves of more than the time: the length, the agent, and all of them at once.

use availability::{Interval, Reason, zone};
use chrono::{DateTime, Utc};
use chrono_tz::America::{Punta_Arenas, Santiago};
use domain::reservation::Attempt;
use domain::{
    Agent, AgentCommand, AgentRejection, Aggregate, BookAppointment, Decision, Instead, NeededTime, Refusal,
    RescheduleAppointment, ReserveTime, Reserved, ReservedTime,
};
use schemas::event::{
    AgentDeactivated, AppointmentBooked, AppointmentCancelled, AppointmentHandedOver, AppointmentReceived,
    AppointmentRescheduled, AppointmentTypeDefined, AppointmentTypeRetired, TimeReserved,
};
use schemas::value::{AppointmentSnapshot, AppointmentStatus, AppointmentType, RequestedBy};
use schemas::{AgentEvent, Personal, stream};

use crate::given::{Given, When};
use crate::samples::{
    A, B, HOLD, VISIT, agent, agent_id, answer, answer_with, book, booked, cancelled, code, confirmed, day,
    dispatcher, held, lead, monday, other_agent, reassign_to, reschedule, said, visit,
};
use crate::two_agents::{R, booking, giver, hand_over, handed_over, released, reserve, taker, time_reserved};

/// To the other agent at three.
fn to_other_at_three() -> RescheduleAppointment {
    RescheduleAppointment {
        start: Some(monday("15:00")),
        to_agent_id: Some(other_agent()),
        ..RescheduleAppointment::of(A)
    }
}

fn needed(given: &Given<Agent>, asked: RescheduleAppointment) -> NeededTime {
    match given.clone().when(AgentCommand::RescheduleAppointment(asked)).outcome {
        Err(Refusal::Rejected(AgentRejection::NeedsReservation(needed))) => *needed,
        other => panic!("nothing is needed: {other:?}"),
    }
}

fn reserving(needed: NeededTime) -> AgentCommand {
    let present = needed.present;
    let ReserveTime { reservation_id, deciding_stream, expires_at, needed, force } =
        reserve(R, needed.booking);
    let needed = NeededTime { present, ..needed };
    AgentCommand::ReserveTime(ReserveTime { reservation_id, deciding_stream, expires_at, needed, force })
}

fn with(asked: RescheduleAppointment, time: &ReservedTime) -> AgentCommand {
    let attempt = Attempt { reservation_id: R, made_at: monday("08:00") };
    let reserved = Some(Reserved { attempt, time: time.clone() });
    AgentCommand::RescheduleAppointment(RescheduleAppointment { reserved, ..asked })
}

/// Asks, reserves and decides: the taker, and the decision.
fn moved(
    giver: Given<Agent>,
    taker: Given<Agent>,
    asked: RescheduleAppointment,
) -> (Given<Agent>, When<Agent>) {
    let taker = taker.done(reserving(needed(&giver, asked.clone())));
    let time = taker.state.reserved_time(R).expect("it is reserved").clone();
    (taker, giver.when(with(asked, &time)))
}

fn reason(when: &When<Agent>) -> Option<Reason> {
    match &when.outcome {
        Ok(Decision::Accepted(_)) => None,
        Err(Refusal::Rejected(AgentRejection::SlotUnavailable { reason, .. })) => Some(*reason),
        other => panic!("{other:?}"),
    }
}

fn offered(when: &When<Agent>) -> Vec<DateTime<Utc>> {
    match &when.outcome {
        Err(Refusal::Rejected(AgentRejection::SlotUnavailable { alternatives, .. })) => {
            alternatives.iter().map(|slot| slot.start).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn another_agent_at_another_time_is_one_decision() {
    let before = giver().and(confirmed(A)).state.appointment(A).unwrap().clone();
    let (taker, when) = moved(giver().and(confirmed(A)), taker(), to_other_at_three());
    let after = AppointmentSnapshot {
        status: AppointmentStatus::Scheduled,
        start: monday("15:00"),
        end: monday("16:00"),
        local_start: zone::local(Santiago, monday("15:00")),
        sequence: 1,
        version: 3,
        ..before
    };
    let decided = when.handed_over();
    assert_eq!(decided.appointment, after);
    assert_eq!((decided.previous_start, decided.previous_end), (monday("10:00"), monday("11:00")));
    let moved_there = answer_with(A, other_agent(), AppointmentStatus::Scheduled, monday("15:00"), 1);
    let command_id = when.command.command_id;
    let (giver, receive) = hand_over(when, agent_id());
    let first = giver.state.receipts().get(command_id).unwrap().answer.clone();
    assert_eq!(said(&first), said(&moved_there));
    assert_eq!(giver.state.calendar().bookings().count(), 0);
    let taker = taker.done(AgentCommand::ReceiveAppointment(Box::new(receive)));
    assert_eq!(taker.state.appointment(A), Some(&after));
    let known = taker.state.receipts().get(command_id).unwrap();
    assert_eq!((known.version, &known.answer), (3, &first));
    let interval = taker.state.calendar().find_booking(A).unwrap().interval();
    assert_eq!(interval, Interval::new(monday("15:00"), monday("16:00")));
}

#[test]
fn what_has_to_be_reserved_is_the_new_time_and_says_when_it_is_now() {
    let needs = needed(&giver(), to_other_at_three());
    assert_eq!(needs.booking, booking(A, monday("15:00")));
    assert_eq!(needs.present, Interval::new(monday("10:00"), monday("11:00")));
    let longer = RescheduleAppointment { start: None, duration_minutes: Some(90), ..to_other_at_three() };
    let needs = needed(&giver(), longer);
    assert_eq!((needs.booking.start, needs.booking.end), (monday("10:00"), monday("11:30")));
}

#[test]
fn at_a_new_time_the_rules_of_a_booking_hold_with_the_new_agent() {
    let strict = AppointmentType { min_notice_minutes: 480, slot_step_minutes: 60, ..visit() };
    let given = taker().office(AppointmentTypeDefined { appointment_type: strict });
    let present = Interval::new(monday("10:00"), monday("11:00"));
    let at = |start, present| reserving(NeededTime { booking: booking(A, start), present });
    assert_eq!(reason(&given.clone().when(at(monday("15:00"), present))), Some(Reason::TooSoon));
    assert_eq!(reason(&given.clone().when(at(day(1, "10:30"), present))), Some(Reason::OffGrid));
    assert_eq!(reason(&given.clone().when(at(day(1, "10:00"), present))), None);
    // With the time unchanged, those of a hand-over.
    assert_eq!(reason(&given.when(at(monday("10:00"), present))), None);
    let retired = taker().office(AppointmentTypeRetired { code: code(VISIT) });
    let retired = retired.when(at(monday("15:00"), present));
    retired.then_refused(AgentRejection::UnknownAppointmentType(code(VISIT)));
}

#[test]
fn at_a_new_time_the_buffers_are_those_of_the_type_now() {
    let buffered = AppointmentType { buffer_before_minutes: 10, buffer_after_minutes: 15, ..visit() };
    let buffered = || AppointmentTypeDefined { appointment_type: buffered.clone() };
    let (_, when) = moved(giver(), taker().office(buffered()), to_other_at_three());
    let after = when.handed_over().appointment;
    assert_eq!((after.buffer_before_minutes, after.buffer_after_minutes), (10, 15));
    // And those that were agreed on, if the time is unchanged.
    let at_its_time = RescheduleAppointment { start: None, ..to_other_at_three() };
    let (_, when) = moved(giver(), taker().office(buffered()), at_its_time);
    let after = when.handed_over().appointment;
    assert_eq!((after.buffer_before_minutes, after.buffer_after_minutes, after.sequence), (0, 0, 0));
}

#[test]
fn what_was_reserved_is_what_is_moved_or_nothing_is() {
    let (taker, _) = moved(giver(), taker(), to_other_at_three());
    let time = taker.state.reserved_time(R).unwrap();
    // Another time was asked for, or it was moved since, so that its length is another.
    let at_four = RescheduleAppointment { start: Some(monday("16:00")), ..to_other_at_three() };
    giver().when(with(at_four, time)).then_refused(AgentRejection::AttemptOver);
    let longer = RescheduleAppointment { duration_minutes: Some(90), ..RescheduleAppointment::of(A) };
    let longer = giver().done(AgentCommand::RescheduleAppointment(longer));
    longer.when(with(to_other_at_three(), time)).then_refused(AgentRejection::AttemptOver);
    // Its owner has moved it there meanwhile: only its agent changes.
    let there = giver().done(reschedule(A, monday("15:00")));
    assert_eq!(there.when(with(to_other_at_three(), time)).handed_over().appointment.sequence, 1);
}

#[test]
fn a_move_to_an_agent_who_takes_nothing_new_is_refused() {
    let gone = taker().and(AgentDeactivated { agent_id: other_agent() });
    gone.when(reserving(needed(&giver(), to_other_at_three()))).then_refused(AgentRejection::AgentInactive);
}

#[test]
fn a_move_to_the_agent_who_has_it_is_a_move_in_its_calendar() {
    let here = RescheduleAppointment { to_agent_id: Some(agent_id()), ..to_other_at_three() };
    giver().when(AgentCommand::RescheduleAppointment(here.clone())).then([AppointmentRescheduled {
        previous_start: monday("10:00"),
        previous_end: monday("11:00"),
        forced: Vec::new(),
        ..fixtures::rescheduled(A, monday("15:00"), 60)
    }]);
    let unchanged =
        RescheduleAppointment { start: Some(monday("10:00")), duration_minutes: Some(60), ..here };
    giver().when(AgentCommand::RescheduleAppointment(unchanged)).then_nothing(answer(
        A,
        AppointmentStatus::Scheduled,
        monday("10:00"),
    ));
}

#[test]
fn its_length_changes_alone_or_with_its_time() {
    let longer = RescheduleAppointment { duration_minutes: Some(90), ..RescheduleAppointment::of(A) };
    let given = giver().and(confirmed(A)).when(AgentCommand::RescheduleAppointment(longer.clone())).then([
        AppointmentRescheduled {
            previous_start: monday("10:00"),
            previous_end: monday("11:00"),
            forced: Vec::new(),
            ..fixtures::rescheduled(A, monday("10:00"), 90)
        },
    ]);
    assert_eq!(given.state.appointment(A).unwrap().status, AppointmentStatus::Scheduled);
    let beside_b = giver().and(booked(B, monday("11:00")));
    let when = beside_b.when(AgentCommand::RescheduleAppointment(longer.clone()));
    assert_eq!(reason(&when), Some(Reason::AlreadyBooked));
    let both = RescheduleAppointment { start: Some(monday("15:30")), ..longer };
    let given = giver().done(AgentCommand::RescheduleAppointment(both));
    let moved = given.state.appointment(A).unwrap();
    assert_eq!((moved.start, moved.end, moved.sequence), (monday("15:30"), monday("17:00"), 1));
}

#[test]
fn a_confirmed_one_stays_confirmed_if_it_is_to() {
    let keeping = |asked| RescheduleAppointment { keep_confirmed: true, ..asked };
    let here = RescheduleAppointment { to_agent_id: None, ..to_other_at_three() };
    for (given, status) in
        [(giver().and(confirmed(A)), AppointmentStatus::Confirmed), (giver(), AppointmentStatus::Scheduled)]
    {
        let after = given.clone().done(AgentCommand::RescheduleAppointment(keeping(here.clone())));
        assert_eq!(after.state.appointment(A).unwrap().status, status);
        let (taker, when) = moved(given, taker(), keeping(to_other_at_three()));
        let (_, receive) = hand_over(when, agent_id());
        let taker = taker.done(AgentCommand::ReceiveAppointment(Box::new(receive)));
        assert_eq!(taker.state.appointment(A).unwrap().status, status);
    }
}

#[test]
fn a_booking_is_confirmed_in_one_event() {
    let asked = BookAppointment { confirm: true, ..book(A, monday("10:00")) };
    let given = agent()
        .when(AgentCommand::BookAppointment(asked.clone()))
        .then([AppointmentBooked { status: AppointmentStatus::Confirmed, ..booked(A, monday("10:00")) }]);
    let stands = answer(A, AppointmentStatus::Confirmed, monday("10:00"));
    assert_eq!(given.state.appointment(A).unwrap().version, 1);
    given.clone().when(AgentCommand::BookAppointment(asked)).then_nothing(stands.clone());
    given.when(AgentCommand::ConfirmAppointment { appointment_id: A }).then_nothing(stands);
}

#[test]
fn why_and_on_whose_wish_stands_in_the_event() {
    let reason = Some("La lead viaja".to_owned());
    let requested_by = Some(RequestedBy::Lead);
    let told = Some(Personal::new(lead(1), "La lead viaja".to_owned()));
    let asked = RescheduleAppointment { reason: reason.clone(), requested_by, ..to_other_at_three() };

    let here = RescheduleAppointment { to_agent_id: None, ..asked.clone() };
    let when = giver().when(AgentCommand::RescheduleAppointment(here));
    let Ok(Decision::Accepted(events)) = &when.outcome else { panic!("{when:?}") };
    let [AgentEvent::AppointmentRescheduled(event)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((&event.reason, event.requested_by), (&told, requested_by));

    let AppointmentHandedOver { reason: why, requested_by: on_whose_wish, .. } =
        moved(giver(), taker(), asked).1.handed_over();
    assert_eq!((why, on_whose_wish), (told.clone(), requested_by));

    let cancel = AgentCommand::CancelAppointment { appointment_id: A, reason, requested_by };
    giver().when(cancel).then([AppointmentCancelled {
        reason: told,
        requested_by,
        cancelled_by: dispatcher(),
        ..cancelled(A)
    }]);
}

#[test]
fn the_zone_of_the_new_time_goes_with_it() {
    let (start, agreed_zone) = (Some(monday("15:00")), Some(Punta_Arenas));
    let asked = RescheduleAppointment { start, agreed_zone, ..to_other_at_three() };
    let after = moved(giver(), taker(), asked).1.handed_over().appointment;
    assert_eq!(after.time_zone, Punta_Arenas);
    assert_eq!(after.local_start, zone::local(Punta_Arenas, monday("15:00")));
}

#[test]
fn it_uses_up_its_leads_hold_with_the_new_agent() {
    // A hold guarantees its slot: it is off the grid by now.
    let hold = schemas::event::SlotHeld {
        start: monday("15:10"),
        end: monday("16:10"),
        ..held(HOLD, lead(1), monday("15:10"), monday("08:30"))
    };
    let asked = RescheduleAppointment { start: Some(monday("15:10")), ..to_other_at_three() };
    let (taker, when) = moved(giver(), taker().and(hold), asked);
    assert_eq!(taker.state.calendar().holds().count(), 1, "not before it is decided");
    let (_, receive) = hand_over(when, agent_id());
    let when = taker.when(AgentCommand::ReceiveAppointment(Box::new(receive)));
    let Ok(Decision::Accepted(events)) = &when.outcome else { panic!("{when:?}") };
    let [AgentEvent::AppointmentReceived(AppointmentReceived { hold_id, .. })] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(*hold_id, Some(HOLD));
    assert_eq!(when.then_accepted().0.state.calendar().holds().count(), 0);

    let of_another = taker_with_hold_of_another();
    let when = of_another.when(reserving(needed(&giver(), to_other_at_three())));
    assert_eq!(reason(&when), Some(Reason::Held));
}

fn taker_with_hold_of_another() -> Given<Agent> {
    taker().and(held(HOLD, lead(2), monday("15:00"), monday("08:30")))
}

/// The hours around eleven are nearest; at eleven it is now.
#[test]
fn a_refused_move_never_offers_where_it_is_now() {
    let given = agent().and(booked(A, monday("11:00"))).and(booked(B, monday("12:00")));
    let when = given.clone().when(reschedule(A, monday("12:00")));
    assert_eq!(offered(&when), [monday("13:00"), monday("10:30"), monday("13:30")]);
    // Longer, its present start is another time.
    let longer = RescheduleAppointment {
        duration_minutes: Some(30),
        start: Some(monday("12:00")),
        ..RescheduleAppointment::of(A)
    };
    let when = given.when(AgentCommand::RescheduleAppointment(longer));
    assert_eq!(offered(&when), [monday("11:30"), monday("11:00"), monday("13:00")]);
}

#[test]
fn a_refused_reservation_never_offers_the_time_that_was_refused_nor_where_it_is() {
    // Its buffers, once agreed on, do not fit; those of the type now would.
    let mut wide = booking(A, monday("10:00"));
    wide.buffer_after_minutes = 20;
    let given = taker().and(booked(B, monday("11:00")));
    let present = wide.interval();
    let when = given.clone().when(reserving(NeededTime { booking: wide, present }));
    assert_eq!(reason(&when), Some(Reason::AlreadyBooked));
    assert_eq!(offered(&when), [monday("09:30"), monday("09:00"), monday("12:00")]);
    let at_eleven = NeededTime { booking: booking(A, monday("11:00")), present };
    let when = given.when(reserving(at_eleven));
    assert!(!offered(&when).contains(&monday("10:00")), "{when:?}");
}

#[test]
fn an_earlier_attempt_at_the_same_move_is_waited_for() {
    let needs = needed(&giver(), to_other_at_three());
    let earlier = taker().and(TimeReserved {
        deciding_stream: stream::agent(&agent_id()),
        ..time_reserved(crate::two_agents::reservation_id(9), booking(A, monday("16:00")))
    });
    earlier
        .clone()
        .when(reserving(needs.clone()))
        .then_needs_settling(&[crate::two_agents::in_the_way(crate::two_agents::reservation_id(9), A)]);
    earlier.and(released(crate::two_agents::reservation_id(9), A)).when(reserving(needs)).then_accepted();
}

#[test]
fn one_that_is_over_is_not_moved() {
    let refused = AgentRejection::InvalidTransition {
        status: AppointmentStatus::Cancelled,
        wanted: "rescheduled",
        instead: Instead::Reinstate { until: monday("10:00") },
    };
    let given = giver().and(cancelled(A));
    given.when(AgentCommand::RescheduleAppointment(to_other_at_three())).then_refused(refused);
}

#[test]
fn it_moves_back_with_its_time_and_further() {
    let (giver, taker) = handed_over(giver(), taker(), A);
    let back = RescheduleAppointment { to_agent_id: Some(agent_id()), ..to_other_at_three() };
    let needs = match taker.clone().when(AgentCommand::RescheduleAppointment(back)).outcome {
        Err(Refusal::Rejected(AgentRejection::NeedsReservation(needs))) => *needs,
        other => panic!("{other:?}"),
    };
    let at_three = ReserveTime {
        deciding_stream: stream::agent(&other_agent()),
        needed: needs,
        ..reserve(crate::two_agents::reservation_id(2), booking(A, monday("15:00")))
    };
    giver.when(AgentCommand::ReserveTime(at_three)).then_accepted();
    taker.when(reassign_to(A, other_agent(), None)).then_nothing(answer_with(
        A,
        other_agent(),
        AppointmentStatus::Scheduled,
        monday("10:00"),
        0,
    ));
}
