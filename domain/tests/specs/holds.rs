//! Slots held for a lead.

use availability::Reason;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Agent, AgentCommand, AgentRejection, Answer, BookAppointment, Command, Decision, HoldAnswer, HoldSlot,
    Refusal, ReleasedHoldAnswer,
};
use schemas::event::{AppointmentBooked, HoldReleased, OfficePolicySet, SlotHeld};
use schemas::value::OfficePolicy;
use schemas::{Actor, ActorKind, HoldId, LeadId};

use crate::given::{Given, When};
use crate::samples::{
    A, HOLD, VISIT, agent, agent_id, book, booked, code, held, hold, hold_id, lead, monday, policy,
};

/// When [`hold`]s expire.
fn expiry() -> DateTime<Utc> {
    monday("08:10")
}

fn hold_slot(hold_id: HoldId, lead_id: LeadId, start: &str) -> AgentCommand {
    AgentCommand::HoldSlot(hold(hold_id, lead_id, monday(start)))
}

/// Lead 2 has a hold on 10:00.
fn ten_is_held() -> Given<Agent> {
    agent().done(hold_slot(HOLD, lead(2), "10:00"))
}

fn book_by(given: Given<Agent>, lead_id: LeadId, start: &str, hold_id: Option<HoldId>) -> When<Agent> {
    let booking = BookAppointment { lead_id, hold_id, ..book(A, monday(start)) };
    given.when(AgentCommand::BookAppointment(booking))
}

fn is_held(when: &When<Agent>) -> bool {
    matches!(
        when.outcome,
        Err(Refusal::Rejected(AgentRejection::SlotUnavailable { reason: Reason::Held, .. }))
    )
}

/// The hold that the booking uses up.
fn used_hold(when: When<Agent>) -> Option<HoldId> {
    let Ok(Decision::Accepted(events)) = &when.outcome else { panic!("not accepted: {when:?}") };
    let [schemas::AgentEvent::AppointmentBooked(AppointmentBooked { hold_id, .. })] = events[..] else {
        panic!("not one booking: {events:?}")
    };
    when.then_accepted();
    hold_id
}

#[test]
fn a_slot_is_held() {
    agent().when(hold_slot(HOLD, lead(2), "10:00")).then([held(HOLD, lead(2), monday("10:00"), expiry())]);
    agent().when(hold_slot(HOLD, lead(2), "10:00")).then_answer(Answer::Hold(HoldAnswer {
        hold_id: HOLD,
        agent_id: agent_id(),
        lead_id: lead(2),
        appointment_type: code(VISIT),
        property_id: None,
        start: monday("10:00"),
        end: monday("11:00"),
        time_zone: fixtures::ZONE,
        expires_at: expiry(),
        replaces: Vec::new(),
    }));
}

#[test]
fn a_held_slot_is_its_leads_alone() {
    for start in ["09:30", "10:00", "10:30"] {
        assert!(is_held(&book_by(ten_is_held(), lead(1), start, None)));
        assert!(is_held(&ten_is_held().when(hold_slot(hold_id(2), lead(1), start))));
    }
    book_by(ten_is_held(), lead(1), "11:00", None).then_accepted();
    book_by(ten_is_held(), lead(2), "10:00", None).then_accepted();
}

#[test]
fn a_hold_ends_at_exactly_its_expiry_without_an_event() {
    let before = expiry() - TimeDelta::milliseconds(1);
    assert!(is_held(&book_by(ten_is_held().at(before), lead(1), "10:00", None)));
    book_by(ten_is_held().at(expiry()), lead(1), "10:00", None).then_accepted();
}

#[test]
fn a_hold_that_has_ended_before_it_begins_is_refused() {
    let given = agent().at(expiry());
    given.when(hold_slot(HOLD, lead(2), "10:00")).then_refused(AgentRejection::HoldExpired);
    let given = agent().at(expiry() - TimeDelta::milliseconds(1));
    given.when(hold_slot(HOLD, lead(2), "10:00")).then_accepted();
}

