//! A decision on one stream that needs something of others: *reserve* there, *commit* here, *settle* there.
//!
//! - **Reserve.** On each other stream a reservation takes what is needed. It has an id of its own, and names the
//!   deciding stream.
//! - **Commit.** One append on the deciding stream is the decision. It is refused if the reservation is fenced.
//! - **Settle.** On the other stream, an open reservation becomes what was decided.
//!
//! An open reservation past its expiry is never simply ignored. Whoever wants what it takes asks the deciding stream: it
//! finds the commit, and settles; or it appends a *fence* there, after which the commit is refused, and then releases
//! the reservation. So neither two machines' clocks are compared, nor can a process that slept in between do harm.
//!
//! The two sides of a stream are [`Reservations`], what others have reserved on it, and [`Commitments`], what it has
//! decided about reservations elsewhere. Both are folded from events; the aggregate says which.
//!
//! An id belongs to one attempt. One that is no longer open is done, and never reserved anew: ids are remembered for
//! [`REMEMBERED`], and no step is tried later than [`LONGEST_ATTEMPT`] after its reservation was made.

mod commitments;
mod recent_ids;
mod reservations;
#[cfg(test)]
mod specs;

use chrono::{DateTime, TimeDelta, Utc};
use schemas::ReservationId;

pub use commitments::{CannotCommit, Commitments, Outcome};
pub use reservations::{Reservation, Reservations};

/// For how long a closed or fenced id is remembered, in the stream's own passed time.
pub const REMEMBERED: TimeDelta = TimeDelta::hours(24);

/// How long after a reservation was made its commit may be tried.
pub const LONGEST_ATTEMPT: TimeDelta = TimeDelta::minutes(10);

/// How long a reservation is left to its own attempt.
pub const EXPIRES_AFTER: TimeDelta = TimeDelta::seconds(10);

/// One attempt at a decision, as the process that makes it knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// The reservation.
    pub reservation_id: ReservationId,
    /// When it was made, by the clock of this process.
    pub made_at: DateTime<Utc>,
}
