//! What the programs are built from: under which licences, from where, in which versions, and who has looked at it.
//!
//! The lists of what is permitted are those of `cargo deny`, which `scripts/supply-chain` runs; here they are checked
//! without a tool to compile first.

mod duplicates;
mod licences;
mod notice;
mod policy;
mod registries;
mod reviews;
