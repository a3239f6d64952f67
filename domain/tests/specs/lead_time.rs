//! What a lead's and a property's stream say to time that an agent wants to take of it.

use chrono::{DateTime, Utc};
use domain::reservation::EXPIRES_AFTER;
use domain::visit_time::{
    ClaimInTheWay, LeadLimits, PropertyTerms, ReserveVisit, VisitRejection, VisitTime, VisitTimeCommand,
};
use domain::{Decision, Lead, LeadCommand, LeadRejection, Property, PropertyCommand, Refusal};
use schemas::event::{LeadEvent, PropertyEvent, PropertyRegistered};
use schemas::value::{ForcedRule, LeadOverlap, PropertyProfile, VisitCaps, VisitOverlap};
use schemas::{AppointmentId, HoldId, PropertyId, ReservationId, stream};
use uuid::Uuid;

use crate::given::Given;
use crate::properties::profile;
use crate::samples::{agent_id, code, lead, monday, property};

const TYPE: &str = crate::samples::VISIT;

fn limits() -> LeadLimits {
    LeadLimits {
        is_move: false,
        overlap: LeadOverlap::Refuse,
        travel_minutes: 30,
        is_registered_property: true,
        max_holds: 2,
        max_visits: None,
    }
}

fn id(number: u128) -> ReservationId {
    ReservationId::new(Uuid::from_u128(0xab00 + number))
}

/// An hour's visit.
fn visit(number: u128, start: &str, property_id: Option<PropertyId>) -> VisitTime {
    let start: DateTime<Utc> = monday(start);
    VisitTime {
        appointment_id: AppointmentId::new(Uuid::from_u128(number)),
        hold_id: None,
        lead_id: lead(1),
        appointment_type: code(TYPE),
        property_id,
        start,
        end: start + chrono::TimeDelta::hours(1),
        max_appointments_per_slot: 1,
    }
}

fn held(number: u128, start: &str) -> VisitTime {
    VisitTime { hold_id: Some(HoldId::new(Uuid::from_u128(number))), ..visit(number, start, None) }
}

fn wanted(number: u128, visit: VisitTime) -> ReserveVisit {
    ReserveVisit {
        reservation_id: id(number),
        deciding_stream: stream::agent(&agent_id()),
        expires_at: monday("08:00") + EXPIRES_AFTER,
        visit,
        besides: Vec::new(),
        verified: Vec::new(),
        force: Vec::new(),
    }
}

fn claim(number: u128, visit: VisitTime) -> ClaimInTheWay {
    let ReserveVisit { reservation_id, deciding_stream, expires_at, visit, .. } = wanted(number, visit);
    ClaimInTheWay { reservation_id, deciding_stream, expires_at, visit }
}

fn take(command: VisitTimeCommand<LeadLimits>) -> LeadCommand {
    LeadCommand::TakeTime { lead_id: lead(1), command }
}

fn reserve(wanted: ReserveVisit, limits: LeadLimits) -> LeadCommand {
    take(VisitTimeCommand::Reserve(Box::new(wanted), limits))
}

/// A lead with these visits, numbered from 1.
fn with(visits: &[VisitTime]) -> Given<Lead> {
    let anything =
        LeadLimits { overlap: LeadOverlap::Allow, is_registered_property: false, max_holds: 9, ..limits() };
    (1..).zip(visits).fold(Given::nothing((), monday("08:00")), |given, (number, visit)| {
        given.done(reserve(wanted(number, visit.clone()), anything))
    })
}

fn decided(given: &Given<Lead>, wanted: ReserveVisit, limits: LeadLimits) -> Result<(), VisitRejection> {
    match given.clone().when(reserve(wanted, limits)).outcome {
        Ok(_) => Ok(()),
        Err(Refusal::Rejected(LeadRejection::Visit(why))) => Err(why),
        Err(other) => panic!("refused otherwise: {other:?}"),
    }
}

