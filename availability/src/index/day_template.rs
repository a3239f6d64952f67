//! The starts that hours and blocks alone allow on a day, shared between days that look alike.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use schemas::value::AppointmentType;

use super::bits::{BITS, BitDay, UtcDay};
use super::footprint::Footprint;
use crate::blocked::blocked;
use crate::day::{Day, days_in};
use crate::{AgentCalendar, Interval, OfficeCalendar};

/// The starts of one type on one day by hours and blocks alone; appointments do not change them.
///
/// It does not contain the date, so equal days of all agents share one allocation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct DayTemplate {
    /// The starts on whole five minutes of UTC.
    pub(super) starts: BitDay,
    /// The starts whose slot more than one appointment may share.
    pub(super) shared: BitDay,
    /// How many appointments may share each of those, by bit.
    capacities: Box<[(u16, u16)]>,
    /// The starts off the five-minute grid, in seconds of the day. The exact rules check each of them.
    pub(super) off_grid: Box<[u32]>,
}

impl DayTemplate {
    /// A day on which every five-minute instant can be a start.
    pub(super) fn every_start() -> Self {
        Self { starts: BitDay::range(0, BITS), ..Self::default() }
    }

    pub(super) fn compute(
        agent: &AgentCalendar,
        office: &OfficeCalendar,
        kind: &AppointmentType,
        footprint: &Footprint,
        day: UtcDay,
    ) -> Self {
        let window = day.window();
        let touched = Interval::new(window.start, window.end + footprint.length);
        let blocks: Vec<Interval> = blocked(agent, office, touched).map(|block| block.interval).collect();
        let step = chrono::TimeDelta::minutes(i64::from(kind.slot_step_minutes.max(1)));
        let mut template = Self::default();
        let (mut capacities, mut off_grid) = (Vec::new(), Vec::new());
        for local in days_in(agent.time_zone(), window) {
            let until = local.window.end + footprint.length;
            let hours = Day::of(agent, office, Some(&kind.code), local, until);
            for start in hours.starts(footprint.length, step, window) {
                let slot = Interval::new(start, start + footprint.length);
                if blocks.iter().any(|block| block.overlaps(&slot)) {
                    continue;
                }
                let Some(bit) = day.bit(start) else {
                    let seconds = (start - window.start).num_seconds();
                    off_grid.push(u32::try_from(seconds).expect("a start lies in its day"));
                    continue;
                };
                template.starts.insert(bit);
                let capacity = hours.capacity(slot);
                if capacity > 1 {
                    template.shared.insert(bit);
                    capacities.push((u16::try_from(bit).expect("a day has 288 bits"), capacity));
                }
            }
        }
        template.capacities = capacities.into();
        template.off_grid = off_grid.into();
        template
    }

    /// How many appointments may share the slot that starts at the bit.
    pub(super) fn capacity(&self, bit: usize) -> u16 {
        let found = self.capacities.binary_search_by_key(&bit, |(shared, _)| usize::from(*shared));
        found.map_or(1, |at| self.capacities[at].1)
    }
}

/// The distinct templates in use.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Days>);

#[derive(Debug, Default)]
struct Days {
    known: HashSet<Arc<DayTemplate>>,
    /// How many templates to hold before unused ones are dropped.
    tidy_at: usize,
}

impl Pool {
    pub(super) fn share(&self, day: DayTemplate) -> Arc<DayTemplate> {
        // A panic elsewhere cannot leave the set half changed, so it is still usable.
        let mut days = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = days.known.get(&day) {
            return Arc::clone(known);
        }
        if days.known.len() >= days.tidy_at {
            days.known.retain(|known| Arc::strong_count(known) > 1);
            days.tidy_at = 2 * days.known.len() + 1000;
        }
        let day = Arc::new(day);
        days.known.insert(Arc::clone(&day));
        day
    }
}
