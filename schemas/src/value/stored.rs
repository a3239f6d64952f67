//! How values that clients send too are read back from events.
//!
//! What a client sends may hold no member that is not known, or a misspelt one would be lost in silence. What is
//! stored may: a later version wrote it.

use chrono::SubsecRound;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::{LeadContact, LocalInterval};
use crate::{LocalTime, Personal};

/// How to reach a lead about one appointment. Personal data: never logged.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "LeadContact")]
#[schemars(rename = "LeadContact")]
pub(crate) struct StoredLeadContact {
    /// What to call the lead.
    #[serde(default)]
    name: Option<String>,
    /// Where confirmations go.
    #[serde(default)]
    email: Option<String>,
    /// In international form.
    #[serde(default)]
    phone: Option<String>,
    /// BCP 47 language tag, such as `es-CL`.
    #[serde(default)]
    locale: Option<String>,
}

/// A wall-clock interval within one date.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "LocalInterval")]
#[schemars(rename = "LocalInterval")]
pub(crate) struct StoredLocalInterval {
    /// From when.
    start_time: LocalTime,
    /// Until when, later than `start_time`.
    end_time: LocalTime,
}

pub(crate) fn lead_contact<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Personal<LeadContact>>, D::Error> {
    #[derive(Deserialize)]
    struct Stored(#[serde(with = "StoredLeadContact")] LeadContact);

    let stored = Option::<Personal<Stored>>::deserialize(deserializer)?;
    Ok(stored.map(|personal| personal.map(|Stored(contact)| contact)))
}

/// A time to the microsecond, which is what a database keeps: whoever folds the event has the same time as whoever reads
/// it back from there.
pub(crate) fn micros<'de, T: Deserialize<'de> + SubsecRound, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    T::deserialize(deserializer).map(|time| time.trunc_subsecs(6))
}

pub(crate) fn intervals<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<LocalInterval>, D::Error> {
    #[derive(Deserialize)]
    struct Stored(#[serde(with = "StoredLocalInterval")] LocalInterval);

    let stored = Vec::<Stored>::deserialize(deserializer)?;
    Ok(stored.into_iter().map(|Stored(interval)| interval).collect())
}
