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
    /// The comunas where the agent shows properties, by official name or code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comunas: Vec<String>,
    /// The regions of these, by official name or code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
}

impl AgentProfile {
    /// The regions and comunas, which regional blocks of the office name.
    pub fn places(&self) -> Vec<String> {
        self.regions.iter().chain(&self.comunas).cloned().collect()
    }
}
