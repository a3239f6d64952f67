use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use schemas::ReservationId;
use serde::{Deserialize, Serialize};

use super::recent_ids::RecentIds;

/// An open reservation on a stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reservation<T> {
    /// The stream on which it is decided.
    pub deciding_stream: String,
    /// From then on, whoever wants what it takes may have it decided.
    pub expires_at: DateTime<Utc>,
    /// What it takes.
    pub what: T,
}

/// What decisions on other streams have reserved on this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reservations<T> {
    open: BTreeMap<ReservationId, Reservation<T>>,
    closed: RecentIds,
}

impl<T> Default for Reservations<T> {
    fn default() -> Self {
        Self { open: BTreeMap::new(), closed: RecentIds::default() }
    }
}

impl<T> Reservations<T> {
    /// The open reservation of this id.
    pub fn find(&self, id: ReservationId) -> Option<&Reservation<T>> {
        self.open.get(&id)
    }

    /// The open reservations.
    pub fn open(&self) -> impl Iterator<Item = (ReservationId, &Reservation<T>)> {
        self.open.iter().map(|(id, reservation)| (*id, reservation))
    }

    /// Whether the id was used on this stream, and so must not be used again.
    pub fn knows(&self, id: ReservationId) -> bool {
        self.open.contains_key(&id) || self.closed.contains(id)
    }

    /// A reservation was made.
    pub(crate) fn reserved(&mut self, id: ReservationId, reservation: Reservation<T>) {
        self.open.insert(id, reservation);
    }

    /// A reservation was settled or released; `passed` is the stream's passed time.
    pub(crate) fn closed(&mut self, id: ReservationId, passed: TimeDelta) {
        self.open.remove(&id);
        self.closed.note(id, passed);
    }
}