/// The refusal, which stands only once these are verified.
fn unless_gone(in_the_way: &[ClaimInTheWay], otherwise: VisitRejection) -> VisitRejection {
    VisitRejection::NeedsVerifying { in_the_way: in_the_way.to_vec(), otherwise: Box::new(otherwise) }
}

#[test]
fn a_lead_is_in_one_place() {
    let ten = visit(1, "10:00", None);
    let given = with(std::slice::from_ref(&ten));
    let known = claim(1, ten);
    let refused = VisitRejection::LeadHasAppointment(Box::new(known.clone()));
    let half_past = wanted(2, visit(2, "10:30", None));
    let needs = unless_gone(&[known], refused.clone());
    assert_eq!(decided(&given, half_past.clone(), limits()), Err(needs));
    let verified = ReserveVisit { verified: vec![id(1)], ..half_past.clone() };
    assert_eq!(decided(&given, verified, limits()), Err(refused));

    let besides = ReserveVisit { besides: vec![id(1)], ..half_past.clone() };
    assert_eq!(decided(&given, besides, limits()), Ok(()), "its own is not in its way");
    let forced = ReserveVisit { force: vec![ForcedRule::LeadOverlap], ..half_past.clone() };
    assert_eq!(decided(&given, forced, limits()), Ok(()));
    let allowed = LeadLimits { overlap: LeadOverlap::Allow, ..limits() };
    assert_eq!(decided(&given, half_past, allowed), Ok(()));
    assert_eq!(decided(&given, wanted(2, visit(2, "11:00", None)), limits()), Ok(()));
}

#[test]
fn a_lead_needs_time_from_one_property_to_another() {
    let given = with(&[visit(1, "10:00", Some(property(1)))]);
    let at = |start, number| wanted(2, visit(2, start, Some(property(number))));
    let free = LeadLimits { is_registered_property: false, ..limits() };
    assert!(decided(&given, at("11:15", 2), free).is_err());
    assert_eq!(decided(&given, at("11:30", 2), free), Ok(()));
    assert_eq!(decided(&given, at("11:00", 1), free), Ok(()));
    assert!(decided(&given, at("08:45", 2), free).is_err());
}

#[test]
fn a_lead_has_one_appointment_of_a_type_for_a_registered_property() {
    let ten = visit(1, "10:00", Some(property(1)));
    let given = with(std::slice::from_ref(&ten));
    let again = wanted(2, visit(2, "15:00", Some(property(1))));
    let known = claim(1, ten);
    let refused = VisitRejection::AlreadyScheduled(Box::new(known.clone()));
    assert_eq!(decided(&given, again.clone(), limits()), Err(unless_gone(&[known], refused)));
    let forced = ReserveVisit { force: vec![ForcedRule::AlreadyScheduled], ..again.clone() };
    assert_eq!(decided(&given, forced, limits()), Ok(()));
    let unregistered = LeadLimits { is_registered_property: false, ..limits() };
    assert_eq!(decided(&given, again.clone(), unregistered), Ok(()));
    let later = given.at(monday("11:00"));
    assert_eq!(decided(&later, again, limits()), Ok(()), "the first is over");
}

#[test]
fn a_lead_has_as_many_holds_and_visits_as_it_may() {
    let given = with(&[held(1, "10:00"), held(2, "12:00")]);
    let refused = decided(&given, wanted(3, held(3, "15:00")), limits());
    let holds = [claim(1, held(1, "10:00")), claim(2, held(2, "12:00"))];
    assert_eq!(refused, Err(unless_gone(&holds, VisitRejection::HoldLimit { max: 2 })));
    assert_eq!(decided(&given, wanted(3, visit(3, "15:00", None)), limits()), Ok(()));

    let ten = visit(1, "10:00", Some(property(1)));
    let given = with(std::slice::from_ref(&ten));
    let one = LeadLimits { max_visits: Some(1), ..limits() };
    let second = wanted(2, visit(2, "15:00", Some(property(2))));
    let refused = unless_gone(&[claim(1, ten)], VisitRejection::VisitLimit { max: 1 });
    assert_eq!(decided(&given, second, one), Err(refused));
    assert_eq!(decided(&given, wanted(2, visit(2, "15:00", None)), one), Ok(()), "a call is no visit");
}

