use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::AppointmentTypeCode;

/// A kind of appointment and the rules that its slots follow. Lengths are in minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentType {
    /// The CRM's code.
    pub code: AppointmentTypeCode,
    /// Its name for people, by BCP 47 language tag.
    pub name: BTreeMap<String, String>,
    /// How long it takes.
    pub duration_minutes: u16,
    /// Starts lie on this grid, counted from where each interval of hours begins.
    pub slot_step_minutes: u16,
    /// Time the agent needs free before it.
    pub buffer_before_minutes: u16,
    /// Time the agent needs free after it.
    pub buffer_after_minutes: u16,
    /// How long before its start a slot stops being offered.
    pub min_notice_minutes: u32,
    /// The last bookable date is today plus this many days.
    pub horizon_days: u16,
    /// How many of this type an agent takes on one local date; none = any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_limit: Option<u16>,
    /// Where it takes place.
    pub location_kind: LocationKind,
    /// How long before its start it is released unless the lead has confirmed it by then; none = it is never released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm_before_minutes: Option<u32>,
}

/// Where an appointment takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LocationKind {
    /// At the property: the agent travels.
    Property,
    /// In a video call.
    Video,
    /// By telephone.
    Phone,
}
