//! What `deny.toml` permits.

use std::collections::BTreeSet;
use std::path::Path;

use toml::{Table, Value};

use crate::workspace::text;

pub(super) const FILE: &str = "deny.toml";

/// The parts of the policy that are checked here too.
pub(super) struct Policy {
    /// SPDX identifiers.
    pub(super) licences: BTreeSet<String>,
    pub(super) skips: Vec<Skip>,
}

/// An incompatible older version of a crate that may be there beside a newer one.
pub(super) struct Skip {
    pub(super) name: String,
    /// The version as far as it decides on compatibility, as in `1`, `0.22` or `0.0.3`.
    pub(super) major: String,
    /// Names those who need it, as code.
    pub(super) reason: String,
}

impl Policy {
    pub(super) fn committed() -> Self {
        let file = text(Path::new(FILE)).expect("the policy is committed");
        Self::parse(&file).unwrap_or_else(|error| panic!("{FILE}: {error}"))
    }

    fn parse(file: &str) -> Result<Self, String> {
        let table: Table = file.parse().map_err(|error| format!("{error}"))?;
        let list = |section: &str, name: &str| {
            let list = table.get(section).and_then(|section| section.get(name)).and_then(Value::as_array);
            list.ok_or_else(|| format!("{section}.{name} is no list"))
        };
        let licences =
            list("licenses", "allow")?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let skips = list("bans", "skip")?.iter().map(Skip::parse).collect::<Result<_, _>>()?;
        Ok(Self { licences, skips })
    }
}

impl Skip {
    fn parse(entry: &Value) -> Result<Self, String> {
        let member = |name| entry.get(name).and_then(Value::as_str);
        let parts = member("crate").and_then(|of| of.split_once('@')).zip(member("reason"));
        let ((name, major), reason) = parts.ok_or_else(|| {
            format!("write {{ crate = \"name@version\", reason = \"…\" }} instead of {entry:?}")
        })?;
        Ok(Self { name: name.to_owned(), major: major.to_owned(), reason: reason.to_owned() })
    }
}

#[test]
fn a_policy_is_read() {
    let policy =
        "[licenses]\nallow = ['MIT', 'ISC']\n[bans]\nskip = [{ crate = 'a@0.1', reason = 'for `b`' }]";
    let policy = Policy::parse(policy).expect("it is a policy");
    assert_eq!(policy.licences, BTreeSet::from(["MIT", "ISC"].map(str::to_owned)));
    let skips: Vec<_> = policy.skips.iter().map(|skip| [&*skip.name, &*skip.major, &*skip.reason]).collect();
    assert_eq!(skips, [["a", "0.1", "for `b`"]]);
}

#[test]
fn what_is_no_policy_is_not_read_as_an_empty_one() {
    let licences = "[licenses]\nallow = []\n";
    for bans in ["", "[bans]\nskip = ''", "[bans]\nskip = ['a@0.1']", "[bans]\nskip = [{ crate = 'a@0.1' }]"]
    {
        assert!(Policy::parse(&format!("{licences}{bans}")).is_err(), "{bans}");
    }
    assert!(Policy::parse("[bans]\nskip = []").is_err());
}
