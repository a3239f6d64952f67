//! A crate is built in one version, but where someone else needs an older one that does not go with the newest.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::semver::Version;

use super::policy::{FILE, Policy, Skip};
use crate::assert_none;
use crate::workspace::{dependents, packages};

/// A crate in one version, with the names of those who depend on it.
struct Built {
    name: String,
    version: Version,
    dependents: BTreeSet<String>,
}

/// The part of a version that decides on compatibility.
fn major(version: &Version) -> String {
    match (version.major, version.minor, version.patch) {
        (0, 0, patch) => format!("0.0.{patch}"),
        (0, minor, _) => format!("0.{minor}"),
        (major, ..) => major.to_string(),
    }
}

/// The versions that are built beside a newer one of the same crate.
fn older(built: &[Built]) -> Vec<&Built> {
    let mut newest: BTreeMap<&str, &Version> = BTreeMap::new();
    for one in built {
        let known = newest.entry(&one.name).or_insert(&one.version);
        *known = (*known).max(&one.version);
    }
    built.iter().filter(|one| one.version < *newest[one.name.as_str()]).collect()
}

fn violations(built: &[Built], skips: &[Skip]) -> Vec<String> {
    let older = older(built);
    let is_of = |skip: &Skip, one: &Built| skip.name == one.name && skip.major == major(&one.version);
    let unlisted = older.iter().filter(|one| !skips.iter().any(|skip| is_of(skip, one)));
    let unlisted = unlisted.map(|one| {
        let Built { name, version, dependents } = one;
        format!(
            "`{name}` {version} is built beside a newer one, for {dependents:?}: have one version, or add \
             `{name}@{}` to bans.skip in {FILE} with who needs it",
            major(version)
        )
    });
    let outdated = skips.iter().filter_map(|skip| {
        let problem = match older.iter().find(|one| is_of(skip, one)) {
            None => "is not built beside a newer one any more: take it out".to_owned(),
            Some(one) => {
                let named: Vec<&str> = skip.reason.split('`').skip(1).step_by(2).collect();
                let is_true = !named.is_empty() && named.iter().all(|name| one.dependents.contains(*name));
                if is_true {
                    return None;
                }
                format!("gives a reason that names others than those who need it, {:?}", one.dependents)
            }
        };
        Some(format!("bans.skip in {FILE}: `{}@{}` {problem}", skip.name, skip.major))
    });
    unlisted.chain(outdated).collect()
}

#[test]
fn a_crate_is_built_twice_only_for_a_known_reason() {
    let built = packages().iter().map(|package| Built {
        name: package.name.to_string(),
        version: package.version.clone(),
        dependents: dependents(&package.id),
    });
    let built: Vec<Built> = built.collect();
    assert_none(&violations(&built, &Policy::committed().skips));
    assert!(built.iter().any(|one| one.dependents.contains("event-store")), "no dependent is found");
}

fn built(name: &str, version: &str, dependents: &[&str]) -> Built {
    let version = version.parse().expect("it is a version");
    Built {
        name: name.to_owned(),
        version,
        dependents: dependents.iter().map(|&name| name.to_owned()).collect(),
    }
}

fn skip(name: &str, major: &str, reason: &str) -> Skip {
    Skip { name: name.to_owned(), major: major.to_owned(), reason: reason.to_owned() }
}

#[test]
fn a_new_duplicate_is_noticed() {
    let thrice = [
        built("d", "1.0.0", &[]),
        built("a", "0.2.7", &["b"]),
        built("a", "0.10.0", &["c"]),
        built("a", "1.0.0", &["d"]),
    ];
    assert_eq!(violations(&thrice[..2], &[]), [""; 0]);
    assert_eq!(violations(&thrice[..3], &[]).len(), 1);
    let known = [skip("a", "0.2", "`b` asks for it")];
    assert_eq!(violations(&thrice[..3], &known), [""; 0]);
    assert_eq!(violations(&thrice, &known).len(), 1);
}

#[test]
fn an_outdated_exception_is_noticed() {
    let twice = [built("a", "0.2.7", &["b", "c"]), built("a", "0.3.0", &["d"])];
    let wrong =
        |major, reason| violations(&twice, &[skip("a", "0.2", "`b`"), skip("a", major, reason)]).len();
    assert_eq!(wrong("0.2", "`b` and `c` ask for it"), 0);
    assert_eq!(wrong("0.3", "`d` asks for it"), 1, "the newest needs no exception");
    assert_eq!(wrong("0.1", "`b` asks for it"), 1, "it is not built");
    assert_eq!(wrong("0.2", "`d` asks for it"), 1, "it does not");
    assert_eq!(wrong("0.2", "so it is"), 1, "nobody is named");
}

#[test]
fn versions_are_compatible_as_cargo_has_it() {
    let of = |version: &str| major(&version.parse().expect("it is a version"));
    assert_eq!(["1.2.3", "0.2.3", "0.0.3", "12.0.0"].map(of), ["1", "0.2", "0.0.3", "12"]);
}
