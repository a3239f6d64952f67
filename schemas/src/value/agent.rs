use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is known of an agent beside the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgentProfile {
    /// As leads see it.
    pub name: String,
    /// IANA zone in which the agent's weekly hours are read.
    #[schemars(with = "String")]
    pub time_zone: Tz,
    /// Where the agent's own notices go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// In international form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Whether the office's hours are the agent's hours too.
    pub inherits_office_hours: bool,
}
