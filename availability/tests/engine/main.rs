//! The engine from outside: edges by name, laws by random calendars, clock changes against a slow model.

mod clock_changes;
mod edges;
mod given;
mod index;
mod interval_sets;
mod laws;
mod model;
mod random;
mod recurrences;
mod zones;
