//! Every dependency comes from crates.io, where a version is never changed and Cargo.lock has its digest.

use cargo_metadata::Source;

use crate::assert_none;
use crate::workspace::{members, packages};

/// Returns what speaks against a package of this source. A package has none if it was found by its path.
fn objection(source: Option<&Source>, is_member: bool) -> Option<String> {
    match source {
        Some(source) if source.is_crates_io() => None,
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
        violations.extend(
            objection(package.source.as_ref(), is_member)
                .map(|objection| format!("`{}` {} {objection}", package.name, package.version)),
        );
    }
    assert_none(&violations);
    let foreign = packages().iter().filter(|package| package.source.is_some());
    assert!(foreign.count() > 100, "too few dependencies are found");
}

#[test]
fn a_foreign_source_is_noticed() {
    let of = |repr: &str| serde_json::from_value::<Source>(repr.into()).unwrap();
    for other in [
        "git+https://example.com/index?rev=1#1",
        "registry+https://example.com/index",
        "sparse+https://example.com/index/",
    ] {
        assert!(objection(Some(&of(other)), false).is_some(), "{other}");
    }
    assert!(objection(None, false).is_some());
    assert_eq!(objection(None, true), None);
}
