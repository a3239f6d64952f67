//! The licences of all dependencies permit shipping.

use cargo_metadata::Package;
use spdx::{Expression, ParseMode};

use crate::assert_none;
use crate::workspace::packages;

/// Licences of dependencies that may be shipped in a closed product, together with the texts of the licences.
const PERMITTED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "OpenSSL",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

fn objection(package: &Package) -> Option<String> {
    let Some(licence) = &package.license else {
        return Some("states no licence".to_owned());
    };
    match Expression::parse_mode(licence, ParseMode::LAX) {
        Ok(expression) => {
            let permitted = expression.evaluate(|wanted| {
                wanted.license.id().is_some_and(|licence| PERMITTED.contains(&licence.name))
            });
            (!permitted).then(|| format!("is licensed under {licence}"))
        }
        Err(_) => Some(format!("states the licence {licence:?}, which is no SPDX expression")),
    }
}

#[test]
fn everything_may_be_shipped() {
    let violations: Vec<String> = packages()
        .iter()
        .filter_map(|package| {
            objection(package).map(|objection| {
                format!(
                    "`{}` {} {objection}: do without it, or add the licence to the permitted ones if its text allows",
                    package.name, package.version
                )
            })
        })
        .collect();
    assert_none(&violations);
}
