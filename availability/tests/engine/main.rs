//! The engine from outside: edge cases by name, properties on random calendars, clock changes against a slow model.

mod agreed;
mod blocks;
mod calendars;
mod claims;
mod clock_changes;
mod conflicts;
mod free_days;
mod grids;
mod held;
mod hours;
mod index;
mod interval_sets;
mod laws;
mod model;
mod over_midnight;
mod overviews;
mod random;
mod reasons;
mod recurrences;
mod selections;
mod support;
mod validation;
mod windows;
mod wording;
mod zone_changes;
mod zones;
