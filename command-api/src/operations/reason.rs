//! Why an appointment is moved or cancelled.

use operation::{Problem, check_length};

pub(super) const MAX_REASON: usize = 500;

/// Refuses a reason that is too long to be shown.
pub(super) fn check_reason(reason: Option<&String>) -> Result<(), Problem> {
    check_length("reason", reason.map_or("", String::as_str), MAX_REASON)
}
