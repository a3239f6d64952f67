//! A search for free slots in an index.

use std::sync::Arc;

use availability::{OnePer, Searched, Selection, Slot, SlotIndex, SlotQuery, zone};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use schemas::AgentId;

use crate::budget::{Budget, CostlyQueries, OF_A_START};
use crate::calendar::recurring_blocks;
use crate::moving::Moving;
use crate::office::OfficeView;
use crate::page::Cursor;
use crate::slot_question::SlotQuestion;
use crate::slots::page_of;
use crate::spread::Pieces;
use crate::{OfferedSlot, Page, QueryError, Shown};

/// What a search may cost on a thread that serves requests: some 10 ms.
const QUICK: usize = 50_000;

/// Days on which most offices are closed, in a week.
const A_WEEKEND: i64 = 2;

/// A search in an index over the active agents.
#[derive(Debug, Clone)]
pub(crate) struct IndexSearch {
    pub(crate) index: Arc<SlotIndex<AgentId>>,
    pub(crate) office: Arc<OfficeView>,
    pub(crate) question: SlotQuestion,
    /// The appointment that is to be moved, if the search is for that; `index` is then [`Moving::index`].
    pub(crate) moving: Option<Arc<Moving>>,
    pub(crate) now: DateTime<Utc>,
}

/// What a search offers.
pub(crate) struct Offered {
    pub(crate) page: Page<OfferedSlot>,
    /// Whether the page would be the same if the search went on to later starts.
    #[cfg(feature = "postgres")]
    pub(crate) is_settled: bool,
}

/// The slots found, in the order of time.
struct Found {
    slots: Vec<(AgentId, Slot)>,
    /// Where the search ended for its cost.
    searched_until: Option<DateTime<Utc>>,
    /// Whether it has found all that it was to find.
    is_full: bool,
}

/// Whether a search may cost so much more.
type Allow<'a> = &'a mut dyn FnMut(usize) -> bool;