#[test]
fn what_cannot_be_booked_cannot_be_held() {
    let given = agent().and(booked(A, monday("10:00")));
    let when = given.when(hold_slot(HOLD, lead(2), "10:30"));
    let Err(Refusal::Rejected(AgentRejection::SlotUnavailable { reason, alternatives, .. })) = &when.outcome
    else {
        panic!("{when:?}")
    };
    let starts: Vec<_> = alternatives.iter().map(|slot| slot.start).collect();
    assert_eq!(*reason, Reason::AlreadyBooked);
    assert_eq!(starts, [monday("11:00"), monday("11:30"), monday("09:00")]);

    let unknown = HoldSlot { appointment_type: code("tasacion"), ..hold(HOLD, lead(2), monday("10:00")) };
    agent()
        .when(AgentCommand::HoldSlot(unknown))
        .then_refused(AgentRejection::UnknownAppointmentType(code("tasacion")));
}

#[test]
fn booking_uses_up_the_hold_in_the_same_append() {
    let when = book_by(ten_is_held(), lead(2), "10:00", Some(HOLD));
    let given = when.then([AppointmentBooked {
        lead_id: lead(2),
        hold_id: Some(HOLD),
        ..booked(A, monday("10:00"))
    }]);
    assert_eq!(given.state.calendar().holds().count(), 0);
    let again = BookAppointment {
        appointment_id: crate::samples::B,
        lead_id: lead(2),
        hold_id: Some(HOLD),
        ..book(A, monday("10:00"))
    };
    given.when(AgentCommand::BookAppointment(again)).then_refused(AgentRejection::HoldExpired);
}

#[test]
fn booking_the_held_slot_uses_up_the_hold_unasked() {
    assert_eq!(used_hold(book_by(ten_is_held(), lead(2), "10:00", None)), Some(HOLD));
    assert_eq!(used_hold(book_by(ten_is_held(), lead(2), "11:00", None)), None);
    assert_eq!(used_hold(book_by(ten_is_held(), lead(1), "11:00", None)), None);
    assert_eq!(used_hold(book_by(ten_is_held().at(expiry()), lead(2), "10:00", None)), None);
    let call = BookAppointment {
        lead_id: lead(2),
        appointment_type: code(crate::samples::CALL),
        ..book(A, monday("11:00"))
    };
    assert_eq!(used_hold(ten_is_held().when(AgentCommand::BookAppointment(call))), None);
}

#[test]
fn a_hold_is_used_by_its_lead_for_its_slot_in_its_time() {
    let refused = |given: Given<Agent>, lead_id, start, hold_id, why| {
        book_by(given, lead_id, start, Some(hold_id)).then_refused(why);
    };
    refused(ten_is_held(), lead(1), "10:00", HOLD, AgentRejection::HoldNotFound(HOLD));
    refused(ten_is_held(), lead(1), "12:00", HOLD, AgentRejection::HoldNotFound(HOLD));
    refused(ten_is_held().at(expiry()), lead(1), "10:00", HOLD, AgentRejection::HoldNotFound(HOLD));
    refused(ten_is_held(), lead(2), "12:00", HOLD, AgentRejection::HoldOfAnotherSlot);
    refused(ten_is_held(), lead(2), "10:00", hold_id(9), AgentRejection::HoldExpired);
    // The slot is free by then, but the sender still learns that the hold has expired.
    refused(ten_is_held().at(expiry()), lead(2), "10:00", HOLD, AgentRejection::HoldExpired);
    let call = BookAppointment {
        lead_id: lead(2),
        appointment_type: code(crate::samples::CALL),
        hold_id: Some(HOLD),
        ..book(A, monday("10:00"))
    };
    ten_is_held().when(AgentCommand::BookAppointment(call)).then_refused(AgentRejection::HoldOfAnotherSlot);
}

#[test]
fn a_lead_has_as_many_live_holds_as_the_office_allows() {
    let two = ten_is_held().done(hold_slot(hold_id(2), lead(2), "12:00"));
    let third = hold_slot(hold_id(3), lead(2), "14:00");
    two.clone().when(third.clone()).then_refused(AgentRejection::HoldLimit { max: 2 });
    two.clone().when(hold_slot(hold_id(3), lead(3), "14:00")).then_accepted();
    let later = AgentCommand::HoldSlot(HoldSlot {
        expires_at: monday("08:30"),
        ..hold(hold_id(3), lead(2), monday("14:00"))
    });
    two.clone().at(expiry()).when(later).then_accepted();
    let generous = OfficePolicySet { policy: OfficePolicy { max_holds_per_lead: 3, ..policy() } };
    two.office(generous).when(third).then_accepted();
}

