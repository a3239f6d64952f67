//! All appointments, with an index for each order and filter of their list.

use std::sync::Arc;

use availability::Interval;
use chrono::TimeDelta;
use imbl::{HashMap, OrdSet};
use schemas::value::AppointmentStatus;
use schemas::{AgentId, AppointmentId, AppointmentTypeCode, LeadId, PropertyId};

use super::ordered_walk::{KeyRange, Keys};
use crate::appointment::AppointmentView;
use crate::history::HistoryRecord;
use crate::page::SortKey;
use crate::{AppointmentFilter, AppointmentRow, AppointmentSort};

/// How many entries of an order are scanned to fill a page before the filtered rows are collected and sorted instead.
const HOPEFUL_STEPS: usize = if cfg!(test) { 8 } else { 5_000 };

/// Every appointment, by id and in the orders of queries. Clones share their data.
#[derive(Debug, Clone, Default)]
pub(super) struct Appointments {
    entries: HashMap<AppointmentId, Arc<Entry>>,
    by_start: OrdSet<SortKey>,
    by_created_at: OrdSet<SortKey>,
    by_updated_at: OrdSet<SortKey>,
    by_lead: OrdSet<(LeadId, SortKey)>,
    by_agent: OrdSet<(AgentId, SortKey)>,
    by_property: OrdSet<(PropertyId, SortKey)>,
    by_status: OrdSet<(AppointmentStatus, SortKey)>,
    by_type: OrdSet<(AppointmentTypeCode, SortKey)>,
    longest: TimeDelta,
}

/// An appointment with its history.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) view: AppointmentView,
    pub(super) history: Vec<Arc<HistoryRecord>>,
}

impl Appointments {
    pub(super) fn get(&self, id: AppointmentId) -> Option<&Entry> {
        self.entries.get(&id).map(Arc::as_ref)
    }

    /// Inserts an entry, or replaces the one with its id.
    pub(super) fn put(&mut self, entry: Entry) {
        let id = entry.view.row.id;
        let before = self.entries.get(&id).cloned();
        let (before, now) = (before.as_ref().map(|before| &before.view.row), &entry.view.row);
        let start = |row: &AppointmentRow| row.sort_key(AppointmentSort::Start);
        refile(&mut self.by_start, before, now, |row| Some(start(row)));
        refile(&mut self.by_created_at, before, now, |row| Some(row.sort_key(AppointmentSort::CreatedAt)));
        refile(&mut self.by_updated_at, before, now, |row| Some(row.sort_key(AppointmentSort::UpdatedAt)));
        refile(&mut self.by_lead, before, now, |row| Some((row.lead_id.clone(), start(row))));
        refile(&mut self.by_agent, before, now, |row| Some((row.agent_id.clone(), start(row))));
        refile(&mut self.by_property, before, now, |row| Some((row.property_id.clone()?, start(row))));
        refile(&mut self.by_status, before, now, |row| Some((row.status, start(row))));
        refile(&mut self.by_type, before, now, |row| Some((row.appointment_type.clone(), start(row))));
        self.longest = self.longest.max(now.end - now.start);
        self.entries.insert(id, Arc::new(entry));
    }

    /// The appointments that the filter admits, in order, after `last`, at most `count`.
    pub(super) fn list(
        &self,
        filter: &AppointmentFilter,
        sort: AppointmentSort,
        last: Option<SortKey>,
        count: usize,
    ) -> Vec<AppointmentRow> {
        let descending = sort.is_descending();
        match sort {
            AppointmentSort::Start | AppointmentSort::StartDescending => {
                let keys = self.narrowest(filter, self.starts(filter).after(last, descending), descending);
                self.admitted(keys, filter).take(count).cloned().collect()
            }
            AppointmentSort::CreatedAt | AppointmentSort::CreatedAtDescending => {
                self.list_by(&self.by_created_at, filter, sort, last, count)
            }
            AppointmentSort::UpdatedAt | AppointmentSort::UpdatedAtDescending => {
                self.list_by(&self.by_updated_at, filter, sort, last, count)
            }
        }
    }

