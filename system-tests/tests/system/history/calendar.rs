//! What takes an agent's time at one moment.

use std::sync::Arc;

use chrono::{DateTime, Utc};

pub(crate) type Slot = (DateTime<Utc>, DateTime<Utc>);

/// Everything that takes an agent's time.
pub(crate) type Calendar = Vec<Arc<Live>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    Appointment,
    Hold,
    Reservation,
    Block,
}

/// Something that takes an agent's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Live {
    pub(crate) id: String,
    /// The appointment that a reservation is for; otherwise the id again.
    pub(crate) of: String,
    pub(crate) takes: Takes,
    pub(crate) slot: Slot,
    /// The operation that took the time.
    pub(crate) operation: String,
    /// The lead it is for: nobody's own hold is in their way.
    pub(crate) lead: String,
    /// Of holds.
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

impl Live {
    pub(crate) fn overlaps(&self, (start, end): Slot) -> bool {
        self.slot.0 < end && start < self.slot.1
    }

    pub(crate) fn is_hold(&self) -> bool {
        self.takes == Takes::Hold
    }

    pub(crate) fn is_block(&self) -> bool {
        self.takes == Takes::Block
    }

    /// Whether it is a hold that is over by then.
    pub(crate) fn has_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= now)
    }

    /// Whether it has to be kept away from what the lead takes there.
    pub(crate) fn is_in_the_way(&self, slot: Slot, lead: &str, now: DateTime<Utc>) -> bool {
        let is_own_hold = self.is_hold() && self.lead == lead;
        self.overlaps(slot) && !is_own_hold && !self.has_expired(now)
    }
}

/// Whether one more fits beside all of these but the one that moves: alone, or at exactly the same time as fewer others
/// than may share a slot. Blocks keep away as well.
pub(crate) fn has_room<'a>(
    calendar: impl IntoIterator<Item = &'a Live>,
    slot: Slot,
    capacity: usize,
    moving: &str,
) -> bool {
    let mut others = calendar.into_iter().filter(|live| live.overlaps(slot) && live.id != moving);
    let mut count = 0;
    others.all(|live| {
        count += 1;
        live.slot == slot && !live.is_block()
    }) && count < capacity
}