#[test]
fn holding_the_same_slot_again_replaces_the_hold_and_counts_once() {
    let two = ten_is_held().done(hold_slot(hold_id(2), lead(2), "12:00"));
    let again = HoldSlot { expires_at: monday("08:20"), ..hold(hold_id(3), lead(2), monday("10:00")) };
    let when = two.when(AgentCommand::HoldSlot(again));
    let given = when.then([SlotHeld {
        replaces: vec![HOLD],
        ..held(hold_id(3), lead(2), monday("10:00"), monday("08:20"))
    }]);
    let holds: Vec<_> = given.state.calendar().holds().map(|hold| hold.hold_id).collect();
    assert_eq!(holds, [hold_id(3), hold_id(2)]);
    let again = HoldSlot { expires_at: monday("08:20"), ..hold(hold_id(4), lead(2), monday("10:00")) };
    let (_, told) = given.when(AgentCommand::HoldSlot(again)).then_accepted();
    assert!(matches!(told, Answer::Hold(HoldAnswer { replaces, .. }) if replaces == [hold_id(3)]));
}

#[test]
fn a_booking_of_the_held_slot_is_of_the_property_of_the_hold() {
    let property = |number: u32| Some(format!("P-{number}").parse().unwrap());
    let holding = HoldSlot { property_id: property(1), ..hold(HOLD, lead(2), monday("10:00")) };
    let given = agent().done(AgentCommand::HoldSlot(holding));
    let booked_for = |named, hold_id| {
        let asked =
            BookAppointment { lead_id: lead(2), hold_id, property_id: named, ..book(A, monday("10:00")) };
        let (given, _) = given.clone().when(AgentCommand::BookAppointment(asked)).then_accepted();
        given.state.calendar().bookings().next().unwrap().property_id.clone()
    };
    assert_eq!(booked_for(None, None), property(1), "by its start");
    assert_eq!(booked_for(None, Some(HOLD)), property(1), "by the hold");
    assert_eq!(booked_for(property(2), None), property(2), "another, if it says so");
}

#[test]
fn a_hold_is_given_back_while_it_lasts() {
    let release = AgentCommand::ReleaseHold { hold_id: HOLD };
    let given = ten_is_held().when(release.clone()).then([HoldReleased { hold_id: HOLD }]);
    book_by(given.clone(), lead(1), "10:00", None).then_accepted();
    given.when(release.clone()).then_refused(AgentRejection::HoldExpired);
    agent().when(release.clone()).then_refused(AgentRejection::HoldExpired);
    ten_is_held().at(expiry()).when(release.clone()).then_refused(AgentRejection::HoldExpired);
    ten_is_held().when(release).then_answer(Answer::ReleasedHold(ReleasedHoldAnswer { hold_id: HOLD }));
}

#[test]
fn a_lead_releases_no_other_leads_hold() {
    let sent_by = |number: u32| {
        let mut given = ten_is_held();
        let actor = Actor { kind: ActorKind::Lead, id: number.to_string() };
        let command = Command { actor, ..given.command(AgentCommand::ReleaseHold { hold_id: HOLD }) };
        given.when_sent(command)
    };
    sent_by(1).then_refused(AgentRejection::HoldNotFound(HOLD));
    sent_by(2).then([HoldReleased { hold_id: HOLD }]);
}

#[test]
fn a_hold_on_a_visit_is_of_that_type() {
    assert_eq!(hold(HOLD, lead(2), monday("10:00")).appointment_type, code(VISIT));
    let call = BookAppointment {
        lead_id: lead(2),
        appointment_type: code(crate::samples::CALL),
        ..book(A, monday("10:00"))
    };
    assert!(is_held(&ten_is_held().when(AgentCommand::BookAppointment(call))));
}
