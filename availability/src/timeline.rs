//! Calendar entries by id and by time.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Interval;

/// A calendar entry: something with an id and an interval.
pub(crate) trait Entry {
    type Id: Ord + Clone;

    fn id(&self) -> &Self::Id;
    fn interval(&self) -> Interval;

    /// How far beyond its interval it can affect others.
    fn margin(&self) -> TimeDelta {
        TimeDelta::zero()
    }
}

/// Entries by id and by time. Reading a window costs only as much as lies in it, not what lies in the past.
#[derive(Debug, Clone)]
pub(crate) struct Timeline<E: Entry> {
    by_start: BTreeMap<DateTime<Utc>, Vec<E>>,
    starts: BTreeMap<E::Id, DateTime<Utc>>,
    /// No entry has an effect further than this after its start, or before it.
    reach: TimeDelta,
}

impl<E: Entry> Timeline<E> {
    pub(crate) fn get(&self, id: &E::Id) -> Option<&E> {
        let start = self.starts.get(id)?;
        self.by_start.get(start)?.iter().find(|entry| entry.id() == id)
    }

    /// Inserts an entry. Returns the one with the same id that it replaces.
    pub(crate) fn insert(&mut self, entry: E) -> Option<E> {
        let before = self.remove(&entry.id().clone());
        let interval = entry.interval();
        self.reach = self.reach.max(interval.length() + entry.margin());
        self.starts.insert(entry.id().clone(), interval.start);
        // Nearly always it is the only one there, and a vector that grows makes room for four.
        let same_start = self.by_start.entry(interval.start).or_insert_with(|| Vec::with_capacity(1));
        let at = same_start.partition_point(|other| other.id() < entry.id());
        same_start.insert(at, entry);
        before
    }

    pub(crate) fn remove(&mut self, id: &E::Id) -> Option<E> {
        let start = self.starts.remove(id)?;
        let same_start = self.by_start.get_mut(&start)?;
        let at = same_start.iter().position(|entry| entry.id() == id)?;
        let entry = same_start.remove(at);
        if same_start.is_empty() {
            self.by_start.remove(&start);
        }
        Some(entry)
    }

    /// Removes the entries that start before `instant` and for which `gone` is true. Returns them.
    pub(crate) fn drop_before(&mut self, instant: DateTime<Utc>, gone: impl Fn(&E) -> bool) -> Vec<E> {
        let past = self.by_start.range(..instant).flat_map(|(_, entries)| entries);
        let ids: Vec<_> = past.filter(|entry| gone(entry)).map(|entry| entry.id().clone()).collect();
        ids.iter().filter_map(|id| self.remove(id)).collect()
    }

    /// How far after its end, at the most, an entry can have an effect.
    pub(crate) const fn reach(&self) -> TimeDelta {
        self.reach
    }

    /// All entries, earliest start first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &E> {
        self.by_start.values().flatten()
    }

    /// The entries that start at this instant.
    pub(crate) fn starting_at(&self, start: DateTime<Utc>) -> impl Iterator<Item = &E> {
        self.by_start.get(&start).into_iter().flatten()
    }

    /// The entries that start in the window.
    pub(crate) fn starting_in(&self, window: Interval) -> impl Iterator<Item = &E> {
        let window = (!window.is_empty()).then_some(window);
        window
            .into_iter()
            .flat_map(|window| self.by_start.range(window.start..window.end))
            .flat_map(|(_, e)| e)
    }

    /// All entries that can affect the window, margins included, and perhaps some that do not.
    pub(crate) fn near(&self, window: Interval) -> impl Iterator<Item = &E> {
        let from = window.start.checked_sub_signed(self.reach).unwrap_or(DateTime::<Utc>::MIN_UTC);
        let to = window.end.checked_add_signed(self.reach).unwrap_or(DateTime::<Utc>::MAX_UTC).max(from);
        self.by_start.range(from..=to).flat_map(|(_, entries)| entries)
    }

    /// The entries that overlap the window.
    pub(crate) fn overlapping(&self, window: Interval) -> impl Iterator<Item = &E> {
        self.near(window).filter(move |entry| entry.interval().overlaps(&window))
    }
}

impl<E: Entry> Default for Timeline<E> {
    fn default() -> Self {
        Self { by_start: BTreeMap::new(), starts: BTreeMap::new(), reach: TimeDelta::zero() }
    }
}

/// Equal when they contain the same entries; `reach` does not count, since removed entries may have raised it.
impl<E: Entry + PartialEq> PartialEq for Timeline<E> {
    fn eq(&self, other: &Self) -> bool {
        self.by_start == other.by_start
    }
}

impl<E: Entry + Serialize> Serialize for Timeline<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de, E: Entry + Deserialize<'de>> Deserialize<'de> for Timeline<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = Vec::<E>::deserialize(deserializer)?;
        let mut timeline = Self::default();
        for entry in entries {
            timeline.insert(entry);
        }
        Ok(timeline)
    }
}
