//! The invariants of the workspace as a whole: which crate may depend on which, what they are built
//! from, and what no source may contain.
//!
//! A crate of tests only. It depends on no other crate, and knows them by name alone. Each failure names the crate or
//! file and what to do about it.

mod dependencies;
mod documents;
mod gateway;
mod layout;
mod metrics;
mod module_cycles;
mod operations;
mod personal;
mod sources;
mod supply_chain;
mod variables;
mod words;
mod workspace;

/// Fails with all violations, not only with the first.
fn assert_none(violations: &[String]) {
    assert!(
        violations.is_empty(),
        "{} broken invariants:\n  {}\n",
        violations.len(),
        violations.join("\n  ")
    );
}
