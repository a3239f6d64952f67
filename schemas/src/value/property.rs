//! A property: where it is, who shows it and how it may be visited.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Coordinates, VisitApproval, stored};
use crate::{AgentId, Secret};

/// Everything about a property besides its hours, its blocks and the whereabouts of its keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PropertyProfile {
    /// What to call it, such as `Departamento de 2 dormitorios en Ñuñoa`.
    pub title: String,
    /// Street, number and what else finds the door.
    pub address: String,
    /// The comuna's official name.
    pub comuna: String,
    /// The comuna's official code (CUT), whose first two digits are the region's.
    pub comuna_code: String,
    /// The region's official name.
    pub region: String,
    /// IANA zone in which its hours are read.
    #[schemars(with = "String")]
    pub time_zone: Tz,
    /// Where it is on the map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinates: Option<Coordinates>,
    /// The agents who may show it; none = by area.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agent_ids: Vec<AgentId>,
    /// How long before its start a visit has to be booked, in minutes.
    #[serde(default)]
    pub notice_minutes: u32,
    /// How many visits it may have at once.
    #[serde(flatten)]
    pub overlap: VisitOverlap,
    /// How many visits it may have in a while.
    #[serde(default)]
    pub caps: VisitCaps,
    /// Who says of each visit that it may take place; none = nobody has to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<VisitApproval>,
    /// How to get in. Only the agent of a confirmed visit is told, shortly before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_instructions: Option<Secret>,
}

/// How many visits a property may have at once, over all agents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "overlap", rename_all = "snake_case")]
pub enum VisitOverlap {
    /// One.
    #[default]
    Exclusive,
    /// Up to a number.
    Shared {
        /// The number.
        simultaneous_visits: u16,
    },
    /// Any number; who comes later is told who is there.
    Announced,
}

/// How many visits a property may have in a while, by its own zone's calendar; none = any number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VisitCaps {
    /// On one date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u16>,
    /// From a Monday to the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_week: Option<u16>,
}

/// Where the keys of a property are: with an agent, or at a place, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyWhereabouts {
    /// The agent who has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// The place where they are, such as `oficina` or `conserjería`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Since when, as it was recorded.
    #[serde(deserialize_with = "stored::micros")]
    pub since: DateTime<Utc>,
}
