//! The licences of all dependencies permit shipping in a closed product, together with the texts of the licences.

use std::collections::BTreeSet;

use spdx::{Expression, ParseMode};

use super::policy::{FILE, Policy};
use crate::assert_none;
use crate::workspace::packages;

/// Returns what speaks against a dependency under these licences.
fn objection(licence: Option<&str>, permitted: &BTreeSet<String>) -> Option<String> {
    let Some(licence) = licence else {
        return Some("states no licence".to_owned());
    };
    let Some(expression) = parse(licence) else {
        return Some(format!("states the licence {licence:?}, which is no SPDX expression"));
    };
    let is_permitted = expression.evaluate(|wanted| {
        wanted.addition.is_none() && wanted.license.id().is_some_and(|id| permitted.contains(id.name))
    });
    (!is_permitted).then(|| format!("is licensed under {licence}"))
}

/// The permitted licences that no dependency has among its own.
fn unneeded<'a>(permitted: &'a BTreeSet<String>, licences: &[&str]) -> Vec<&'a String> {
    let expressions: Vec<Expression> = licences.iter().filter_map(|licence| parse(licence)).collect();
    let requirements = expressions.iter().flat_map(Expression::requirements);
    let known: BTreeSet<&str> = requirements.filter_map(|one| Some(one.req.license.id()?.name)).collect();
    permitted.iter().filter(|licence| !known.contains(licence.as_str())).collect()
}

fn parse(licence: &str) -> Option<Expression> {
    Expression::parse_mode(licence, ParseMode::LAX).ok()
}

#[test]
fn everything_may_be_shipped() {
    let permitted = Policy::committed().licences;
    let mut violations = Vec::new();
    for package in packages() {
        let objection = objection(package.license.as_deref(), &permitted);
        violations.extend(objection.map(|objection| {
            format!(
                "`{}` {} {objection}: do without it, or add the licence to licenses.allow in {FILE} if its text allows",
                package.name, package.version
            )
        }));
    }
    let licences: Vec<&str> = packages().iter().filter_map(|package| package.license.as_deref()).collect();
    let unneeded = unneeded(&permitted, &licences);
    violations.extend(unneeded.iter().map(|licence| {
        format!("nothing is licensed under {licence} any more: take it out of licenses.allow in {FILE}")
    }));
    assert_none(&violations);
}

#[test]
fn a_licence_that_is_not_permitted_is_noticed() {
    let permitted = BTreeSet::from(["MIT", "Apache-2.0", "MPL-2.0"].map(str::to_owned));
    for fine in ["MIT", "MIT/Apache-2.0", "GPL-3.0-only OR MIT", "MPL-2.0+", "(MIT OR ISC) AND Apache-2.0"] {
        assert_eq!(objection(Some(fine), &permitted), None);
    }
    for not in [
        "GPL-3.0-only",
        "MIT AND AGPL-3.0-only",
        "MIT WITH LLVM-exception",
        "LicenseRef-own",
        "as you like",
        "",
        "ISC OR 0BSD",
    ] {
        assert!(objection(Some(not), &permitted).is_some(), "{not}");
    }
    assert!(objection(None, &permitted).is_some());
}

#[test]
fn a_permission_that_nothing_needs_is_noticed() {
    let permitted = BTreeSet::from(["MIT", "Zlib"].map(str::to_owned));
    assert_eq!(unneeded(&permitted, &["MIT OR Zlib"]), Vec::<&String>::new());
    assert_eq!(unneeded(&permitted, &["MIT OR ISC"]), ["Zlib"]);
}
