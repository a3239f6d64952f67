//! Blocks of a property.

use std::collections::BTreeSet;

use availability::block_occurrences;
use chrono::{DateTime, NaiveDate, Utc};
use schemas::event::{PropertyBlockChanged, PropertyBlocked, PropertyEvent, PropertyUnblocked};
use schemas::value::Block;
use schemas::{AppointmentId, BlockId};

use super::hours::check_room;
use super::{Property, PropertyRejection};
use crate::block::{MAX_EXCEPTIONS, OccurrenceRefusal, leaves_out, with_moved};
use crate::visit_time::VisitTime;
use crate::{BlockRequest, BlockedTime, OnOverlap, Overlap};

const MAX_BLOCKS: usize = 1_000;
/// Every query about a day has to look at each of them.
const MAX_RECURRING_BLOCKS: usize = 100;

impl Property {
    pub(super) fn decide_block(
        &self,
        request: &BlockRequest,
        on_overlap: OnOverlap,
        now: DateTime<Utc>,
    ) -> Result<Vec<PropertyEvent>, PropertyRejection> {
        let registration = self.registered()?;
        let block = request.in_zone(registration.profile.time_zone)?;
        if self.calendar.find_block(block.block_id) == Some(&block) {
            return Ok(Vec::new());
        }
        check_room("blocks", self.calendar.blocks().count() + 1, MAX_BLOCKS)?;
        if block.recurrence.is_some() {
            check_room("blocks that recur", self.calendar.recurring_blocks() + 1, MAX_RECURRING_BLOCKS)?;
        }
        self.check_overlaps(None, &block, on_overlap, now)?;
        Ok(vec![PropertyBlocked { property_id: registration.property_id.clone(), block }.into()])
    }

    pub(super) fn decide_change_block(
        &self,
        request: &BlockRequest,
        on_overlap: OnOverlap,
        now: DateTime<Utc>,
    ) -> Result<Vec<PropertyEvent>, PropertyRejection> {
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
    ) -> Result<Vec<PropertyEvent>, PropertyRejection> {
        let known = self.block(block_id)?;
        let block = with_moved(known, date, time).map_err(|refusal| of_occurrence(refusal, date))?;
        self.decide_replace(known, block, on_overlap, now)
    }

    pub(super) fn decide_skip_occurrence(
        &self,
        block_id: BlockId,
        date: NaiveDate,
    ) -> Result<Vec<PropertyEvent>, PropertyRejection> {
        let property_id = self.registered()?.property_id.clone();
        let is_new =
            leaves_out(self.block(block_id)?, date).map_err(|refusal| of_occurrence(refusal, date))?;
        let event = is_new.then(|| PropertyUnblocked { property_id, block_id, date: Some(date) }.into());
        Ok(event.into_iter().collect())
    }

    pub(super) fn decide_unblock(&self, block_id: BlockId) -> Result<Vec<PropertyEvent>, PropertyRejection> {
        let property_id = self.registered()?.property_id.clone();
        self.block(block_id)?;
        Ok(vec![PropertyUnblocked { property_id, block_id, date: None }.into()])
    }

    fn block(&self, block_id: BlockId) -> Result<&Block, PropertyRejection> {
        self.registered()?;
        self.calendar.find_block(block_id).ok_or(PropertyRejection::BlockNotFound)
    }

    fn decide_replace(
        &self,
        known: &Block,
        block: Block,
        on_overlap: OnOverlap,
        now: DateTime<Utc>,
    ) -> Result<Vec<PropertyEvent>, PropertyRejection> {
        if *known == block {
            return Ok(Vec::new());
        }
        self.check_overlaps(Some(known), &block, on_overlap, now)?;
        Ok(vec![PropertyBlockChanged { property_id: self.registered()?.property_id.clone(), block }.into()])
    }

    /// Refuses a block that visits overlap, unless they are to be kept. Those that overlap the block as it was do not
    /// count: they were kept then.
    fn check_overlaps(
        &self,
        before: Option<&Block>,
        block: &Block,
        on_overlap: OnOverlap,
        now: DateTime<Utc>,
    ) -> Result<(), PropertyRejection> {
        if on_overlap == OnOverlap::Keep {
            return Ok(());
        }
        let known = before.map_or_else(Vec::new, |before| self.overlapped_by(before, now));
        let known: BTreeSet<AppointmentId> = known.iter().map(|overlap| overlap.appointment_id).collect();
        let mut overlaps = self.overlapped_by(block, now);
        overlaps.retain(|overlap| !known.contains(&overlap.appointment_id));
        if overlaps.is_empty() { Ok(()) } else { Err(PropertyRejection::BlockOverlapsAppointments(overlaps)) }
    }

    /// Visits that are not over and that an occurrence of the block overlaps, in time order.
    fn overlapped_by(&self, block: &Block, now: DateTime<Utc>) -> Vec<Overlap> {
        let time_zone = self.calendar.time_zone();
        let mut overlapped: Vec<_> = self.visits.open().map(|open| open.visit).collect();
        overlapped.retain(|visit| {
            visit.hold_id.is_none()
                && visit.end > now
                && !block_occurrences(block, time_zone, visit.interval()).is_empty()
        });
        overlapped.sort_by_key(|visit| visit.start);
        let overlap =
            |VisitTime { appointment_id, start, end, .. }| Overlap { appointment_id, start, end, time_zone };
        overlapped.into_iter().map(overlap).collect()
    }
}

fn of_occurrence(refusal: OccurrenceRefusal, date: NaiveDate) -> PropertyRejection {
    match refusal {
        OccurrenceRefusal::NotFound => PropertyRejection::OccurrenceNotFound(date),
        OccurrenceRefusal::TooMany => {
            PropertyRejection::CalendarFull { kind: "exceptions of one block", max: MAX_EXCEPTIONS }
        }
        OccurrenceRefusal::Invalid(invalid) => invalid.into(),
    }
}
