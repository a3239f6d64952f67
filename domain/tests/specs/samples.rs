//! An office and an agent in Santiago, and what happens to them, in few words.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::{America::Santiago, Tz};
use domain::{
    Agent, Aggregate, Answer, AppointmentAnswer, BlockRequest, BookAppointment, Fact, HoldSlot, Office,
};
use schemas::event::{
    AgentRegistered, AppointmentBooked, AppointmentCancelled, AppointmentCompleted, AppointmentConfirmed,
    AppointmentNoShow, AppointmentTypeDefined, AvailabilityRuleAdded, OfficeEvent, OfficePolicySet, SlotHeld,
};
use schemas::value::{
    AgentProfile, AppointmentStatus, AppointmentType, AvailabilityRule, Block, LocationKind, OfficePolicy,
};
use schemas::{
    Actor, ActorKind, AgentId, AppointmentId, AppointmentTypeCode, BlockId, BusyId, CommandId, DayOfWeek,
    HoldId, LeadId, LocalTime, Origin, PropertyId, RuleId,
};
use uuid::Uuid;

use crate::given::Given;

pub(crate) const VISIT: &str = "visita_propiedad";
pub(crate) const CALL: &str = "llamada";
/// The appointment that most specs are about.
pub(crate) const A: AppointmentId = AppointmentId::new(Uuid::from_u128(0xa1));
pub(crate) const B: AppointmentId = AppointmentId::new(Uuid::from_u128(0xa2));
pub(crate) const HOLD: HoldId = HoldId::new(Uuid::from_u128(0x41));

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("a spec's instant").to_utc()
}

/// Monday 14 December 2026 in Santiago, which is at -03:00 then.
pub(crate) fn monday(time: &str) -> DateTime<Utc> {
    instant(&format!("2026-12-14T{time}:00-03:00"))
}

pub(crate) fn day(days_after_monday: i64, time: &str) -> DateTime<Utc> {
    monday(time) + TimeDelta::days(days_after_monday)
}

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().expect("a spec's date")
}

pub(crate) fn time(text: &str) -> LocalTime {
    text.parse().expect("a spec's time of day")
}

pub(crate) fn agent_id() -> AgentId {
    AgentId::parse("417").expect("a number is an id")
}

pub(crate) fn other_agent() -> AgentId {
    AgentId::parse("512").expect("a number is an id")
}

pub(crate) fn lead(number: u32) -> LeadId {
    LeadId::parse(&number.to_string()).expect("a number is an id")
}

pub(crate) fn property(number: u32) -> PropertyId {
    PropertyId::parse(&format!("P-{number}")).expect("a letter and a number are an id")
}

pub(crate) fn code(text: &str) -> AppointmentTypeCode {
    AppointmentTypeCode::parse(text).expect("a spec's code")
}

pub(crate) fn busy_id(text: &str) -> BusyId {
    BusyId::parse(text).expect("a spec's busy id")
}

pub(crate) fn appointment_id(number: u128) -> AppointmentId {
    AppointmentId::new(Uuid::from_u128(0xa0 + number))
}

pub(crate) fn hold_id(number: u128) -> HoldId {
    HoldId::new(Uuid::from_u128(0x40 + number))
}

pub(crate) fn rule_id(number: u128) -> RuleId {
    RuleId::new(Uuid::from_u128(0x10_000 + number))
}

pub(crate) fn block_id(number: u128) -> BlockId {
    BlockId::new(Uuid::from_u128(0xb0 + number))
}

/// Whoever sends the specs' commands.
pub(crate) fn dispatcher() -> Actor {
    Actor { kind: ActorKind::Dispatcher, id: "12".to_owned() }
}

/// One hour on a half-hour grid, an hour's notice, thirty days ahead.
pub(crate) fn visit() -> AppointmentType {
    AppointmentType {
        code: code(VISIT),
        name: BTreeMap::from([("es-CL".to_owned(), "Visita a la propiedad".to_owned())]),
        duration_minutes: 60,
        slot_step_minutes: 30,
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        min_notice_minutes: 60,
        horizon_days: 30,
        daily_limit: None,
        location_kind: LocationKind::Property,
    }
}

/// Half an hour on the telephone, two a day.
pub(crate) fn call() -> AppointmentType {
    AppointmentType {
        code: code(CALL),
        name: BTreeMap::from([("es-CL".to_owned(), "Llamada".to_owned())]),
        duration_minutes: 30,
        daily_limit: Some(2),
        location_kind: LocationKind::Phone,
        ..visit()
    }
}

pub(crate) fn policy() -> OfficePolicy {
    OfficePolicy {
        name: "Corredora Los Aromos".to_owned(),
        time_zone: Santiago,
        locale: "es-CL".to_owned(),
        travel_minutes: 0,
        max_holds_per_lead: 2,
    }
}

pub(crate) fn office_events() -> Vec<OfficeEvent> {
    vec![
        OfficePolicySet { policy: policy() }.into(),
        AppointmentTypeDefined { appointment_type: visit() }.into(),
        AppointmentTypeDefined { appointment_type: call() }.into(),
    ]
}

pub(crate) fn office() -> Office {
    let mut office = Office::default();
    for (revision, event) in (0..).zip(office_events()) {
        let command_id = CommandId::new(Uuid::from_u128(0x0f_0000 + u128::from(revision)));
        let (digest, recorded_at) = (String::new(), monday("07:00"));
        office.evolve(&event, &Fact { revision, position: revision, command_id, digest, recorded_at });
    }
    office
}

