//! The index of active agents' calendars that slots are searched in.

use std::sync::Arc;

use availability::{AgentCalendar, Booking, ExternalBusy, Hold, SlotIndex};
use calendar_fold::{AppointmentDetails, Foldable, StreamTime, fold_agent, fold_office};
use chrono::{DateTime, NaiveDate, Utc};
use schemas::value::Block;
use schemas::{AgentEvent, AgentId, AppointmentId, BlockId, BusyId, HoldId, Metadata, OfficeEvent};

use crate::agent::AgentView;
use crate::calendar::{forget_before, long_before};
use crate::office::OfficeView;

/// Kept beside the state, always at the same position.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) slots: Arc<SlotIndex<AgentId>>,
    /// The time of the log: an agent's own may be no more than one reading of a wrong clock.
    time: StreamTime,
    /// Past entries have been dropped up to this date.
    forgotten_before: NaiveDate,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            slots: Arc::new(SlotIndex::new(OfficeView::default().calendar)),
            time: StreamTime::default(),
            forgotten_before: NaiveDate::MIN,
        }
    }
}

impl Index {
    /// To change them. Searches that are under way keep what they have.
    fn slots(&mut self) -> &mut SlotIndex<AgentId> {
        Arc::make_mut(&mut self.slots)
    }

    pub(crate) fn evolve_office(&mut self, event: &OfficeEvent) {
        self.slots().change_office(|calendar| fold_office(calendar, event));
    }

    /// `view` is the agent after the event.
    pub(crate) fn evolve_agent(
        &mut self,
        event: &AgentEvent,
        view: &AgentView,
        appointment: Option<AppointmentDetails<'_>>,
        metadata: &Metadata,
    ) {
        let agent_id = &view.row.agent_id;
        match event {
            AgentEvent::AgentRegistered(_) => {
                self.slots().insert_agent(agent_id.clone(), view.calendar.clone());
            }
            AgentEvent::AgentDeactivated(_) => drop(self.slots().remove_agent(agent_id)),
            event => {
                let mut entry = Entry { slots: self.slots(), agent_id };
                fold_agent(&mut entry, event, appointment, forget_before(metadata));
            }
        }
        self.time.note(metadata);
        self.forget();
    }

    /// Drops past entries once a day, for all agents at once.
    fn forget(&mut self) {
        let Some(lowest) = self.time.lowest() else { return };
        let before = long_before(lowest).date_naive();
        if self.forgotten_before < before {
            self.forgotten_before = before;
            self.slots().drop_before(before.and_time(chrono::NaiveTime::MIN).and_utc());
        }
    }
}

/// One agent's calendar in the index; changes to an agent that is not in it do nothing.
struct Entry<'a> {
    slots: &'a mut SlotIndex<AgentId>,
    agent_id: &'a AgentId,
}

impl Foldable for Entry<'_> {
    fn change(&mut self, change: impl FnOnce(&mut AgentCalendar)) {
        self.slots.change_agent(self.agent_id, change);
    }

    fn block(&mut self, block: Block) {
        self.slots.block(self.agent_id, block);
    }

    fn unblock(&mut self, block_id: BlockId) {
        self.slots.unblock(self.agent_id, block_id);
    }

    fn hold(&mut self, hold: Hold) {
        self.slots.hold(self.agent_id, hold);
    }

    fn release_hold(&mut self, hold_id: HoldId) {
        self.slots.release_hold(self.agent_id, hold_id);
    }

    fn book(&mut self, booking: Booking) {
        self.slots.book(self.agent_id, booking);
    }

    fn free(&mut self, appointment_id: AppointmentId) {
        self.slots.free(self.agent_id, appointment_id);
    }

    fn record_busy(&mut self, busy: ExternalBusy) {
        self.slots.record_busy(self.agent_id, busy);
    }

    fn remove_busy(&mut self, busy_id: &BusyId) {
        self.slots.remove_busy(self.agent_id, busy_id);
    }

    /// Left to [`Index::forget`].
    fn drop_before(&mut self, _: DateTime<Utc>) {}
}
