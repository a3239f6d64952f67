//! What a lead has already with the agent comes before anything that speaks against the slot.

use availability::Booking;
use domain::{
    Agent, AgentCommand, AgentRejection, BookAppointment, HoldSlot, NeededTime, Overlap, ReserveTime,
};
use schemas::event::{
    AgentDeactivated, AppointmentBooked, AppointmentTypeDefined, AvailabilityRuleAdded, TimeBlocked,
};
use schemas::value::{AppointmentType, AvailabilityRule};
use schemas::{AppointmentId, PropertyId};

use crate::given::Given;
use crate::samples::{
    A, B, CALL, HOLD, agent, agent_id, appointment_id, block, block_request, book, booked, cancelled, code,
    completed, confirmed, day, held, hold, lead, monday, profile, property, reschedule, rule, visit,
};
use crate::two_agents::{R, booking, in_the_way, released, reserve, taker, time_reserved};

const C: AppointmentId = appointment_of(3);

const fn appointment_of(number: u128) -> AppointmentId {
    AppointmentId::new(uuid::Uuid::from_u128(0xa0 + number))
}

/// Lead 1 has A on Monday at ten, about property 7.
fn given() -> Given<Agent> {
    agent().and(AppointmentBooked { property_id: Some(property(7)), ..booked(A, monday("10:00")) })
}

/// A booking by lead 1.
fn by_lead(start: &str, property_id: Option<PropertyId>) -> BookAppointment {
    BookAppointment { lead_id: lead(1), property_id, ..book(B, monday(start)) }
}

fn asked(booking: BookAppointment) -> AgentCommand {
    AgentCommand::BookAppointment(booking)
}

fn a_at(start: &str, end: &str) -> Overlap {
    Overlap { time_zone: fixtures::ZONE, appointment_id: A, start: monday(start), end: monday(end) }
}

fn has_a() -> AgentRejection {
    AgentRejection::LeadHasAppointment(a_at("10:00", "11:00"))
}

fn has_scheduled_a() -> AgentRejection {
    AgentRejection::AlreadyScheduled(a_at("10:00", "11:00"))
}

#[test]
fn at_the_same_time_whatever_it_is_about() {
    for start in ["09:30", "10:00", "10:30"] {
        for property_id in [None, Some(property(7)), Some(property(8))] {
            given().when(asked(by_lead(start, property_id))).then_refused(has_a());
        }
        let call = BookAppointment { appointment_type: code(CALL), ..by_lead("10:30", None) };
        given().when(asked(call)).then_refused(has_a());
    }
    for start in ["09:00", "11:00"] {
        given().when(asked(by_lead(start, Some(property(8))))).then_accepted();
    }
}

#[test]
fn at_the_same_time_as_long_as_it_is_live() {
    given().and(confirmed(A)).when(asked(by_lead("10:00", None))).then_refused(has_a());
    given().and(cancelled(A)).when(asked(by_lead("10:00", None))).then_accepted();
    let over = given().and(confirmed(A)).at(monday("10:05")).and(completed(A));
    let refused = over.when(asked(by_lead("10:30", None))).outcome;
    assert!(!format!("{refused:?}").contains("LeadHas"), "{refused:?}");
}

#[test]
fn before_whatever_else_is_against_the_slot() {
    let lunch = block(&block_request(1, monday("10:00"), monday("11:00")), profile().time_zone);
    given().and(TimeBlocked { block: lunch }).when(asked(by_lead("10:00", None))).then_refused(has_a());
    given().when(asked(by_lead("10:10", None))).then_refused(has_a());
    given().at(monday("10:30")).when(asked(by_lead("10:00", None))).then_refused(has_a());
    let gone = AgentDeactivated { agent_id: agent_id() };
    given().and(gone.clone()).when(asked(by_lead("10:00", None))).then_refused(has_a());
    given().and(gone).when(asked(by_lead("12:00", None))).then_refused(AgentRejection::AgentInactive);
}

