//! A lead's contact, and what a lead may be written to for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Personal;

/// How to reach a lead. Whatever tells who it is stands in events as [`Personal`], member by member.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeadProfile {
    /// What to call the lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Personal<String>>,
    /// The address for e-mails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Personal<String>>,
    /// In international form (E.164). Several leads may share one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Personal<String>>,
    /// BCP 47 language tag, such as `es-CL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Personal<String>>,
    /// How the lead would rather be written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_channel: Option<ContactChannel>,
}

/// A way to reach a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContactChannel {
    /// By e-mail.
    Email,
    /// By text message.
    Sms,
    /// By a message of `WhatsApp`.
    Whatsapp,
    /// By a call.
    Phone,
}

/// What a lead agrees to be written to for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentPurpose {
    /// Reminders of the lead's own appointments.
    Reminders,
    /// Offers and news.
    Promotion,
}