impl IndexSearch {
    /// The page of free slots: here if that is quick, or else on a thread of its own. Takes what it costs from `units`.
    /// A search that costs more than that ends with a page that is not full, or empty, and has a next one; of slots to
    /// be spread there is no next page, so that nothing found is an error.
    pub(crate) async fn offered(
        &self,
        costly: &CostlyQueries,
        units: &mut usize,
    ) -> Result<Offered, QueryError> {
        let quick = QUICK.min(*units);
        let mut left = quick;
        let found = self.find(&mut |cost| match left.checked_sub(cost) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        })?;
        if found.searched_until.is_none() || found.is_full {
            *units -= quick - left;
            return Ok(self.told(found));
        }
        let (search, most) = (self.clone(), *units);
        let search = move |budget: &mut Budget| {
            budget.at_most(most);
            let found = search.find(&mut budget.days())?;
            Ok((found, budget.left()))
        };
        let (found, left) = costly.run(search).await?;
        *units = left;
        if self.is_spread() && found.searched_until.is_some() && found.slots.is_empty() {
            return Err(QueryError::TooCostly);
        }
        Ok(self.told(found))
    }

    /// Whether the page has as many slots as were asked for, and an agent with none before the last of them could
    /// change nothing in it.
    #[cfg(feature = "postgres")]
    pub(crate) fn is_full(&self, page: &Page<OfferedSlot>) -> bool {
        !self.is_spread() && page.items.len() == self.limit()
    }

    fn limit(&self) -> usize {
        self.question.search.page.limit.get()
    }

    fn is_spread(&self) -> bool {
        self.question.search.starts.shown == Shown::Spread
    }

    fn told(&self, found: Found) -> Offered {
        let until = found.searched_until.filter(|_| !self.is_spread());
        let page = page_of(found.slots, until, &self.office, &self.question.search);
        Offered {
            #[cfg(feature = "postgres")]
            is_settled: page.next_cursor.is_some()
                || self.is_spread() && (found.is_full || found.searched_until.is_some()),
            page,
        }
    }

    /// The free slots of the page. For `allow`, see [`SlotIndex::slots_within`].
    fn find(&self, allow: Allow<'_>) -> Result<Found, QueryError> {
        let question = &self.question.search;
        // At the hour that it has, an appointment of a retired type can still be handed over.
        let kind = self.office.calendar.appointment_type(&question.appointment_type);
        if self.moving.is_none() && kind.is_none() {
            return Err(QueryError::UnknownAppointmentType(question.appointment_type.clone()));
        }
        let cursor = question.page.cursor()?;
        match (question.starts.shown, cursor) {
            (Shown::Spread, None) => Ok(self.spread(allow)),
            (Shown::Spread, Some(_)) | (Shown::OnePerStart, Some(Cursor::Slot(..))) => {
                Err(QueryError::BadCursor)
            }
            (Shown::OnePerStart, cursor) => self.paged(Some(OnePer::Start), cursor, allow),
            (Shown::All, cursor) => self.paged(None, cursor, allow),
        }
    }

    /// One slot more than a page has shows that there is another page.
    fn paged(
        &self,
        one_per: Option<OnePer>,
        cursor: Option<Cursor>,
        allow: Allow<'_>,
    ) -> Result<Found, QueryError> {
        let (from, to) = (self.question.search.from.max(self.now), self.question.search.to);
        let most = self.limit() + 1;
        let mut search = |from: DateTime<Utc>, to: DateTime<Utc>, seen: Option<&AgentId>| {
            self.search(Part { from, to, seen, most, one_per }, &mut *allow)
        };
        let (mut slots, searched_until) = match cursor {
            None => search(from, to, None),
            Some(Cursor::Unsearched(start)) => {
                let start = DateTime::from_timestamp(start, 0).ok_or(QueryError::BadCursor)?;
                search(from.max(start), to, None)
            }
            Some(Cursor::Slot(start, seen)) => {
                let start = DateTime::from_timestamp(start, 0).ok_or(QueryError::BadCursor)?;
                // First other agents' slots at the same start, then later ones.
                let next = start.checked_add_signed(TimeDelta::seconds(1)).ok_or(QueryError::BadCursor)?;
                let mut found =
                    if from <= start { search(start, next.min(to), Some(&seen)).0 } else { Vec::new() };
                let (later, searched_until) = search(from.max(next), to, None);
                found.extend(later);
                (found, searched_until)
            }
            Some(_) => return Err(QueryError::BadCursor),
        };
        slots.truncate(most);
        Ok(Found { is_full: slots.len() >= self.limit(), slots, searched_until })
    }

    /// As many slots as the page may have, far apart. Searches as many days as that and a weekend, and twice as
    /// many if too few of them have a slot, and so on.
    fn spread(&self, allow: Allow<'_>) -> Found {
        let (question, limit) = (&self.question.search, self.limit());
        let tz = question.zone.unwrap_or(Tz::UTC);
        let mut from = question.from.max(self.now);
        let mut days = i64::try_from(limit).unwrap_or(1) + A_WEEKEND;
        let (mut offers, most) = (Vec::new(), usize::MAX);
        loop {
            let to =
                from.checked_add_signed(TimeDelta::days(days)).map_or(question.to, |to| to.min(question.to));
            let part = Part { from, to, seen: None, most, one_per: Some(OnePer::Window) };
            let (found, searched_until) = self.search(part, allow);
            offers.extend(found);
            let searched_to = searched_until.unwrap_or(to);
            let pieces = Pieces::of(offers.iter().cloned(), &self.question);
            // The day on which the search ended is not known to its end.
            let is_full = pieces.days_before(zone::local_date(tz, searched_to)) >= limit;
            if is_full || searched_until.is_some() || to >= question.to {
                let is_short = self.question.is_short;
                let slots = if is_short { pieces.far_apart(limit) } else { pieces.chosen(limit) };
                return Found { slots, searched_until, is_full };
            }
            (from, days) = (to, days.saturating_mul(2).min(366));
        }
    }

    /// The free slots of a part of the range, and where the search for them ended for its cost.
    fn search(&self, part: Part<'_>, allow: Allow<'_>) -> (Vec<(AgentId, Slot)>, Option<DateTime<Utc>>) {
        let Part { from, to, seen, most, .. } = part;
        let moving = self.moving.as_deref().map(|moving| (moving, moving.present().start));
        let moving = moving.filter(|(_, present)| from <= *present && *present < to);
        let Some((moving, present)) = moving.filter(|(_, present)| self.question.is_wanted(*present)) else {
            return self.free(part, allow);
        };
        let (mut found, searched_until) = self.free(Part { to: present, ..part }, allow);
        if searched_until.is_some() || found.len() >= most {
            return (found, searched_until);
        }
        let agents = || self.index.agents().filter(|(agent_id, _)| self.is_asked(agent_id, seen));
        let cost = |(_, calendar)| OF_A_START + recurring_blocks(calendar, &self.office.calendar);
        if !allow(agents().map(cost).sum()) {
            return (found, Some(present));
        }
        let handed_over = agents().filter_map(|(agent_id, _)| {
            Some((agent_id.clone(), moving.handed_over(&self.index, agent_id, self.now)?))
        });
        found.extend(handed_over.take(if part.one_per.is_some() { 1 } else { usize::MAX }));
        let next = present.checked_add_signed(TimeDelta::seconds(1)).map_or(to, |next| next.min(to));
        let (later, searched_until) = self.free(Part { from: next, ..part }, allow);
        found.extend(later);
        (found, searched_until)
    }

    /// The same, without other agents at the hour that an appointment to be moved has.
    fn free(&self, part: Part<'_>, allow: Allow<'_>) -> (Vec<(AgentId, Slot)>, Option<DateTime<Utc>>) {
        let question = &self.question.search;
        let query = SlotQuery {
            appointment_type: &question.appointment_type,
            from: part.from,
            to: part.to,
            property_id: question.property_id.as_ref(),
            lead_id: question.lead_id.as_ref(),
            limit: part.most,
        };
        let selection = Selection { windows: self.question.windows.as_deref(), one_per: part.one_per };
        let wanted = |agent_id: &AgentId| self.is_asked(agent_id, part.seen);
        let searched = match &question.agent_ids[..] {
            [agent_id] if part.seen.is_none() => Searched::One(agent_id),
            _ => Searched::Each(&wanted),
        };
        let found = self.index.slots_within(&searched, &query, selection, self.now, allow);
        let slots = found.slots.into_iter().map(|found| (found.agent.clone(), found.slot));
        (slots.collect(), found.searched_until)
    }

    fn is_asked(&self, agent_id: &AgentId, seen: Option<&AgentId>) -> bool {
        let agent_ids = &self.question.search.agent_ids;
        (agent_ids.is_empty() || agent_ids.contains(agent_id)) && seen.is_none_or(|seen| seen < agent_id)
    }
}

/// A part of a search's range.
#[derive(Clone, Copy)]
struct Part<'a> {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    /// The agents up to this one are left out.
    seen: Option<&'a AgentId>,
    most: usize,
    one_per: Option<OnePer>,
}