#[test]
fn a_type_that_has_become_longer_may_reach_into_it() {
    let longer = AppointmentType { duration_minutes: 120, ..visit() };
    let given = given().office(AppointmentTypeDefined { appointment_type: longer });
    let when = given.when(asked(by_lead("09:00", None)));
    let Err(domain::Refusal::Rejected(rejection)) = &when.outcome else { panic!("{when:?}") };
    assert!(rejection.depends_on_office(), "with a shorter one there is room");
    when.then_refused(has_a());
}

#[test]
fn it_is_not_held_either() {
    let wanted = HoldSlot { lead_id: lead(1), ..hold(HOLD, lead(1), monday("10:30")) };
    given().when(AgentCommand::HoldSlot(wanted)).then_refused(has_a());
    // What was held before the other was booked.
    let given = agent()
        .and(held(HOLD, lead(1), monday("10:00"), monday("08:10")))
        .and(AppointmentBooked { lead_id: lead(1), ..booked(C, monday("11:00")) });
    let by_hold = BookAppointment { hold_id: Some(HOLD), ..by_lead("10:00", None) };
    given.when(asked(by_hold)).then_accepted();
}

#[test]
fn an_open_house_is_for_another_lead() {
    let shared = AvailabilityRule { max_appointments_per_slot: 3, ..rule(9, 5, "10:00", "13:00") };
    let visit = |id, number| BookAppointment {
        lead_id: lead(number),
        property_id: Some(property(7)),
        ..book(id, day(5, "10:00"))
    };
    let given = agent().and(AvailabilityRuleAdded { rule: shared }).done(asked(visit(A, 1)));
    let known = Overlap {
        time_zone: fixtures::ZONE,
        appointment_id: A,
        start: day(5, "10:00"),
        end: day(5, "11:00"),
    };
    given.clone().when(asked(visit(B, 1))).then_refused(AgentRejection::LeadHasAppointment(known.clone()));
    let wanted = HoldSlot { property_id: Some(property(7)), ..hold(HOLD, lead(1), day(5, "10:00")) };
    given
        .clone()
        .when(AgentCommand::HoldSlot(wanted))
        .then_refused(AgentRejection::LeadHasAppointment(known));
    given.when(asked(visit(B, 2))).then_accepted();
}

#[test]
fn a_move_is_in_the_way_of_others_and_not_of_itself() {
    given().when(reschedule(A, monday("10:30"))).then_accepted();
    let other = AppointmentBooked { lead_id: lead(1), ..booked(B, monday("14:00")) };
    let given = given().and(other);
    given.clone().when(reschedule(B, monday("10:30"))).then_refused(has_a());
    // It can be moved to another time of the same day, though it is for the same property.
    given.when(reschedule(A, monday("16:00"))).then_accepted();
}

#[test]
fn another_agent_does_not_take_it_over_beside_it() {
    let of_other = AppointmentBooked { lead_id: lead(1), ..booked(B, monday("10:30")) };
    let taker = taker().and(of_other);
    let known = Overlap {
        time_zone: fixtures::ZONE,
        appointment_id: B,
        start: monday("10:30"),
        end: monday("11:30"),
    };
    let refusal = AgentRejection::LeadHasAppointment(known);
    let at_ten = booking(A, monday("10:00"));
    let reassigned = AgentCommand::ReserveTime(reserve(R, at_ten.clone()));
    taker.clone().when(reassigned).then_refused(refusal.clone());
    // At another time than now.
    let moved = Booking { start: monday("10:30"), end: monday("11:30"), ..at_ten.clone() };
    let needed = NeededTime { booking: moved, present: at_ten.interval() };
    let moved = ReserveTime { needed, ..reserve(R, at_ten) };
    taker.when(AgentCommand::ReserveTime(moved)).then_refused(refusal);
}