pub(crate) fn profile() -> AgentProfile {
    AgentProfile {
        name: "Catalina Reyes Soto".to_owned(),
        time_zone: Santiago,
        email: Some("catalina.reyes@corredora.example".to_owned()),
        phone: None,
        inherits_office_hours: false,
    }
}

/// A rule of every week, for every type.
pub(crate) fn rule(number: u128, day_of_week: u8, start: &str, end: &str) -> AvailabilityRule {
    AvailabilityRule {
        rule_id: rule_id(number),
        day_of_week: DayOfWeek::try_from(day_of_week).expect("a day from 0 to 6"),
        start_time: time(start),
        end_time: time(end),
        is_recurring: true,
        valid_from: None,
        valid_until: None,
        appointment_type: None,
        max_appointments_per_slot: 1,
    }
}

pub(crate) fn nobody() -> Given<Agent> {
    Given::nothing(office(), monday("08:00"))
}

/// Registered, at 08:00 on Monday, and without hours.
pub(crate) fn newcomer() -> Given<Agent> {
    nobody().and(AgentRegistered { agent_id: agent_id(), profile: profile() })
}

/// Registered, open from Monday to Friday from 09:00 to 18:00, at 08:00 on Monday. Its last revision is 5.
pub(crate) fn agent() -> Given<Agent> {
    (0..5).fold(newcomer(), |given, day| {
        given.and(AvailabilityRuleAdded { rule: rule(u128::from(day), day, "09:00", "18:00") })
    })
}

/// An hour's visit of lead 1, scheduled.
pub(crate) fn booked(appointment_id: AppointmentId, start: DateTime<Utc>) -> AppointmentBooked {
    AppointmentBooked {
        appointment_id,
        lead_id: lead(1),
        agent_id: agent_id(),
        appointment_type: code(VISIT),
        start,
        end: start + TimeDelta::minutes(60),
        duration_minutes: 60,
        local_start: start.with_timezone(&Santiago).naive_local(),
        time_zone: Santiago,
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        max_appointments_per_slot: 1,
        sequence: 0,
        location: None,
        property_id: None,
        notes: None,
        lead_contact: None,
        origin: Origin::Chat,
        hold_id: None,
        reassigned_from: None,
    }
}

/// A hold of a lead on an hour's visit.
pub(crate) fn held(
    hold_id: HoldId,
    lead_id: LeadId,
    start: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> SlotHeld {
    SlotHeld {
        hold_id,
        lead_id,
        appointment_type: code(VISIT),
        property_id: None,
        start,
        end: start + TimeDelta::minutes(60),
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        expires_at,
    }
}

/// Asks for a visit with lead 1, as [`booked`] tells of it.
pub(crate) fn book(appointment_id: AppointmentId, start: DateTime<Utc>) -> BookAppointment {
    BookAppointment {
        appointment_id,
        lead_id: lead(1),
        appointment_type: code(VISIT),
        start,
        agreed_zone: None,
        hold_id: None,
        property_id: None,
        location: None,
        notes: None,
        lead_contact: None,
        origin: Origin::Chat,
        taken_over: None,
    }
}

/// Asks for ten minutes' hold on a visit, from 08:00 on.
pub(crate) fn hold(hold_id: HoldId, lead_id: LeadId, start: DateTime<Utc>) -> HoldSlot {
    HoldSlot {
        hold_id,
        lead_id,
        appointment_type: code(VISIT),
        property_id: None,
        start,
        expires_at: monday("08:10"),
    }
}

pub(crate) fn block_request(number: u128, start: DateTime<Utc>, end: DateTime<Utc>) -> BlockRequest {
    let reason = "Colación".to_owned();
    BlockRequest { block_id: block_id(number), start, end, reason, recurrence: None }
}

/// The block that comes of the request in a zone.
pub(crate) fn block(request: &BlockRequest, time_zone: Tz) -> Block {
    Block {
        block_id: request.block_id,
        start: request.start,
        end: request.end,
        time_zone,
        local_start: request.start.with_timezone(&time_zone).naive_local(),
        local_end: request.end.with_timezone(&time_zone).naive_local(),
        reason: request.reason.clone(),
        recurrence: request.recurrence.clone(),
    }
}

pub(crate) fn confirmed(appointment_id: AppointmentId) -> AppointmentConfirmed {
    AppointmentConfirmed { appointment_id }
}

pub(crate) fn cancelled(appointment_id: AppointmentId) -> AppointmentCancelled {
    AppointmentCancelled { appointment_id, cancelled_by: dispatcher(), reason: None }
}

pub(crate) fn completed(appointment_id: AppointmentId) -> AppointmentCompleted {
    AppointmentCompleted { appointment_id }
}

pub(crate) fn no_show(appointment_id: AppointmentId) -> AppointmentNoShow {
    AppointmentNoShow { appointment_id }
}

/// What is answered about an hour's visit that has not been moved.
pub(crate) fn answer(
    appointment_id: AppointmentId,
    status: AppointmentStatus,
    start: DateTime<Utc>,
) -> Answer {
    let end = start + TimeDelta::minutes(60);
    Answer::Appointment(AppointmentAnswer {
        appointment_id,
        agent_id: agent_id(),
        status,
        start,
        end,
        sequence: 0,
    })
}
