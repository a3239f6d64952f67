//! What must hold of the workspace as a whole: who may depend on whom, under which licences, and what no source
//! may contain.
//!
//! A crate of tests only. It stands outside of the flow, and knows the other crates by their names alone. Each
//! failure names the crate or file and what to do about it.

mod circles;
mod dependencies;
mod layout;
mod licences;
mod metrics;
mod operations;
mod sources;
mod workspace;

/// Fails with every violation there is, not only with the first.
fn assert_none(violations: &[String]) {
    assert!(
        violations.is_empty(),
        "{} broken invariants:\n  {}\n",
        violations.len(),
        violations.join("\n  ")
    );
}
