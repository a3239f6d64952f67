//! The operations of Citas, whether a request comes by HTTP or by Kafka.
//!
//! An [`Operation`] has a name, a target, a request, an answer, the errors it can return, a summary and the roles that
//! may use it. A [`Command`] changes something, a [`Query`] only reads. `command-api` and `query-api` list theirs in
//! their `operations/` folders; HTTP (`http-edge`) and Kafka (`command-api`'s intake) are adapters: they authenticate
//! the sender, read target and request, and pass both to [`carry_out`] or [`ask`].
//!
//! This crate knows no HTTP, no Kafka and no store, and decides nothing.

mod access;
mod answer;
mod call;
mod clock;
mod clock_watch;
mod code;
mod json;
mod object;
mod operation;
mod prepared;
mod problem;
mod query_string;
mod read_error;
mod slot_ref;
mod target;
mod throttle;

pub use access::Access;
pub use answer::{Accepted, Found};
pub use call::{CommandCall, Delivery, QueryCall, check_idempotency_key};
pub use clock::Clock;
pub use clock_watch::{ClockTrouble, ClockWatch};
pub use code::Code;
pub use json::{MAX_BODY_BYTES, check_length, check_name, read_json};
pub use object::Object;
pub use operation::{Begun, Command, Description, Executor, Kind, Nothing, Operation, Query, ask, carry_out};
pub use prepared::Prepared;
pub use problem::{Problem, error_chain};
pub use query_string::{read_dry_run, read_query};
pub use slot_ref::{SlotRef, SlotRefError, SlotRefs};
pub use target::{WithTarget, read_target};
pub use throttle::Throttle;
