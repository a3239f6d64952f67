use std::sync::Arc;

use availability::Localized;
use domain::{AgentCommand, DetailsChange};
use operation::{
    Accepted, Access, Code, Command, CommandCall, Object, Operation, Problem, check_length, check_name,
};
use schemars::JsonSchema;
use schemas::PropertyId;
use schemas::value::LeadContact;
use serde::{Deserialize, Serialize};

use super::answer::{WholeAppointment, timed};
use super::named::{Named, named};
use super::targets::OfAppointment;
use crate::CommandApi;

const MAX_LOCATION: usize = 500;
const MAX_NOTES: usize = 2_000;
const MAX_CONTACT: usize = 320;

/// Changes what is noted about an appointment, and the property it is about.
pub(crate) struct ChangeAppointmentDetails;

/// Members that are left out stay as they are; null = none any more.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NamedDetails {
    /// The property it is about.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "named")]
    #[schemars(with = "Option<PropertyId>")]
    property_id: Option<Named<PropertyId>>,
    /// Address or link.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "named")]
    #[schemars(with = "Option<String>")]
    location: Option<Named<String>>,
    /// Notes for the agent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "named")]
    #[schemars(with = "Option<String>")]
    notes: Option<Named<String>>,
    /// How to reach the lead; it replaces the former contact as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "named")]
    #[schemars(with = "Option<Object<LeadContact>>")]
    lead_contact: Option<Named<Object<LeadContact>>>,
}

impl Operation for ChangeAppointmentDetails {
    const NAME: &'static str = "ChangeAppointmentDetails";
    const SUMMARY: &'static str =
        "Changes the notes, location, lead contact or property of an appointment, those that it names.";
    const ACCESS: Access = Access::OWN_APPOINTMENT;
    const ERRORS: &'static [Code] =
        &[Code::AppointmentNotFound, Code::InvalidTransition, Code::SlotUnavailable, Code::UnknownAgent];
    type Target = OfAppointment;
    type Request = NamedDetails;
    type Answer = Localized<WholeAppointment>;
}

impl Command for ChangeAppointmentDetails {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAppointment { appointment_id }: OfAppointment,
        request: NamedDetails,
    ) -> Result<Accepted<Self::Answer>, Problem> {
        let NamedDetails { property_id, location, notes, lead_contact } = request;
        let change = DetailsChange {
            property_id: property_id.map(|Named(property_id)| property_id),
            location: location.map(|Named(location)| location),
            notes: notes.map(|Named(notes)| notes),
            lead_contact: lead_contact.map(|Named(contact)| contact.map(|Object(contact)| contact)),
        };
        let [location, notes] =
            [&change.location, &change.notes].map(|text| text.as_ref().and_then(Option::as_ref));
        check_details(location, notes, change.lead_contact.as_ref().and_then(Option::as_ref))?;
        let command = AgentCommand::ChangeAppointmentDetails { appointment_id, change: Box::new(change) };
        timed(api, api.send_to_appointment(call, appointment_id, command).await?)
    }
}

/// Refuses what is too long, and a name that nobody can read.
pub(super) fn check_details(
    location: Option<&String>,
    notes: Option<&String>,
    contact: Option<&LeadContact>,
) -> Result<(), Problem> {
    check_length("location", location.map_or("", String::as_str), MAX_LOCATION)?;
    check_length("notes", notes.map_or("", String::as_str), MAX_NOTES)?;
    let Some(contact) = contact else { return Ok(()) };
    contact.name.as_ref().map_or(Ok(()), |name| check_name("lead_contact.name", name, MAX_CONTACT))?;
    for (field, value) in [
        ("lead_contact.email", &contact.email),
        ("lead_contact.phone", &contact.phone),
        ("lead_contact.locale", &contact.locale),
    ] {
        check_length(field, value.as_deref().unwrap_or_default(), MAX_CONTACT)?;
    }
    Ok(())
}
