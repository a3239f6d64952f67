//! Faults of the production shape, each made on purpose under load.

mod verify;
