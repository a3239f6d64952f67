//! What a clock shows, and which of two times it is.

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use schemas::{LocalDateTime, TimeInput};

use super::phrases::Pass;
use crate::zone;

/// What the clock of a zone shows at an instant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    pub(super) local: NaiveDateTime,
    /// Which of the two it is, if the clock shows it twice.
    pub(super) pass: Option<Pass>,
}

impl Shown {
    pub(super) fn of(instant: DateTime<Utc>, zone: Tz) -> Self {
        let local = zone::local(zone, instant);
        let shown = TimeInput::Local(LocalDateTime { local, zone, offset: None });
        let pass = match zone::resolve(&shown) {
            Err(zone::InvalidTime::Ambiguous { first, second, .. }) => {
                let is_second = local - first != instant.naive_utc();
                Some(Pass { is_second, offset: if is_second { second } else { first } })
            }
            _ => None,
        };
        Self { local, pass }
    }
}
