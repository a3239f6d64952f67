//! A time with its wall clock, as answers carry it beside `start` and `end`.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::timestamp::{of_the_minute, to_the_minute};

/// A time as people read it. [`Wording::time`](crate::Wording::time) makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TimeText {
    /// The start in local time of `zone`, `YYYY-MM-DDTHH:MM`.
    #[serde(serialize_with = "to_the_minute", deserialize_with = "of_the_minute")]
    #[schemars(with = "String")]
    pub local: NaiveDateTime,
    /// The weekday of `local`, in the office's language.
    pub weekday: Arc<str>,
    /// The zone of `local`.
    #[schemars(with = "String")]
    pub zone: Tz,
    /// Date, start and end in the office's language. Of a wall-clock time that happens twice it says which one.
    pub text: String,
}

/// A start and an end, as people read them too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LocalizedInterval {
    /// When it starts.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// The same for people.
    #[serde(flatten)]
    pub time: TimeText,
}

/// An entry that has a time, with that time as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Localized<T> {
    /// The entry.
    #[serde(flatten)]
    pub entry: T,
    /// Its time.
    #[serde(flatten)]
    pub time: TimeText,
}

/// An entry that has a time, as it is stored; in answers also with that time as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InWords<T> {
    /// The entry.
    #[serde(flatten)]
    pub entry: T,
    /// Its time; only in answers.
    #[serde(flatten)]
    pub time: Option<TimeText>,
}

impl<T> From<T> for InWords<T> {
    fn from(entry: T) -> Self {
        Self { entry, time: None }
    }
}

impl<T> Deref for InWords<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.entry
    }
}

impl<T> DerefMut for InWords<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.entry
    }
}

impl<T> Deref for Localized<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.entry
    }
}
