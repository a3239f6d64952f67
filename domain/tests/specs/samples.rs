//! Sample data: an office and an agent in Santiago, with their commands and events.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::{
    Agent, AgentCommand, Aggregate, Answer, AppointmentAnswer, BlockRequest, BlockScope, BlockedTime,
    BookAppointment, EventContext, HoldSlot, Office, RescheduleAppointment, Reserved,
};
use schemas::event::{
    AgentRegistered, AppointmentBooked, AppointmentCancelled, AppointmentCompleted, AppointmentConfirmed,
    AppointmentNoShow, AppointmentReleased, AppointmentTypeDefined, AvailabilityRuleAdded, OfficeEvent,
    OfficePolicySet, SlotHeld,
};
use schemas::value::{
    AgentProfile, AppointmentStatus, AppointmentTerms, AppointmentType, AvailabilityRule, Block,
    LocationKind, NoShowBy,
};
use schemas::{
    Actor, ActorKind, AgentId, AppointmentId, AppointmentTypeCode, BlockId, BusyId, CommandId, HoldId,
    LeadId, LocalTime, Origin, PropertyId, RuleId,
};
use serde::Serialize;
use uuid::Uuid;

use crate::given::Given;

pub(crate) use fixtures::{CALL, VISIT, policy};

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

/// The sender of the specs' commands.
pub(crate) fn dispatcher() -> Actor {
    Actor { kind: ActorKind::Dispatcher, id: "12".to_owned() }
}

/// One hour on a half-hour grid, an hour's notice, thirty days ahead.
pub(crate) fn visit() -> AppointmentType {
    AppointmentType { min_notice_minutes: 60, horizon_days: 30, ..fixtures::appointment_type(VISIT, 60) }
}

/// Half an hour on the telephone, two a day.
pub(crate) fn call() -> AppointmentType {
    AppointmentType {
        duration_minutes: 30,
        daily_limit: Some(2),
        location_kind: LocationKind::Phone,
        code: code(CALL),
        ..visit()
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
        office.evolve(
            &event,
            &EventContext {
                may_repeat: true,
                followed_by: 0,
                revision,
                position: revision,
                command_id,
                digest,
                recorded_at,
                clock_showed: recorded_at,
            },
        );
    }
    office
}

pub(crate) fn profile() -> AgentProfile {
    AgentProfile {
        email: Some("catalina.reyes@corredora.example".to_owned()),
        inherits_office_hours: false,
        ..fixtures::profile("Catalina Reyes Soto")
    }
}

