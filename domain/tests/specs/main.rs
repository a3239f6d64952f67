//! Decisions: given events, when a command, then events or a refusal; and the same when it is sent again.

mod blocks;
mod booking;
mod clock_changes;
mod commands;
mod external_busy;
mod given;
mod held_slots;
mod histories;
mod history;
mod holds;
mod hours;
mod office;
mod office_hours;
mod open_house;
mod profile;
mod reassignment;
mod receipts;
mod rescheduling;
mod samples;
mod transitions;
mod unavailable;
mod versions;
mod wrong_clocks;
