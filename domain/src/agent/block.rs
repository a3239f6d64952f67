//! Blocks and external busy time of an agent.

use std::collections::BTreeSet;

use availability::{Interval, block_occurrences, zone};
use chrono::{DateTime, NaiveDate, SubsecRound, TimeDelta, Utc};
use schemas::event::{
    AgentEvent, BlockChanged, ExternalBusyRecorded, ExternalBusyRemoved, TimeBlocked, TimeUnblocked,
};
use schemas::value::Block;
use schemas::{AppointmentId, BlockId, BusyId};

use super::evolve::KEPT_PAST_DAYS;
use super::hours::check_room;
use super::{Agent, AgentRejection, OnOverlap, Overlap};
use crate::block::{MAX_EXCEPTIONS, OccurrenceRefusal, leaves_out, with_moved};
use crate::{BlockRequest, BlockedTime};

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
        self.check_overlaps(None, &block, on_overlap, now)?;
        Ok(vec![TimeBlocked { block }.into()])
    }

    pub(super) fn decide_change_block(
        &self,
        request: &BlockRequest,
        on_overlap: OnOverlap,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        let time_zone = self.registered()?.profile.time_zone;
        let known = self.block(request.block_id)?;
        let block = request.replacing(known, time_zone)?;
        if block.recurrence.is_some() && known.recurrence.is_none() {
            check_room("blocks that recur", self.calendar.recurring_blocks() + 1, MAX_RECURRING_BLOCKS)?;
        }
        self.decide_replace(known, block, on_overlap, now)
    }

    pub(super) fn decide_move_occurrence(
        &self,
        block_id: BlockId,
        date: NaiveDate,
        time: &BlockedTime,
        on_overlap: OnOverlap,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        let known = self.block(block_id)?;
        let block = with_moved(known, date, time).map_err(|refusal| of_occurrence(refusal, date))?;
        self.decide_replace(known, block, on_overlap, now)
    }

    pub(super) fn decide_skip_occurrence(
        &self,
        block_id: BlockId,
        date: NaiveDate,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        let is_new =
            leaves_out(self.block(block_id)?, date).map_err(|refusal| of_occurrence(refusal, date))?;
        let event = is_new.then(|| TimeUnblocked { block_id, date: Some(date) }.into());
        Ok(event.into_iter().collect())
    }

    pub(super) fn decide_unblock(&self, block_id: BlockId) -> Result<Vec<AgentEvent>, AgentRejection> {
        self.block(block_id)?;
        Ok(vec![TimeUnblocked { block_id, date: None }.into()])
    }

    fn block(&self, block_id: BlockId) -> Result<&Block, AgentRejection> {
        self.registered()?;
        self.calendar.find_block(block_id).ok_or(AgentRejection::BlockNotFound)
    }

    fn decide_replace(
        &self,
        known: &Block,
        block: Block,
        on_overlap: OnOverlap,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        if *known == block {
            return Ok(Vec::new());
        }
        self.check_overlaps(Some(known), &block, on_overlap, now)?;
        Ok(vec![BlockChanged { block }.into()])
    }

    /// Refuses a block that appointments overlap, unless they are to be kept. Those that overlap the block as it was do not
    /// count: they were kept then.
    fn check_overlaps(
        &self,
        before: Option<&Block>,
        block: &Block,
        on_overlap: OnOverlap,
        now: DateTime<Utc>,
    ) -> Result<(), AgentRejection> {
        if on_overlap == OnOverlap::Keep {
            return Ok(());
        }
        let known = before.map_or_else(Vec::new, |before| self.overlapped_by(before, now));
        let known: BTreeSet<AppointmentId> = known.iter().map(|overlap| overlap.appointment_id).collect();
        let mut overlaps = self.overlapped_by(block, now);
        overlaps.retain(|overlap| !known.contains(&overlap.appointment_id));
        if overlaps.is_empty() { Ok(()) } else { Err(AgentRejection::BlockOverlapsAppointments(overlaps)) }
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
            !block_occurrences(block, self.calendar.time_zone(), range).is_empty()
        });
        overlaps
    }
}

fn of_occurrence(refusal: OccurrenceRefusal, date: NaiveDate) -> AgentRejection {
    match refusal {
        OccurrenceRefusal::NotFound => AgentRejection::OccurrenceNotFound(date),
        OccurrenceRefusal::TooMany => {
            AgentRejection::CalendarFull { kind: "exceptions of one block", max: MAX_EXCEPTIONS }
        }
        OccurrenceRefusal::Invalid(invalid) => invalid.into(),
    }
}
