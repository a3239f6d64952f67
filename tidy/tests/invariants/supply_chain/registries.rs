//! Every dependency comes from crates.io, where a version is never changed and Cargo.lock has its digest.

use crate::assert_none;
use crate::workspace::{members, packages};

/// The default index, as cargo names it in its metadata.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Returns what speaks against a package from this source. A package has none if it was found by its path.
fn objection(source: Option<&str>, is_member: bool) -> Option<String> {
    match source {
        Some(CRATES_IO) => None,
        Some(other) => Some(format!("comes from {other}: take it from crates.io, or do without it")),
        None if is_member => None,
        None => Some("lies in a folder, and is no crate of the workspace: take it from crates.io".to_owned()),
    }
}

#[test]
fn everything_comes_from_crates_io_or_lies_here() {
    let members = members();
    let mut violations = Vec::new();
    for package in packages() {
        let is_member = members.iter().any(|member| member.id == package.id);
        let source = package.source.as_ref().map(|source| source.repr.as_str());
        violations.extend(
            objection(source, is_member)
                .map(|objection| format!("`{}` {} {objection}", package.name, package.version)),
        );
    }
    assert_none(&violations);
    let foreign = packages().iter().filter(|package| package.source.is_some());
    assert!(foreign.count() > 100, "too few dependencies are found");
}

#[test]
fn a_foreign_source_is_noticed() {
    assert_eq!(objection(Some(CRATES_IO), false), None);
    assert_eq!(objection(None, true), None);
    for other in [
        Some("git+https://github.com/rust-lang/crates.io-index?rev=1#1"),
        Some("registry+https://example.com/index"),
        Some("sparse+https://example.com/index/"),
        None,
    ] {
        assert!(objection(other, false).is_some(), "{other:?}");
    }
}
