//! The wire contract from outside: its committed schemas, its frozen examples, and the properties of its text forms.

mod asyncapi;
mod decoding;
mod files;
mod fixtures;
mod json_schemas;
mod laws;