/// A weekly rule, for every type.
pub(crate) fn rule(number: u128, day_of_week: u8, start: &str, end: &str) -> AvailabilityRule {
    AvailabilityRule { rule_id: rule_id(number), ..fixtures::rule(number, day_of_week, start, end) }
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

/// The lead of an appointment: lead 1 has A, and every other one has a lead of its own.
pub(crate) fn lead_of(appointment_id: AppointmentId) -> LeadId {
    let number = appointment_id.uuid().as_u128();
    lead(if appointment_id == A { 1 } else { u32::try_from(number % 10_000).expect("a small number") })
}

/// An hour's visit of its lead, scheduled.
pub(crate) fn booked(appointment_id: AppointmentId, start: DateTime<Utc>) -> AppointmentBooked {
    let lead_id = lead_of(appointment_id);
    AppointmentBooked { lead_id, ..fixtures::booked(appointment_id, &agent_id(), start, 60) }
}

/// A hold of a lead on an hour's visit.
pub(crate) fn held(
    hold_id: HoldId,
    lead_id: LeadId,
    start: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> SlotHeld {
    SlotHeld { lead_id, ..fixtures::held(hold_id, start, 60, expires_at) }
}

/// Books the visit that [`booked`] records.
pub(crate) fn book(appointment_id: AppointmentId, start: DateTime<Utc>) -> BookAppointment {
    BookAppointment {
        appointment_id,
        lead_id: lead_of(appointment_id),
        appointment_type: code(VISIT),
        start,
        agreed_zone: None,
        hold_id: None,
        property_id: None,
        location: None,
        notes: None,
        lead_contact: None,
        origin: Origin::Chat,
        confirm: false,
        claim: None,
        offers_alternatives: true,
        force: Vec::new(),
    }
}

/// Moves an appointment to another time.
pub(crate) fn reschedule(appointment_id: AppointmentId, start: DateTime<Utc>) -> AgentCommand {
    reschedule_in(appointment_id, start, None)
}

/// The same, agreed on in a zone.
pub(crate) fn reschedule_in(
    appointment_id: AppointmentId,
    start: DateTime<Utc>,
    agreed_zone: Option<Tz>,
) -> AgentCommand {
    AgentCommand::RescheduleAppointment(RescheduleAppointment {
        start: Some(start),
        agreed_zone,
        ..RescheduleAppointment::of(appointment_id)
    })
}

/// Hands an appointment over to another agent, at the same time.
pub(crate) fn reassign_to(
    appointment_id: AppointmentId,
    to_agent_id: AgentId,
    reserved: Option<Reserved>,
) -> AgentCommand {
    AgentCommand::RescheduleAppointment(RescheduleAppointment {
        to_agent_id: Some(to_agent_id),
        reserved,
        ..RescheduleAppointment::of(appointment_id)
    })
}

/// Holds a visit for ten minutes, from 08:00 on.
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
    BlockRequest {
        block_id: block_id(number),
        time: BlockedTime::Between { start, end },
        reason,
        recurrence: None,
        scope: BlockScope::default(),
        source: None,
    }
}

/// The block that the request gives in a zone.
pub(crate) fn block(request: &BlockRequest, time_zone: Tz) -> Block {
    let BlockedTime::Between { start, end } = request.time else { panic!("not from an instant to another") };
    Block {
        reason: request.reason.clone(),
        recurrence: request.recurrence.clone(),
        ..fixtures::block(request.block_id, time_zone, start, end)
    }
}

pub(crate) fn confirmed(appointment_id: AppointmentId) -> AppointmentConfirmed {
    AppointmentConfirmed { appointment_id }
}

pub(crate) fn cancelled(appointment_id: AppointmentId) -> AppointmentCancelled {
    AppointmentCancelled { appointment_id, cancelled_by: dispatcher(), reason: None, requested_by: None }
}

/// Released, as it was not confirmed by nine.
pub(crate) fn released_unconfirmed(appointment_id: AppointmentId) -> AppointmentReleased {
    AppointmentReleased { appointment_id, confirm_by: monday("09:00") }
}

pub(crate) fn completed(appointment_id: AppointmentId) -> AppointmentCompleted {
    AppointmentCompleted { appointment_id }
}

pub(crate) fn no_show(appointment_id: AppointmentId) -> AppointmentNoShow {
    AppointmentNoShow { appointment_id, by: NoShowBy::Lead }
}

/// The answer about an hour's visit that has not been moved.
pub(crate) fn answer(
    appointment_id: AppointmentId,
    status: AppointmentStatus,
    start: DateTime<Utc>,
) -> Answer {
    answer_with(appointment_id, agent_id(), status, start, 0)
}

/// The answer about an hour's visit with this agent, that was moved so often. The rest of it is of no interest to specs that
/// compare what is [`said`] alone.
pub(crate) fn answer_with(
    appointment_id: AppointmentId,
    agent_id: AgentId,
    status: AppointmentStatus,
    start: DateTime<Utc>,
    sequence: u32,
) -> Answer {
    let end = start + TimeDelta::minutes(60);
    let zone = chrono_tz::America::Santiago;
    Answer::Appointment(AppointmentAnswer {
        appointment_id,
        lead_id: lead_of(appointment_id),
        agent_id,
        appointment_type: code(VISIT),
        status,
        start,
        end,
        sequence,
        origin: Origin::Chat,
        created_at: start,
        terms: AppointmentTerms {
            outcome: None,
            no_show_by: None,
            duration_minutes: 60,
            local_start: availability::zone::local(zone, start),
            time_zone: zone,
            property_id: None,
            updated_at: start,
            confirm_by: None,
            cancellation_cause: None,
        },
    })
}

/// What specs compare of an answer. Of one about an appointment it is where it is and how, of a type which it is; that the
/// rest is what a query shows, the tests of the read model check.
pub(crate) fn said<T: Serialize>(answer: &T) -> serde_json::Value {
    const OF_APPOINTMENT: &[&str] = &["appointment_id", "agent_id", "status", "start", "end", "sequence"];
    const OF_TYPE: &[&str] = &["code", "reset"];
    let mut said = serde_json::to_value(answer).expect("an answer is JSON");
    for kept in [OF_APPOINTMENT, OF_TYPE] {
        if let Some(members) = said.as_object_mut().filter(|members| members.contains_key(kept[0])) {
            members.retain(|name, _| kept.contains(&name.as_str()));
        }
    }
    said
}
