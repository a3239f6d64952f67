//! The gRPC protocol of `EventStoreDB`, as far as it is used here: its messages, the traits of its services, and their
//! clients, which `build.rs` generates from `proto/`.
//!
//! `event-store` calls it, `event-node` serves it. It knows neither of them, and adds nothing to what is generated.

#![expect(
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes,
    missing_docs,
    reason = "generated: its style is the generator's, its names are the protocol's, and `proto/` documents them"
)]

include!(concat!(env!("OUT_DIR"), "/wire.rs"));
