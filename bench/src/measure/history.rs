//! A log as an agency writes it over months: slots held, and appointments booked, confirmed, completed and cancelled.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use event_store::{EventStore, ExpectedRevision, NewEvent};
use schemas::event::{
    AgentEvent, AgentRegistered, AppointmentBooked, AppointmentCancelled, AppointmentCompleted,
    AppointmentConfirmed, SlotHeld,
};
use schemas::value::{AgentProfile, LeadContact};
use schemas::{
    Actor, ActorKind, AgentId, AppointmentId, AppointmentTypeCode, EventId, HoldId, LeadId, Metadata,
    Personal, PropertyId, stream,
};
use tokio::task::JoinSet;
use uuid::Uuid;

/// As long as the digest of a real command.
pub(super) const DIGEST: &str = "0123456789abcdef0123456789abcdef";

const AGENTS: u64 = 200;

/// The events of one agent's day: a hold, two bookings of which one uses it, two confirmations, one completed
/// appointment and one cancelled.
const A_DAY: u64 = 7;

/// How long before it an appointment is booked, and how long after the booking it is confirmed.
const AHEAD_DAYS: u64 = 7;
const CONFIRMED_AFTER_DAYS: u64 = 2;

/// How many agents' days are appended at once.
const WRITERS: u64 = 16;

/// Appends roughly this many events, and returns how many.
pub(crate) async fn write(store: &EventStore, events: u64, end: DateTime<Utc>) -> Result<u64> {
    let days = (events / AGENTS).div_ceil(A_DAY);
    let first = end - TimeDelta::days(i64::try_from(days)?);
    let kind: AppointmentTypeCode = AppointmentTypeCode::parse("visita_propiedad")?;
    let mut written = 0;
    for day in 0..=days {
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let (store, kind) = (store.clone(), kind.clone());
            writers.spawn(async move {
                let mut written = 0;
                for number in (writer..AGENTS).step_by(usize::try_from(WRITERS)?) {
                    let agent =
                        Agent { number, id: AgentId::parse(&format!("agent-{number}"))?, kind: kind.clone() };
                    let events = agent.day(day, first)?;
                    let stream = stream::agent(&agent.id);
                    store.append(&stream, ExpectedRevision::Any, &events).await?;
                    written += events.len() as u64;
                }
                anyhow::Ok(written)
            });
        }
        while let Some(writer) = writers.join_next().await {
            written += writer??;
        }
    }
    Ok(written)
}

struct Agent {
    number: u64,
    id: AgentId,
    kind: AppointmentTypeCode,
}

impl Agent {
    /// The events of one day; on the first, only the registration of the agent.
    fn day(&self, day: u64, first: DateTime<Utc>) -> Result<Vec<NewEvent>> {
        let now =
            first + TimeDelta::days(i64::try_from(day)?) + TimeDelta::seconds(i64::try_from(self.number)?);
        if day == 0 {
            let email = Some("camila@example.com".to_owned());
            let profile = AgentProfile { email, ..fixtures::profile("Camila Soto") };
            let event = AgentRegistered { agent_id: self.id.clone(), profile }.into();
            return Ok(vec![self.stored(&event, day, 0, now)]);
        }
        let hold_id = HoldId::new(self.uuid(day, 90));
        let (one, other) = (self.booked(day, 0, first)?, self.booked(day, 1, first)?);
        let mut events: Vec<AgentEvent> = vec![
            SlotHeld {
                lead_id: one.lead_id.clone(),
                appointment_type: self.kind.clone(),
                property_id: one.property_id.clone(),
                ..fixtures::held(hold_id, one.start, 60, now + TimeDelta::minutes(10))
            }
            .into(),
            AppointmentBooked { hold_id: Some(hold_id), ..one }.into(),
            other.into(),
        ];
        if let Some(booked) = day.checked_sub(CONFIRMED_AFTER_DAYS).filter(|day| 0 < *day) {
            for which in 0..2 {
                events.push(AppointmentConfirmed { appointment_id: self.appointment(booked, which) }.into());
            }
        }
        if let Some(booked) = day.checked_sub(AHEAD_DAYS + 1).filter(|day| 0 < *day) {
            events.push(AppointmentCompleted { appointment_id: self.appointment(booked, 0) }.into());
        }
        if let Some(booked) = day.checked_sub(AHEAD_DAYS - 1).filter(|day| 0 < *day) {
            let cancelled_by = Actor { kind: ActorKind::Lead, id: "lead".to_owned() };
            let reason = Some(Personal::new(self.lead(booked, 1)?, "Ya encontró casa".to_owned()));
            let appointment_id = self.appointment(booked, 1);
            events.push(
                AppointmentCancelled { appointment_id, cancelled_by, reason, requested_by: None }.into(),
            );
        }
        Ok((0..).zip(&events).map(|(number, event)| self.stored(event, day, number, now)).collect())
    }

    fn booked(&self, day: u64, which: u64, first: DateTime<Utc>) -> Result<AppointmentBooked> {
        let hours = i64::try_from((day + AHEAD_DAYS) * 24 + 13 + which * 2)?;
        let midnight = first.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
        let start = midnight + TimeDelta::hours(hours);
        let lead_id = self.lead(day, which)?;
        let personal = |text: &str| Personal::new(lead_id.clone(), text.to_owned());
        let contact = LeadContact {
            name: Some("Carla Núñez".to_owned()),
            phone: Some("+56912345678".to_owned()),
            ..LeadContact::default()
        };
        Ok(AppointmentBooked {
            lead_id: lead_id.clone(),
            appointment_type: self.kind.clone(),
            buffer_before_minutes: 15,
            buffer_after_minutes: 15,
            location: Some(personal("Av. Providencia 1234, depto. 56")),
            property_id: Some(PropertyId::parse(&format!("P-{}", (self.number + day) % 700))?),
            notes: (which == 0).then(|| personal("Llamar antes de llegar")),
            lead_contact: Some(Personal::new(lead_id, contact)),
            ..fixtures::booked(self.appointment(day, which), &self.id, start, 60)
        })
    }

    fn lead(&self, day: u64, which: u64) -> Result<LeadId> {
        Ok(LeadId::parse(&format!("lead-{}", (self.number * 31 + day * 2 + which) % 5_000))?)
    }

    fn appointment(&self, day: u64, which: u64) -> AppointmentId {
        AppointmentId::new(self.uuid(day, 50 + which))
    }

    /// Ordered by time, like the ids that Citas makes.
    fn uuid(&self, day: u64, number: u64) -> Uuid {
        Uuid::from_u128(u128::from(day) << 96 | u128::from(self.number) << 32 | (u128::from(number) + 1))
    }

    fn stored(&self, event: &AgentEvent, day: u64, number: u64, now: DateTime<Utc>) -> NewEvent {
        stored(event, self.uuid(day, 1_000 + number), now)
    }
}

/// An event as it is stored, under this id.
pub(super) fn stored(event: &AgentEvent, id: Uuid, now: DateTime<Utc>) -> NewEvent {
    NewEvent {
        event_id: EventId::new(id),
        event_type: event.event_type(),
        payload: event.payload(),
        metadata: Metadata {
            command_digest: DIGEST.to_owned(),
            schema_version: event.schema_version(),
            ..fixtures::metadata(id, now)
        },
    }
}
