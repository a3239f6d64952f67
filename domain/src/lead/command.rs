//! The commands on a lead.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use schemas::value::{ConsentPurpose, ContactChannel, LeadProfile};
use schemas::{LeadId, Personal};
use serde::{Deserialize, Serialize};

/// The commands on a lead.
#[derive(Debug, Clone, PartialEq)]
pub enum LeadCommand {
    /// Register it, or replace its contact as a whole.
    RegisterLead {
        /// The lead.
        lead_id: LeadId,
        /// Its contact.
        profile: LeadProfile,
    },
    /// Change its contact; one that was never registered is registered by it.
    UpdateLead {
        /// The lead.
        lead_id: LeadId,
        /// What changes.
        change: LeadChange,
    },
    /// It agrees to be written to.
    GiveConsent {
        /// The lead.
        lead_id: LeadId,
        /// What it said.
        statement: ConsentStatement,
    },
    /// It no longer wants to be written to.
    WithdrawConsent {
        /// The lead.
        lead_id: LeadId,
        /// What it said.
        statement: ConsentStatement,
    },
}

/// What becomes of each member of a lead's contact.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LeadChange {
    /// What to call the lead.
    pub name: Change<Personal<String>>,
    /// The address for e-mails.
    pub email: Change<Personal<String>>,
    /// In international form.
    pub phone: Change<Personal<String>>,
    /// BCP 47 language tag.
    pub locale: Change<Personal<String>>,
    /// How the lead would rather be written to.
    pub preferred_channel: Change<ContactChannel>,
}

/// What becomes of a member that there need not be.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Change<T> {
    /// It stays as it is.
    #[default]
    Kept,
    /// It has this value.
    Set(T),
    /// It has none any more.
    Removed,
}

impl<T: Clone> Change<T> {
    pub(super) fn applied_to(&self, known: Option<&T>) -> Option<T> {
        match self {
            Self::Kept => known.cloned(),
            Self::Set(value) => Some(value.clone()),
            Self::Removed => None,
        }
    }
}

/// What a lead said about being written to.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsentStatement {
    /// For what.
    pub purpose: ConsentPurpose,
    /// By which channel.
    pub channel: ContactChannel,
    /// When it said so; none = now.
    pub at: Option<DateTime<Utc>>,
    /// Where it said so.
    pub source: Personal<String>,
    /// In which words.
    pub wording: Option<Personal<String>>,
}

impl LeadCommand {
    /// Its name in metrics and traces.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RegisterLead { .. } => "register_lead",
            Self::UpdateLead { .. } => "update_lead",
            Self::GiveConsent { .. } => "give_consent",
            Self::WithdrawConsent { .. } => "withdraw_consent",
        }
    }

    /// The lead.
    pub const fn lead_id(&self) -> &LeadId {
        match self {
            Self::RegisterLead { lead_id, .. }
            | Self::UpdateLead { lead_id, .. }
            | Self::GiveConsent { lead_id, .. }
            | Self::WithdrawConsent { lead_id, .. } => lead_id,
        }
    }
}

/// The answer of an accepted command on a lead: the lead, without what is personal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeadAnswer {
    /// The lead.
    pub lead_id: LeadId,
    /// How the lead would rather be written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_channel: Option<ContactChannel>,
    /// What it said last about each purpose and channel.
    pub consents: Vec<ConsentAnswer>,
    /// The members that had a value and have none any more, as they were left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reset: Vec<String>,
}

/// What a lead said last about a purpose and a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConsentAnswer {
    /// For what.
    pub purpose: ConsentPurpose,
    /// By which channel.
    pub channel: ContactChannel,
    /// Whether it may be written to.
    pub given: bool,
    /// When it said so.
    pub at: DateTime<Utc>,
}
