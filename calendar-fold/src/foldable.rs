use availability::{AgentCalendar, Booking, ExternalBusy, Hold};
use chrono::{DateTime, Utc};
use schemas::value::Block;
use schemas::{AppointmentId, BlockId, BusyId, HoldId};

/// A calendar into which an agent's events are folded: the calendar itself, or the same calendar in an index.
pub trait Foldable {
    /// Changes owner, zone, hours or date exceptions, or all that a zone moves with it: recurring blocks and whole days.
    fn change(&mut self, change: impl FnOnce(&mut AgentCalendar));
    /// Adds a block; one with the same id is replaced.
    fn block(&mut self, block: Block);
    /// Removes a block.
    fn unblock(&mut self, block_id: BlockId);
    /// Adds a hold; one with the same id is replaced.
    fn hold(&mut self, hold: Hold);
    /// Removes a hold, if it is there.
    fn release_hold(&mut self, hold_id: HoldId);
    /// Adds an appointment; one with the same id is replaced.
    fn book(&mut self, booking: Booking);
    /// Removes an appointment, if it is there.
    fn free(&mut self, appointment_id: AppointmentId);
    /// Adds external busy time; one with the same id is replaced.
    fn record_busy(&mut self, busy: ExternalBusy);
    /// Removes external busy time, if it is there.
    fn remove_busy(&mut self, busy_id: &BusyId);
    /// Drops entries that ended by `instant`.
    fn drop_before(&mut self, instant: DateTime<Utc>);
}

impl Foldable for AgentCalendar {
    fn change(&mut self, change: impl FnOnce(&mut AgentCalendar)) {
        change(self);
    }

    fn block(&mut self, block: Block) {
        Self::block(self, block);
    }

    fn unblock(&mut self, block_id: BlockId) {
        Self::unblock(self, block_id);
    }

    fn hold(&mut self, hold: Hold) {
        Self::hold(self, hold);
    }

    fn release_hold(&mut self, hold_id: HoldId) {
        Self::release_hold(self, hold_id);
    }

    fn book(&mut self, booking: Booking) {
        Self::book(self, booking);
    }

    fn free(&mut self, appointment_id: AppointmentId) {
        Self::free(self, appointment_id);
    }

    fn record_busy(&mut self, busy: ExternalBusy) {
        Self::record_busy(self, busy);
    }

    fn remove_busy(&mut self, busy_id: &BusyId) {
        Self::remove_busy(self, busy_id);
    }

    fn drop_before(&mut self, instant: DateTime<Utc>) {
        Self::drop_before(self, instant);
    }
}
