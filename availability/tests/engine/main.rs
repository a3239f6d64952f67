//! The engine from outside: edges by name, laws by random calendars, clock changes against a slow model.

mod calendars;
mod claims;
mod clock_changes;
mod free_days;
mod given;
mod hours;
mod index;
mod interval_sets;
mod laws;
mod model;
mod overviews;
mod random;
mod reasons;
mod recurrences;
mod validation;
mod zones;
