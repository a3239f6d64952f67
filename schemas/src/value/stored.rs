//! How values that clients also send are read back from events.
//!
//! A client's value may not have unknown members, or a misspelt one would be silently lost. A stored value may: a later
//! version may have written it.

use std::collections::BTreeMap;

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

/// A wall-clock interval that begins on a date.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "LocalInterval")]
#[schemars(rename = "LocalInterval")]
pub(crate) struct StoredLocalInterval {
    /// When it starts.
    start_time: LocalTime,
    /// When it ends; if before `start_time`, on the next date.
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

/// A time to the microsecond, as databases keep it, so that folding the event and reading the database give the same
/// time.
pub(crate) fn micros<'de, T: Deserialize<'de> + SubsecRound, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    T::deserialize(deserializer).map(|time| time.trunc_subsecs(6))
}

/// The same of a time that may be left out.
pub(crate) fn maybe_micros<'de, T: Deserialize<'de> + SubsecRound, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::<T>::deserialize(deserializer).map(|time| time.map(|time| time.trunc_subsecs(6)))
}

pub(crate) fn intervals<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<LocalInterval>, D::Error> {
    #[derive(Deserialize)]
    struct Stored(#[serde(with = "StoredLocalInterval")] LocalInterval);

    let stored = Vec::<Stored>::deserialize(deserializer)?;
    Ok(stored.into_iter().map(|Stored(interval)| interval).collect())
}

pub(crate) fn intervals_by<'de, K: Deserialize<'de> + Ord, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<K, LocalInterval>, D::Error> {
    #[derive(Deserialize)]
    struct Stored(#[serde(with = "StoredLocalInterval")] LocalInterval);

    let stored = BTreeMap::<K, Stored>::deserialize(deserializer)?;
    Ok(stored.into_iter().map(|(key, Stored(interval))| (key, interval)).collect())
}
