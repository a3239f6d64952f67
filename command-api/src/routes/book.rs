use std::sync::Arc;

use actix_web::web;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{AgentCommand, Answer, BookAppointment};
use http_edge::{Object, Problem, SlotRef, StrictJson, check_length};
use schemas::value::LeadContact;
use schemas::{
    AgentId, AppointmentId, AppointmentTypeCode, HoldId, LeadId, Origin, Personal, PropertyId, TimeInput,
};
use serde::{Deserialize, Serialize};

use super::release_hold;
use crate::CommandApi;
use crate::assignment::book_with_any;
use crate::headers::Headers;
use crate::reply::{self, Reply};
use crate::time;
use crate::writer::Outcome;

const MAX_LOCATION: usize = 500;
const MAX_NOTES: usize = 2_000;
const MAX_CONTACT: usize = 320;

/// `POST /v1/appointments`
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Book {
    lead_id: LeadId,
    agent_id: Option<AgentId>,
    appointment_type: Option<AppointmentTypeCode>,
    start: Option<TimeInput>,
    slot_ref: Option<String>,
    hold_id: Option<HoldId>,
    property_id: Option<PropertyId>,
    location: Option<String>,
    notes: Option<String>,
    #[cfg_attr(test, schemars(with = "Option<LeadContact>"))]
    lead_contact: Option<Object<LeadContact>>,
    origin: Option<Origin>,
}

impl Book {
    fn personal<T>(&self, value: T) -> Personal<T> {
        Personal::new(self.lead_id.clone(), value)
    }
}

/// The slot that is asked for, however it was said.
struct Wanted {
    /// None = whoever can take it.
    agent_id: Option<AgentId>,
    appointment_type: AppointmentTypeCode,
    start: DateTime<Utc>,
    agreed_zone: Option<Tz>,
    property_id: Option<PropertyId>,
}

pub(super) async fn handle(
    api: web::Data<CommandApi>,
    headers: Headers,
    body: StrictJson<Book>,
) -> Result<Reply, Problem> {
    carry_out(&api.into_inner(), &headers, &body.0).await
}

/// Makes an appointment.
pub(crate) async fn carry_out(
    api: &Arc<CommandApi>,
    headers: &Headers,
    content: &Book,
) -> Result<Reply, Problem> {
    check(content)?;
    if let Some(hold_id) = content.hold_id
        && api.directory.hold(hold_id).await?.is_none()
        && let Some(outcome) = api.answered_before(hold_id, headers, content).await?
    {
        return Ok(booked(&outcome));
    }
    let wanted = wanted(api, content).await?;
    let command = BookAppointment {
        appointment_id: AppointmentId::new(api.new_id()),
        lead_id: content.lead_id.clone(),
        appointment_type: wanted.appointment_type,
        start: wanted.start,
        agreed_zone: wanted.agreed_zone,
        hold_id: content.hold_id,
        property_id: wanted.property_id,
        location: content.location.clone().map(|location| content.personal(location)),
        notes: content.notes.clone().map(|notes| content.personal(notes)),
        lead_contact: content.lead_contact.clone().map(|Object(contact)| content.personal(contact)),
        origin: content.origin.unwrap_or(headers.origin),
        taken_over: None,
    };
    let command = AgentCommand::BookAppointment(command);
    let outcome = match wanted.agent_id {
        Some(agent_id) => api.agent(&agent_id, headers, content, command).await?,
        None if headers.if_match.is_some() => {
            return Err(Problem::malformed("If-Match", "needs agent_id, whose calendar the version is of"));
        }
        None => {
            let (command, correlation_id) = api.command(headers, content, command);
            book_with_any(Arc::clone(api), command, correlation_id, headers.idempotency_key.is_some()).await?
        }
    };
    Ok(booked(&outcome))
}

fn booked(outcome: &Outcome<Answer>) -> Reply {
    let location = match &outcome.answer {
        Answer::Appointment { appointment_id, .. } => format!("/v1/appointments/{appointment_id}"),
        _ => "/v1/appointments".to_owned(),
    };
    reply::created(outcome, &location)
}

fn check(content: &Book) -> Result<(), Problem> {
    check_length("location", content.location.as_deref().unwrap_or_default(), MAX_LOCATION)?;
    check_length("notes", content.notes.as_deref().unwrap_or_default(), MAX_NOTES)?;
    let Some(Object(contact)) = &content.lead_contact else { return Ok(()) };
    for (field, value) in [
        ("lead_contact.name", &contact.name),
        ("lead_contact.email", &contact.email),
        ("lead_contact.phone", &contact.phone),
        ("lead_contact.locale", &contact.locale),
    ] {
        check_length(field, value.as_deref().unwrap_or_default(), MAX_CONTACT)?;
    }
    Ok(())
}

async fn wanted(api: &CommandApi, content: &Book) -> Result<Wanted, Problem> {
    let property_id = content.property_id.clone();
    match (&content.start, &content.slot_ref, content.hold_id) {
        (Some(start), None, None) => {
            let (start, agreed_zone) = time::resolve("start", start)?;
            Ok(Wanted {
                agent_id: content.agent_id.clone(),
                appointment_type: content
                    .appointment_type
                    .clone()
                    .ok_or_else(|| Problem::malformed("appointment_type", "is needed with start"))?,
                start,
                agreed_zone,
                property_id,
            })
        }
        (None, Some(slot_ref), None) => {
            let slot = slot_of(api, slot_ref)?;
            agree("agent_id", content.agent_id.as_ref(), &slot.agent_id)?;
            agree("appointment_type", content.appointment_type.as_ref(), &slot.appointment_type)?;
            Ok(Wanted {
                agent_id: Some(slot.agent_id),
                appointment_type: slot.appointment_type,
                start: slot.start,
                agreed_zone: None,
                property_id,
            })
        }
        (None, None, Some(hold_id)) => {
            let (agent_id, held) =
                api.directory.hold(hold_id).await?.ok_or_else(|| release_hold::not_found(hold_id))?;
            agree("agent_id", content.agent_id.as_ref(), &agent_id)?;
            agree("appointment_type", content.appointment_type.as_ref(), &held.appointment_type)?;
            Ok(Wanted {
                agent_id: Some(agent_id),
                appointment_type: held.appointment_type,
                start: held.start,
                agreed_zone: None,
                property_id: property_id.or(held.property_id),
            })
        }
        _ => Err(Problem::malformed("start", "give exactly one of start, slot_ref and hold_id")),
    }
}

/// What is said twice must be said alike.
fn agree<T: PartialEq>(field: &str, said: Option<&T>, meant: &T) -> Result<(), Problem> {
    match said {
        Some(said) if said != meant => {
            Err(Problem::malformed(field, "does not agree with the slot; leave it out or correct it"))
        }
        _ => Ok(()),
    }
}

/// The slot that a reference stands for, if it is ours and not too old.
pub(super) fn slot_of(api: &CommandApi, slot_ref: &str) -> Result<SlotRef, Problem> {
    api.slot_refs.read(slot_ref, api.now()).map_err(|error| Problem::malformed("slot_ref", error.to_string()))
}