#[test]
fn what_is_reserved_for_the_lead_is_settled_first() {
    let given = taker().and(time_reserved(R, booking(A, monday("10:00"))));
    let wanted = asked(by_lead("10:30", None));
    let refusal = given.clone().when(wanted.clone()).then_needs_settling(&[in_the_way(R, A)]);
    assert_eq!(refusal, has_a());
    given.and(released(R, A)).when(wanted).then_accepted();
    let of_property = Booking { property_id: Some(property(7)), ..booking(A, monday("10:00")) };
    let given = taker().and(time_reserved(R, of_property));
    let wanted = asked(by_lead("14:00", Some(property(7))));
    let refusal = given.clone().when(wanted.clone()).then_needs_settling(&[in_the_way(R, A)]);
    assert_eq!(refusal, has_scheduled_a());
    given.and(released(R, A)).when(wanted).then_accepted();
}

#[test]
fn the_same_visit_is_scheduled_once() {
    let again = || by_lead("14:00", Some(property(7)));
    let when = given().when(asked(again()));
    let Err(domain::Refusal::Rejected(rejection)) = &when.outcome else { panic!("{when:?}") };
    assert!(!rejection.depends_on_office());
    when.then_refused(has_scheduled_a());
    for other in [
        BookAppointment { property_id: Some(property(8)), ..again() },
        BookAppointment { property_id: None, ..again() },
        BookAppointment { appointment_type: code(CALL), ..again() },
        BookAppointment { lead_id: lead(2), ..again() },
    ] {
        given().when(asked(other)).then_accepted();
    }
    given().and(cancelled(A)).when(asked(again())).then_accepted();
    let no_property = agent().and(booked(A, monday("10:00")));
    no_property.when(asked(by_lead("14:00", None))).then_accepted();
}

#[test]
fn the_same_visit_is_scheduled_again_once_it_is_over() {
    let again = || by_lead("14:00", Some(property(7)));
    given().at(monday("10:59")).when(asked(again())).then_refused(has_scheduled_a());
    given().at(monday("11:00")).when(asked(again())).then_accepted();
    given().and(confirmed(A)).at(monday("10:10")).and(completed(A)).when(asked(again())).then_accepted();
}

#[test]
fn the_same_visit_comes_before_what_is_against_the_slot_and_after_the_same_time() {
    given().when(asked(by_lead("20:00", Some(property(7))))).then_refused(has_scheduled_a());
    let other = AppointmentBooked { lead_id: lead(1), ..booked(C, monday("14:00")) };
    let known = Overlap {
        time_zone: fixtures::ZONE,
        appointment_id: C,
        start: monday("14:00"),
        end: monday("15:00"),
    };
    given()
        .and(other)
        .when(asked(by_lead("14:00", Some(property(7)))))
        .then_refused(AgentRejection::LeadHasAppointment(known));
}

#[test]
fn the_same_visit_may_be_held_to_move_it_there() {
    let wanted = HoldSlot { property_id: Some(property(7)), ..hold(HOLD, lead(1), monday("14:00")) };
    let given = given().done(AgentCommand::HoldSlot(wanted));
    let by_hold = BookAppointment { hold_id: Some(HOLD), ..by_lead("14:00", Some(property(7))) };
    given.clone().when(asked(by_hold)).then_refused(has_scheduled_a());
    given.when(reschedule(A, monday("14:00"))).then_accepted();
}

#[test]
fn only_the_first_of_several_is_named() {
    let earlier = AppointmentBooked { lead_id: lead(1), ..booked(appointment_id(4), monday("09:30")) };
    let known = Overlap {
        time_zone: fixtures::ZONE,
        appointment_id: appointment_id(4),
        start: monday("09:30"),
        end: monday("10:30"),
    };
    let given = agent().and(booked(A, monday("10:30"))).and(earlier);
    given.when(asked(by_lead("10:00", None))).then_refused(AgentRejection::LeadHasAppointment(known));
}
