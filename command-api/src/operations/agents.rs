use std::sync::Arc;

use chrono_tz::Tz;
use domain::{AgentAnswer, AgentCommand, Contact, ProfileChange, check_meeting_room};
use operation::{Accepted, Access, Code, Command, CommandCall, Operation, Problem, check_length, check_name};
use schemars::JsonSchema;
use schemas::value::AgentProfile;
use serde::{Deserialize, Serialize};

use super::answer::foreseen;
use super::named::{Named, given, named};
use super::place_names::place_names;
use super::targets::OfAgent;
use crate::CommandApi;
use crate::impact::Foreseen;

const MAX_NAME: usize = 200;
const MAX_CONTACT: usize = 320;

/// Registers an agent, or replaces an agent's profile.
pub(crate) struct UpdateAgentProfile;

/// An agent's profile; it replaces the former one as a whole.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    /// The name that leads see.
    name: String,
    /// IANA zone in which the agent's hours are read.
    #[schemars(with = "String")]
    time_zone: Tz,
    /// The address for notifications to the agent.
    email: Option<String>,
    /// A number in international form.
    phone: Option<String>,
    /// The agent's own room for video calls, an https address.
    meeting_room_url: Option<String>,
    /// Whether the office's hours are the agent's hours too; true if left out.
    inherits_office_hours: Option<bool>,
    /// The comunas where the agent shows properties, by official name or code; none if left out.
    comunas: Option<Vec<String>>,
    /// The regions of these, by official name or code, to which regional blocks of the office refer; none if left out.
    regions: Option<Vec<String>>,
}

fn check_room(url: Option<&str>) -> Result<(), Problem> {
    let checked = url.map_or(Ok(()), check_meeting_room);
    checked.map_err(|invalid| Problem::malformed("meeting_room_url", invalid.to_string()))
}

impl Operation for UpdateAgentProfile {
    const NAME: &'static str = "UpdateAgentProfile";
    const SUMMARY: &'static str = "Registers an agent, or replaces an agent's profile.";
    const ACCESS: Access = Access::STAFF;
    const ERRORS: &'static [Code] = &[];
    type Target = OfAgent;
    type Request = Profile;
    type Answer = Foreseen<AgentAnswer>;
}

impl Command for UpdateAgentProfile {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAgent { agent_id }: OfAgent,
        request: Profile,
    ) -> Result<Accepted<Foreseen<AgentAnswer>>, Problem> {
        check_name("name", &request.name, MAX_NAME)?;
        check_length("email", request.email.as_deref().unwrap_or_default(), MAX_CONTACT)?;
        check_length("phone", request.phone.as_deref().unwrap_or_default(), MAX_CONTACT)?;
        check_room(request.meeting_room_url.as_deref())?;
        let profile = AgentProfile {
            name: request.name,
            time_zone: request.time_zone,
            email: request.email,
            phone: request.phone,
            meeting_room_url: request.meeting_room_url,
            inherits_office_hours: request.inherits_office_hours.unwrap_or(true),
            comunas: place_names("comunas", &request.comunas.unwrap_or_default())?,
            regions: place_names("regions", &request.regions.unwrap_or_default())?,
        };
        let command = AgentCommand::UpdateAgentProfile { agent_id: agent_id.clone(), profile };
        foreseen(api.send_to_calendar(call, &agent_id, command).await?)
    }
}

/// Changes members of an agent's profile.
pub(crate) struct ChangeAgentProfile;

/// Members that are left out stay as they are.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NamedChange {
    /// The name that leads see.
    #[serde(default, deserialize_with = "given")]
    name: Option<String>,
    /// IANA zone in which the agent's hours are read.
    #[schemars(with = "Option<String>")]
    #[serde(default, deserialize_with = "given")]
    time_zone: Option<Tz>,
    /// The address for notifications to the agent; null = none any more.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "named")]
    #[schemars(with = "Option<String>")]
    email: Option<Named<String>>,
    /// A number in international form; null = none any more.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "named")]
    #[schemars(with = "Option<String>")]
    phone: Option<Named<String>>,
    /// The agent's own room for video calls, an https address; null = none any more.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "named")]
    #[schemars(with = "Option<String>")]
    meeting_room_url: Option<Named<String>>,
    /// Whether the office's hours are the agent's hours too.
    #[serde(default, deserialize_with = "given")]
    inherits_office_hours: Option<bool>,
    /// The comunas where the agent shows properties, by official name or code; in place of the former ones.
    #[serde(default, deserialize_with = "given")]
    comunas: Option<Vec<String>>,
    /// The regions of these, by official name or code; in place of the former ones.
    #[serde(default, deserialize_with = "given")]
    regions: Option<Vec<String>>,
}

impl Operation for ChangeAgentProfile {
    const NAME: &'static str = "ChangeAgentProfile";
    const SUMMARY: &'static str = "Changes the members of an agent's profile that it names.";
    const ACCESS: Access = Access::STAFF;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent, Code::AgentInactive];
    type Target = OfAgent;
    type Request = NamedChange;
    type Answer = Foreseen<AgentAnswer>;
}

impl Command for ChangeAgentProfile {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAgent { agent_id }: OfAgent,
        request: NamedChange,
    ) -> Result<Accepted<Foreseen<AgentAnswer>>, Problem> {
        let NamedChange {
            name,
            time_zone,
            email,
            phone,
            meeting_room_url,
            inherits_office_hours,
            comunas,
            regions,
        } = request;
        name.as_ref().map_or(Ok(()), |name| check_name("name", name, MAX_NAME))?;
        for (field, contact) in [("email", &email), ("phone", &phone)] {
            let contact = contact.as_ref().and_then(|Named(contact)| contact.as_deref());
            check_length(field, contact.unwrap_or_default(), MAX_CONTACT)?;
        }
        check_room(meeting_room_url.as_ref().and_then(|Named(room)| room.as_deref()))?;
        let contact = |Named(contact)| Contact(contact);
        let change = ProfileChange {
            name,
            time_zone,
            email: email.map(contact),
            phone: phone.map(contact),
            meeting_room_url: meeting_room_url.map(contact),
            inherits_office_hours,
            comunas: comunas.map(|comunas| place_names("comunas", &comunas)).transpose()?,
            regions: regions.map(|regions| place_names("regions", &regions)).transpose()?,
        };
        foreseen(api.send_to_calendar(call, &agent_id, AgentCommand::ChangeAgentProfile { change }).await?)
    }
}

/// Deactivates an agent, who then takes no new appointments.
pub(crate) struct DeactivateAgent;

/// What to do about upcoming appointments.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deactivation {
    /// Deactivate the agent although there are upcoming appointments, which stay.
    #[serde(default)]
    keep_appointments: bool,
}

impl Operation for DeactivateAgent {
    const NAME: &'static str = "DeactivateAgent";
    const SUMMARY: &'static str = "Deactivates an agent, who then takes no new appointments.";
    const ACCESS: Access = Access::STAFF;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent, Code::AgentHasUpcomingAppointments];
    type Target = OfAgent;
    type Request = Deactivation;
    type Answer = Foreseen<AgentAnswer>;
}

impl Command for DeactivateAgent {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAgent { agent_id }: OfAgent,
        Deactivation { keep_appointments }: Deactivation,
    ) -> Result<Accepted<Foreseen<AgentAnswer>>, Problem> {
        let command = AgentCommand::DeactivateAgent { keep_appointments };
        foreseen(api.send_to_calendar(call, &agent_id, command).await?)
    }
}
