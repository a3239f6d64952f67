use std::sync::Arc;

use availability::Localized;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::AgentCommand;
use operation::{Accepted, Access, Code, Command, CommandCall, Nothing, Object, Operation, Problem};
use schemars::JsonSchema;
use schemas::value::{ForcedRule, LeadContact};
use schemas::{
    AgentId, AppointmentId, AppointmentTypeCode, HoldId, LeadId, Origin, Personal, PropertyId, TimeInput,
};
use serde::{Deserialize, Serialize};

use super::answer::{WholeAppointment, timed};
use super::conditions::refuse_conditions;
use super::details::check_details;
use super::force::rules_to_force;
use super::holds;
use super::slot::{check_matches, slot_of};
use crate::assignment::book_with_any;
use crate::directory::HeldSlot;
use crate::{CommandApi, time_problems};

/// Books an appointment.
pub(crate) struct BookAppointment;

/// A slot, named by its start, by a reference or by a hold, and the lead that it is for.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Booking {
    /// The lead.
    lead_id: LeadId,
    /// The agent; any who is free if left out.
    agent_id: Option<AgentId>,
    /// The appointment type; required with `start`.
    appointment_type: Option<AppointmentTypeCode>,
    /// The start.
    start: Option<TimeInput>,
    /// The reference of a slot that `GET /v1/slots` offered.
    slot_ref: Option<String>,
    /// The hold to turn into the appointment.
    hold_id: Option<HoldId>,
    /// The property it is about.
    property_id: Option<PropertyId>,
    /// Address or link.
    location: Option<String>,
    /// Notes for the agent.
    notes: Option<String>,
    /// How to reach the lead.
    lead_contact: Option<Object<LeadContact>>,
    /// The channel that the booking came through, if not this one.
    origin: Option<Origin>,
    /// Whether the lead has just said yes, so that it is confirmed at once; false if left out.
    confirm: Option<bool>,
    /// Rules to pass over, by those who may; the event says which of them spoke against it. Not without an agent.
    force: Option<Vec<ForcedRule>>,
}

/// The requested slot, however the request names it.
struct Wanted {
    /// None = any agent who is free.
    agent_id: Option<AgentId>,
    appointment_type: AppointmentTypeCode,
    start: DateTime<Utc>,
    agreed_zone: Option<Tz>,
    property_id: Option<PropertyId>,
}

impl Operation for BookAppointment {
    const NAME: &'static str = "BookAppointment";
    const SUMMARY: &'static str = "Books an appointment, with a given agent or with any who is free.";
    const ACCESS: Access = Access::BOOKING;
    const ERRORS: &'static [Code] = &[
        Code::LeadHasAppointment,
        Code::AlreadyScheduled,
        Code::SlotUnavailable,
        Code::HoldNotFound,
        Code::HoldExpired,
        Code::UnknownAgent,
        Code::AgentInactive,
        Code::UnknownAppointmentType,
        Code::InvalidTime,
        Code::InvalidTransition,
    ];
    type Target = Nothing;
    type Request = Booking;
    type Answer = Localized<WholeAppointment>;
}

impl Command for BookAppointment {
    type Api = CommandApi;
    const CREATES: bool = true;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        _: Nothing,
        request: Booking,
    ) -> Result<Accepted<Self::Answer>, Problem> {
        request.check()?;
        let force = rules_to_force(call, request.force.as_deref())?;
        refuse_conditions(call)?;
        // What is said of the channel goes for the event as a whole.
        let mut call = call.clone();
        call.delivery.origin = request.origin.unwrap_or(call.delivery.origin);
        let call = &call;
        // Another lead's hold is none.
        let held = match request.hold_id {
            Some(hold_id) => api.directory.hold(hold_id).await?,
            None => None,
        }
        .filter(|(_, held)| held.lead_id == request.lead_id);
        let wanted = request.wanted(api, held)?;
        let lead_id = request.lead_id;
        let command = domain::BookAppointment {
            appointment_id: AppointmentId::new(api.new_id()),
            lead_id: lead_id.clone(),
            appointment_type: wanted.appointment_type,
            start: wanted.start,
            agreed_zone: wanted.agreed_zone,
            hold_id: request.hold_id,
            property_id: wanted.property_id,
            location: request.location.map(|location| Personal::new(lead_id.clone(), location)),
            notes: request.notes.map(|notes| Personal::new(lead_id.clone(), notes)),
            lead_contact: request.lead_contact.map(|Object(contact)| Personal::new(lead_id, contact)),
            origin: call.delivery.origin,
            confirm: request.confirm.unwrap_or(false),
            claim: None,
            force,
            offers_alternatives: true,
        };
        if wanted.agent_id.is_none() && !command.force.is_empty() {
            return Err(Problem::malformed("agent_id", "is required with force"));
        }
        let booked = match wanted.agent_id {
            Some(agent_id) => {
                api.send_to_agent(call, &agent_id, AgentCommand::BookAppointment(command)).await?
            }
            None => book_with_any(Arc::clone(api), call, command).await?,
        };
        timed(api, booked)
    }
}

impl Booking {
    fn check(&self) -> Result<(), Problem> {
        if let Some(origin @ (Origin::System | Origin::Kafka)) = self.origin {
            let detail = format!("{origin:?} is not said by a sender; leave it out");
            return Err(Problem::malformed("origin", detail));
        }
        let contact = self.lead_contact.as_ref().map(|Object(contact)| contact);
        check_details(self.location.as_ref(), self.notes.as_ref(), contact)
    }

    fn wanted(&self, api: &CommandApi, held: Option<(AgentId, HeldSlot)>) -> Result<Wanted, Problem> {
        let property_id = self.property_id.clone();
        match (&self.start, &self.slot_ref, self.hold_id) {
            (Some(start), None, None) => {
                let (start, agreed_zone) = time_problems::resolve("start", start)?;
                let appointment_type = self.appointment_type.clone();
                let appointment_type = appointment_type
                    .ok_or_else(|| Problem::malformed("appointment_type", "is required with start"))?;
                let agent_id = self.agent_id.clone();
                Ok(Wanted { agent_id, appointment_type, start, agreed_zone, property_id })
            }
            (None, Some(slot_ref), None) => {
                let slot = slot_of(api, slot_ref)?;
                check_matches("agent_id", self.agent_id.as_ref(), &slot.agent_id)?;
                check_matches("appointment_type", self.appointment_type.as_ref(), &slot.appointment_type)?;
                Ok(Wanted {
                    agent_id: Some(slot.agent_id),
                    appointment_type: slot.appointment_type,
                    start: slot.start,
                    agreed_zone: None,
                    property_id,
                })
            }
            (None, None, Some(hold_id)) => {
                let (agent_id, held) = held.ok_or_else(|| holds::not_found(hold_id))?;
                check_matches("agent_id", self.agent_id.as_ref(), &agent_id)?;
                check_matches("appointment_type", self.appointment_type.as_ref(), &held.appointment_type)?;
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
}