    /// Lists in an order other than by start. If the filter admits most rows, scanning the order soon fills the page;
    /// if it admits few, they are all collected and sorted.
    fn list_by(
        &self,
        index: &OrdSet<SortKey>,
        filter: &AppointmentFilter,
        sort: AppointmentSort,
        last: Option<SortKey>,
        count: usize,
    ) -> Vec<AppointmentRow> {
        let descending = sort.is_descending();
        let range = KeyRange::ALL.after(last, descending);
        let mut walk = range.of(index, descending);
        let found: Vec<_> =
            self.admitted(walk.by_ref().take(HOPEFUL_STEPS), filter).take(count).cloned().collect();
        if found.len() == count || walk.next().is_none() {
            return found;
        }
        let keyed = self.all(filter).map(|row| (row.sort_key(sort), row));
        let mut found: Vec<_> = keyed.filter(|(key, _)| range.contains(*key)).collect();
        found.sort_unstable_by_key(|(key, _)| *key);
        if descending {
            found.reverse();
        }
        found.into_iter().take(count).map(|(_, row)| row.clone()).collect()
    }

    /// The appointments that the filter admits, by start.
    pub(super) fn all<'a>(
        &'a self,
        filter: &'a AppointmentFilter,
    ) -> impl Iterator<Item = &'a AppointmentRow> {
        self.admitted(self.narrowest(filter, self.starts(filter), false), filter)
    }

    fn starts(&self, filter: &AppointmentFilter) -> KeyRange {
        KeyRange::starting(filter, self.longest)
    }

    /// The keys, by start, of the most selective index that has all rows that the filter admits.
    fn narrowest(&self, filter: &AppointmentFilter, starts: KeyRange, descending: bool) -> Keys<'_> {
        if !filter.lead_ids.is_empty() {
            starts.of_any(&self.by_lead, &filter.lead_ids, descending)
        } else if !filter.property_ids.is_empty() {
            starts.of_any(&self.by_property, &filter.property_ids, descending)
        } else if !filter.agent_ids.is_empty() {
            starts.of_any(&self.by_agent, &filter.agent_ids, descending)
        } else if !filter.statuses.is_empty() {
            starts.of_any(&self.by_status, &filter.statuses, descending)
        } else if let Some(outcomes) = &filter.outcomes {
            starts.of_any(&self.by_status, &outcomes.statuses(), descending)
        } else if !filter.appointment_types.is_empty() {
            starts.of_any(&self.by_type, &filter.appointment_types, descending)
        } else {
            starts.of(&self.by_start, descending)
        }
    }

    fn admitted<'a>(
        &'a self,
        keys: impl Iterator<Item = SortKey> + 'a,
        filter: &'a AppointmentFilter,
    ) -> impl Iterator<Item = &'a AppointmentRow> {
        self.rows(keys).filter(|row| filter.admits(row))
    }

    fn rows<'a>(
        &'a self,
        keys: impl Iterator<Item = SortKey> + 'a,
    ) -> impl Iterator<Item = &'a AppointmentRow> {
        keys.filter_map(|SortKey(_, id)| self.get(id).map(|entry| &entry.view.row))
    }

    /// An agent's appointments that overlap the range, earliest first.
    pub(super) fn of_agent(
        &self,
        agent_id: &AgentId,
        range: Interval,
    ) -> impl Iterator<Item = &AppointmentRow> {
        let (from, to) = (Some(range.start), Some(range.end));
        let filter = AppointmentFilter { from, to, ..AppointmentFilter::default() };
        let rows = self.rows(self.starts(&filter).of_one(&self.by_agent, agent_id, false));
        rows.filter(move |row| Interval::new(row.start, row.end).overlaps(&range))
    }

    /// A lead's appointments, latest first.
    pub(super) fn of_lead(&self, lead_id: &LeadId) -> impl Iterator<Item = &AppointmentRow> {
        self.rows(KeyRange::ALL.of_one(&self.by_lead, lead_id, true))
    }
}

/// Moves a row in an index from its old key to its new one.
fn refile<K: Ord + Clone>(
    index: &mut OrdSet<K>,
    before: Option<&AppointmentRow>,
    now: &AppointmentRow,
    key: impl Fn(&AppointmentRow) -> Option<K>,
) {
    let (before, now) = (before.and_then(&key), key(now));
    if before != now {
        before.and_then(|before| index.remove(&before));
        now.and_then(|now| index.insert(now));
    }
}

#[cfg(test)]
mod tests;
