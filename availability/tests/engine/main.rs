//! The engine from outside: edges by name, laws by random calendars, clock changes against a slow model.

mod edges;
mod given;
mod zones;
