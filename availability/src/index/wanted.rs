//! The starts of one day that a search still looks for.

use chrono::{DateTime, Utc};

use super::bits::{BITS, BitDay, UtcDay};
use super::selection::{OnePer, Selection};
use crate::Interval;

/// Those in a window, less those that can no longer be told.
pub(super) struct Wanted<'a> {
    selection: Selection<'a>,
    day: UtcDay,
    on_grid: BitDay,
}

impl<'a> Wanted<'a> {
    /// None if no window lies in the day.
    pub(super) fn on(selection: Selection<'a>, day: UtcDay) -> Option<Self> {
        let mut on_grid = BitDay::default();
        let mut is_any = false;
        if let Some(windows) = selection.windows {
            for window in windows.within(day.window()) {
                is_any = true;
                on_grid.fill(day.first_bit_from(window.start), day.first_bit_from(window.end));
            }
        } else {
            is_any = true;
            on_grid.fill(0, BITS);
        }
        is_any.then_some(Self { selection, day, on_grid })
    }

    /// Those on the grid and in the range.
    pub(super) fn on_grid(&self, range: Interval) -> BitDay {
        let range = BitDay::range(self.day.first_bit_from(range.start), self.day.first_bit_from(range.end));
        range.and(&self.on_grid)
    }

    /// Whether a start off the grid is one of them.
    pub(super) fn off_grid(&self, start: DateTime<Utc>) -> bool {
        self.selection.windows.is_none_or(|windows| windows.around(start).is_some())
    }

    /// The starts at which later agents' slots come after one that starts here and is told in their place.
    pub(super) fn outdone_by(&self, start: DateTime<Utc>) -> BitDay {
        match (self.selection.one_per, self.selection.windows) {
            (None, _) => BitDay::default(),
            (Some(OnePer::Start), _) => {
                self.day.bit(start).map_or_else(BitDay::default, |bit| BitDay::range(bit, bit + 1))
            }
            (Some(OnePer::Window), windows) => {
                let window = windows.and_then(|windows| windows.around(start));
                let end = window.map_or(BITS, |window| self.day.first_bit_from(window.end));
                BitDay::range(self.day.first_bit_from(start), end)
            }
        }
    }

    /// Leaves these out from now on.
    pub(super) fn remove(&mut self, outdone: &BitDay) {
        self.on_grid = self.on_grid.without(outdone);
    }
}
