use availability::{AgentCalendar, Booking, ExternalBusy, Hold};
use chrono::{DateTime, Utc};
use schemas::value::Block;
use schemas::{AppointmentId, BlockId, BusyId, HoldId};

/// What an agent's events are folded into: the calendar itself, or the same calendar in an index.
pub trait Foldable {
    /// Changes zone, hours or date exceptions.
    fn change(&mut self, change: impl FnOnce(&mut AgentCalendar));
    /// Takes time out; the same id replaces.
    fn block(&mut self, block: Block);
    /// Lifts a block.
    fn unblock(&mut self, block_id: BlockId);
    /// Sets a slot aside; the same id replaces.
    fn hold(&mut self, hold: Hold);
    /// Gives a hold back, if there is one.
    fn release_hold(&mut self, hold_id: HoldId);
    /// Takes an appointment in; the same id replaces.
    fn book(&mut self, booking: Booking);
    /// Frees the time of an appointment, if it takes any.
    fn free(&mut self, appointment_id: AppointmentId);
    /// Takes in what an external calendar shows; the same id replaces.
    fn record_busy(&mut self, busy: ExternalBusy);
    /// Takes that out, if it is there.
    fn remove_busy(&mut self, busy_id: &BusyId);
    /// Forgets what is over.
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
