//! The messages and service traits of the protocol.

pub(crate) use event_store_protocol::*;
