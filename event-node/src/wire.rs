//! The messages and service traits that `build.rs` generates from `proto/`.

#![expect(
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes,
    unreachable_pub,
    reason = "generated: its style is the generator's, and its names are the protocol's"
)]

include!(concat!(env!("OUT_DIR"), "/wire.rs"));
