//! The wire contract from outside: its committed schemas, its frozen examples, and the laws of its texts.

mod asyncapi;
mod decoding;
mod files;
mod fixtures;
mod json_schemas;
mod laws;
