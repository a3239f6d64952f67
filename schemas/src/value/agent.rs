use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An agent's profile: everything about the agent besides the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgentProfile {
    /// The agent's name as leads see it.
    pub name: String,
    /// IANA zone in which the agent's weekly hours are read.
    #[schemars(with = "String")]
    pub time_zone: Tz,
    /// Where notices to the agent go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// In international form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The agent's own room for video calls, an https address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting_room_url: Option<String>,
    /// Whether the office's hours apply to the agent too.
    pub inherits_office_hours: bool,
}
