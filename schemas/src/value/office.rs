use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PartsOfDay;

/// Settings of the whole agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OfficePolicy {
    /// The agency's name.
    pub name: String,
    /// IANA zone in which office hours and office blocks are read.
    #[schemars(with = "String")]
    pub time_zone: Tz,
    /// BCP 47 language tag of texts for people.
    pub locale: String,
    /// Least gap between two visits of one agent at different properties; 0 = none.
    pub travel_minutes: u16,
    /// How many live holds one lead may have on one agent.
    pub max_holds_per_lead: u16,
    /// The link of a video call with an agent who has no room, an https address with `{appointment_id}` in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting_link_template: Option<String>,
    /// What the office means by each part of the day: when a slot of it starts, by the wall clock.
    #[serde(default)]
    pub parts_of_day: PartsOfDay,
}
