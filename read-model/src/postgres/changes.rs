//! What a batch of events changes in agents' calendars.

use std::collections::BTreeMap;

use availability::{AgentCalendar, Booking, ExternalBusy, Hold};
use calendar_fold::Foldable;
use chrono::{DateTime, Utc};
use schemas::value::Block;
use schemas::{AgentEvent, AppointmentId, BlockId, BusyId, HoldId};

/// The changes to one agent's calendar in a batch. `Some` replaces an entry, `None` removes it.
#[derive(Debug, Default)]
pub(super) struct CalendarChanges {
    pub(super) bookings: BTreeMap<AppointmentId, Option<CapacityBooking>>,
    pub(super) holds: BTreeMap<HoldId, Option<Hold>>,
    pub(super) busy: BTreeMap<BusyId, Option<SourcedBusy>>,
    pub(super) blocks: BTreeMap<BlockId, Option<Block>>,
    /// Rows from before the batch that ended by then are deleted.
    pub(super) forget_before: Option<DateTime<Utc>>,
    /// The position of the last event that changed the calendar, if one did.
    pub(super) position: Option<u64>,
    /// All of the agent's rules, exceptions and blocks, if the batch changes any of them in a way that depends on the others.
    pub(super) hours: Option<AgentCalendar>,
}

/// A booking with its slot's capacity.
#[derive(Debug)]
pub(super) struct CapacityBooking {
    pub(super) booking: Booking,
    pub(super) max_appointments_per_slot: u16,
}

/// Busy time with the external calendar that it is from.
#[derive(Debug)]
pub(super) struct SourcedBusy {
    pub(super) busy: ExternalBusy,
    pub(super) source: String,
}

/// Whether the event needs [`CalendarChanges::hours`]: it changes hours, or blocks by what they are before it, as another
/// zone of the agent does.
pub(super) fn needs_hours(event: &AgentEvent) -> bool {
    matches!(event, AgentEvent::TimeUnblocked(event) if event.date.is_some())
        || matches!(
            event,
            AgentEvent::AgentRegistered(_)
                | AgentEvent::AgentProfileUpdated(_)
                | AgentEvent::AvailabilityRuleAdded(_)
                | AgentEvent::AvailabilityRuleRemoved(_)
                | AgentEvent::WeeklyHoursReplaced(_)
                | AgentEvent::DateExceptionSet(_)
                | AgentEvent::DateExceptionRemoved(_)
        )
}

/// Folds one event into the changes.
pub(super) struct CalendarEntry<'a> {
    pub(super) changes: &'a mut CalendarChanges,
    pub(super) event: &'a AgentEvent,
}

impl Foldable for CalendarEntry<'_> {
    /// Hours change here, and blocks that are read anew in another zone: zone and inheritance are in the agent's row.
    fn change(&mut self, change: impl FnOnce(&mut AgentCalendar)) {
        let Some(hours) = &mut self.changes.hours else { return };
        let before: BTreeMap<BlockId, Block> =
            hours.blocks().map(|block| (block.block_id, block.clone())).collect();
        change(hours);
        let changed = hours.blocks().filter(|block| before.get(&block.block_id) != Some(block));
        self.changes.blocks.extend(changed.map(|block| (block.block_id, Some(block.clone()))));
    }

    fn block(&mut self, block: Block) {
        if let Some(hours) = &mut self.changes.hours {
            hours.block(block.clone());
        }
        self.changes.blocks.insert(block.block_id, Some(block));
    }

    fn unblock(&mut self, block_id: BlockId) {
        if let Some(hours) = &mut self.changes.hours {
            hours.unblock(block_id);
        }
        self.changes.blocks.insert(block_id, None);
    }

    fn hold(&mut self, hold: Hold) {
        self.changes.holds.insert(hold.hold_id, Some(hold));
    }

    fn release_hold(&mut self, hold_id: HoldId) {
        self.changes.holds.insert(hold_id, None);
    }

    fn book(&mut self, booking: Booking) {
        let max_appointments_per_slot = match self.event {
            AgentEvent::AppointmentBooked(event) => event.max_appointments_per_slot,
            AgentEvent::AppointmentRescheduled(event) => event.max_appointments_per_slot,
            AgentEvent::TimeReserved(event) => event.max_appointments_per_slot,
            AgentEvent::AppointmentReceived(event) => event.appointment.max_appointments_per_slot,
            AgentEvent::AppointmentReinstated(event) => event.appointment.max_appointments_per_slot,
            AgentEvent::AppointmentDetailsChanged(event) => event.appointment.max_appointments_per_slot,
            _ => unreachable!("only these put a booking into a calendar"),
        };
        let id = booking.appointment_id;
        self.changes.bookings.insert(id, Some(CapacityBooking { booking, max_appointments_per_slot }));
    }

    fn free(&mut self, appointment_id: AppointmentId) {
        self.changes.bookings.insert(appointment_id, None);
    }

    fn record_busy(&mut self, busy: ExternalBusy) {
        let source = match self.event {
            AgentEvent::ExternalBusyRecorded(event) => event.source.clone(),
            _ => unreachable!("only this one puts busy time into a calendar"),
        };
        self.changes.busy.insert(busy.busy_id.clone(), Some(SourcedBusy { busy, source }));
    }

    fn remove_busy(&mut self, busy_id: &BusyId) {
        self.changes.busy.insert(busy_id.clone(), None);
    }

    /// Drops past entries of the batch itself; rows from before it are deleted when the batch is written.
    fn drop_before(&mut self, instant: DateTime<Utc>) {
        fn forget<Id, T>(entries: &mut BTreeMap<Id, Option<T>>, is_over: impl Fn(&T) -> bool) {
            for entry in entries.values_mut().filter(|entry| entry.as_ref().is_some_and(&is_over)) {
                *entry = None;
            }
        }
        forget(&mut self.changes.bookings, |entry| entry.booking.end <= instant);
        forget(&mut self.changes.busy, |entry| entry.busy.end <= instant);
        forget(&mut self.changes.holds, |hold| hold.end.min(hold.expires_at) <= instant);
        self.changes.forget_before = self.changes.forget_before.max(Some(instant));
    }
}
