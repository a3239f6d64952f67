//! The events of a lead: how to reach it, and what it has agreed to.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CommandHadNoEffect;
use crate::value::{ConsentPurpose, ContactChannel, LeadProfile, stored};
use crate::{LeadId, Personal};

super::event_enum! {
    /// The events of a lead.
    LeadEvent {
        LeadRegistered = 1,
        LeadUpdated = 1,
        ConsentGiven = 1,
        ConsentWithdrawn = 1,
        CommandHadNoEffect = 1,
    }
}

/// A lead was registered. It may have booked before, and have agreed to something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeadRegistered {
    /// The lead.
    pub lead_id: LeadId,
    /// Its contact.
    #[serde(flatten)]
    pub profile: LeadProfile,
}

/// A lead's contact changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeadUpdated {
    /// The lead.
    pub lead_id: LeadId,
    /// Its contact now, as a whole.
    #[serde(flatten)]
    pub profile: LeadProfile,
}

/// A lead agreed to be written to for a purpose by a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConsentGiven {
    /// The lead.
    pub lead_id: LeadId,
    /// For what.
    pub purpose: ConsentPurpose,
    /// By which channel.
    pub channel: ContactChannel,
    /// When the lead said so, which may be before it was recorded.
    #[serde(deserialize_with = "stored::micros")]
    pub at: DateTime<Utc>,
    /// Where the lead said so, such as a form or a conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Personal<String>>,
    /// In which words the lead was asked, or agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<Personal<String>>,
}

/// A lead no longer wants to be written to for a purpose by a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConsentWithdrawn {
    /// The lead.
    pub lead_id: LeadId,
    /// For what.
    pub purpose: ConsentPurpose,
    /// By which channel.
    pub channel: ContactChannel,
    /// When the lead said so, which may be before it was recorded.
    #[serde(deserialize_with = "stored::micros")]
    pub at: DateTime<Utc>,
    /// Where the lead said so, such as a form or a conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Personal<String>>,
    /// In which words the lead said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<Personal<String>>,
}
