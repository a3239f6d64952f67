//! Blocks and external busy time of an agent.

use availability::{Interval, block_occurrences, zone};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use schemas::event::{AgentEvent, ExternalBusyRecorded, ExternalBusyRemoved, TimeBlocked, TimeUnblocked};
use schemas::value::Block;
use schemas::{BlockId, BusyId};

use super::evolve::KEPT_PAST_DAYS;
use super::hours::check_room;
use super::{Agent, AgentRejection, OnOverlap, Overlap};
use crate::BlockRequest;

const MAX_BLOCKS: usize = 1_000;
/// Every query about a day has to look at each of them.
const MAX_RECURRING_BLOCKS: usize = 100;
const MAX_EXTERNAL_BUSY: usize = 10_000;

impl Agent {
    pub(super) fn decide_block(
        &self,
        request: &BlockRequest,
        on_overlap: OnOverlap,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        let block = request.in_zone(self.registered()?.profile.time_zone)?;
        if self.calendar.find_block(block.block_id) == Some(&block) {
            return Ok(Vec::new());
        }
        check_room("blocks", self.calendar.blocks().count() + 1, MAX_BLOCKS)?;
        if block.recurrence.is_some() {
            check_room("blocks that recur", self.calendar.recurring_blocks() + 1, MAX_RECURRING_BLOCKS)?;
        }
        let overlaps = self.overlapped_by(&block, now);
        if on_overlap == OnOverlap::Refuse && !overlaps.is_empty() {
            return Err(AgentRejection::BlockOverlapsAppointments(overlaps));
        }
        Ok(vec![TimeBlocked { block }.into()])
    }

    pub(super) fn decide_unblock(&self, block_id: BlockId) -> Result<Vec<AgentEvent>, AgentRejection> {
        self.registered()?;
        if self.calendar.find_block(block_id).is_none() {
            return Err(AgentRejection::BlockNotFound);
        }
        Ok(vec![TimeUnblocked { block_id }.into()])
    }

    pub(super) fn decide_record_busy(
        &self,
        busy_id: &BusyId,
        source: &str,
        time: Interval,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        self.registered()?;
        // External calendars may give nanoseconds; events have microseconds.
        let time = Interval { start: time.start.trunc_subsecs(6), end: time.end.trunc_subsecs(6) };
        zone::check_instant(time.start)?;
        zone::check_instant(time.end)?;
        if time.is_empty() {
            return Err(AgentRejection::EndsBeforeStart);
        }
        let known = self.calendar.find_busy(busy_id);
        // Otherwise every sync would record again what the calendar has dropped as past.
        let long_past = time.end <= now - TimeDelta::days(KEPT_PAST_DAYS);
        if known.map_or(long_past, |busy| busy.interval() == time) {
            return Ok(Vec::new());
        }
        let new = usize::from(known.is_none());
        check_room("external busy times", self.calendar.external_busy().count() + new, MAX_EXTERNAL_BUSY)?;
        let Interval { start, end } = time;
        Ok(vec![
            ExternalBusyRecorded { busy_id: busy_id.clone(), source: source.to_owned(), start, end }.into(),
        ])
    }

    pub(super) fn decide_remove_busy(&self, busy_id: &BusyId) -> Result<Vec<AgentEvent>, AgentRejection> {
        self.registered()?;
        if self.calendar.find_busy(busy_id).is_none() {
            return Err(AgentRejection::ExternalBusyNotFound);
        }
        Ok(vec![ExternalBusyRemoved { busy_id: busy_id.clone() }.into()])
    }

    /// Appointments that are not over and that an occurrence of the block overlaps, in time order.
    fn overlapped_by(&self, block: &Block, now: DateTime<Utc>) -> Vec<Overlap> {
        let mut overlaps = self.not_over(now);
        overlaps.retain(|overlap| {
            let range = Interval { start: overlap.start, end: overlap.end };
            !block_occurrences(block, range).is_empty()
        });
        overlaps
    }
}