#[test]
fn it_is_released_and_repointed_only_if_it_names_that_stream() {
    let given = with(&[visit(1, "10:00", None)]);
    let (a, b) = (stream::agent(&agent_id()), "agent-418".to_owned());
    let release = |deciding_stream: &str| {
        take(VisitTimeCommand::Release { reservation_id: id(1), deciding_stream: deciding_stream.to_owned() })
    };
    let repoint = |from: &String, to: &String| {
        take(VisitTimeCommand::Repoint { reservation_id: id(1), from: from.clone(), to: to.clone() })
    };
    let nothing = |outcome| matches!(outcome, Ok(Decision::<Lead>::Unchanged { .. }));
    assert!(nothing(given.clone().when(release(&b)).outcome));
    assert!(nothing(given.clone().when(repoint(&b, &a)).outcome));
    let moved = given.done(repoint(&a, &b));
    assert!(nothing(moved.clone().when(release(&a)).outcome));
    let gone = moved.done(release(&b));
    assert_eq!(gone.state.visits().open().count(), 0);
    assert_eq!(gone.state.version(), 0, "the lead has said nothing");
    let again = gone.when(reserve(wanted(1, visit(1, "10:00", None)), limits()));
    assert!(nothing(again.outcome), "an id is used once");
}

fn shown(change: impl FnOnce(&mut PropertyProfile)) -> Given<Property> {
    let mut profile = profile();
    change(&mut profile);
    Given::nothing((), monday("08:00")).and(PropertyRegistered { property_id: property(1), profile })
}

fn show(number: u128, start: &str) -> PropertyCommand {
    let terms = PropertyTerms { is_visit: true, agent_id: agent_id(), places: Vec::new() };
    let wanted = wanted(number, visit(number, start, Some(property(1))));
    PropertyCommand::TakeTime { command: VisitTimeCommand::Reserve(Box::new(wanted), terms) }
}

fn is_taken(given: &Given<Property>, number: u128, start: &str) -> bool {
    given.clone().when(show(number, start)).outcome.is_err()
}

#[test]
fn a_property_is_visited_as_its_owner_allows() {
    let exclusive = shown(|_| ()).done(show(1, "10:00"));
    assert!(is_taken(&exclusive, 2, "10:30"));
    assert!(!is_taken(&exclusive, 2, "11:00"));

    let two = shown(|profile| profile.overlap = VisitOverlap::Shared { simultaneous_visits: 2 });
    let two = two.done(show(1, "10:00"));
    assert!(!is_taken(&two, 2, "10:30"));
    assert!(is_taken(&two.done(show(2, "10:30")), 3, "10:15"));

    let announced = shown(|profile| profile.overlap = VisitOverlap::Announced).done(show(1, "10:00"));
    assert!(!is_taken(&announced, 2, "10:00"));

    let one_a_day = shown(|profile| profile.caps = VisitCaps { per_day: Some(1), ..VisitCaps::default() });
    assert!(is_taken(&one_a_day.done(show(1, "10:00")), 2, "15:00"));
}

#[test]
fn reservations_are_events_of_both() {
    let of_lead =
        with(&[visit(1, "10:00", None)]).when(reserve(wanted(2, visit(2, "12:00", None)), limits()));
    assert!(
        matches!(of_lead.outcome, Ok(Decision::Accepted(events)) if matches!(events[..], [LeadEvent::TimeReserved(_)]))
    );
    let of_property = shown(|_| ()).when(show(1, "10:00"));
    assert!(
        matches!(of_property.outcome, Ok(Decision::Accepted(events)) if matches!(events[..], [PropertyEvent::TimeReserved(_)]))
    );
}
