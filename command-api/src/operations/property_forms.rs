//! The forms of what a property is described by.

use availability::Comuna;
use chrono_tz::Tz;
use domain::Area;
use operation::{Problem, check_length, check_name};
use schemars::JsonSchema;
use schemas::value::{Approver, VisitApproval, VisitCaps, VisitOverlap};
use schemas::{AgentId, Secret};
use serde::{Deserialize, Serialize};

const MAX_TITLE: usize = 200;
const MAX_ADDRESS: usize = 300;
const MAX_INSTRUCTIONS: usize = 2_000;
const MAX_AGENTS: usize = 200;
const MAX_APPROVERS: usize = 10;
const MAX_APPROVER_ID: usize = 64;
/// A week.
const MAX_NOTICE_MINUTES: u32 = 7 * 24 * 60;
/// Thirty days.
const MAX_EXPIRY_MINUTES: u32 = 30 * 24 * 60;
const MAX_VISITS: u16 = 1_000;

/// How many visits a property may have at once.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum OverlapRule {
    /// One at a time, over all agents.
    Exclusive,
    /// Up to `simultaneous_visits`.
    Shared,
    /// Any number; each later one is told who is there.
    Announced,
}

/// How many visits a property may have in a while.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Caps {
    /// On one date of the property's zone; any number if left out.
    per_day: Option<u16>,
    /// From a Monday to the next; any number if left out.
    per_week: Option<u16>,
}

pub(super) fn check_title(title: &str) -> Result<(), Problem> {
    check_name("title", title, MAX_TITLE)
}

pub(super) fn check_address(address: &str) -> Result<(), Problem> {
    check_name("address", address, MAX_ADDRESS)
}

/// The comuna of this name or code, which has to be in the region, if one is named.
pub(super) fn area(comuna: &str, region: Option<&str>) -> Result<Area, Problem> {
    let found = Comuna::named(comuna).ok_or_else(|| {
        Problem::malformed("comuna", "must be the official name or code of a comuna, such as Ñuñoa or 13120")
    })?;
    if region.is_some_and(|region| !found.is_in_region(region)) {
        let where_it_is = format!("{} is in the region {}", found.name, found.region);
        return Err(Problem::malformed("region", where_it_is));
    }
    Ok(Area {
        comuna: found.name.to_owned(),
        comuna_code: found.code.to_owned(),
        region: found.region.to_owned(),
        time_zone: found.time_zone(),
    })
}

pub(super) fn time_zone(name: &str) -> Result<Tz, Problem> {
    name.parse()
        .map_err(|_| Problem::malformed("time_zone", "must be an IANA time zone, such as America/Santiago"))
}

pub(super) fn agents(mut agent_ids: Vec<AgentId>) -> Result<Vec<AgentId>, Problem> {
    if agent_ids.len() > MAX_AGENTS {
        return Err(Problem::malformed("agent_ids", format!("may name {MAX_AGENTS} agents at most")));
    }
    agent_ids.sort_unstable();
    if agent_ids.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Problem::malformed("agent_ids", "names an agent twice"));
    }
    Ok(agent_ids)
}

pub(super) fn notice(minutes: u32) -> Result<u32, Problem> {
    if minutes <= MAX_NOTICE_MINUTES {
        return Ok(minutes);
    }
    Err(Problem::malformed(
        "notice_minutes",
        format!("must be {MAX_NOTICE_MINUTES} at most, which is a week"),
    ))
}

/// The rule with its number: `shared` has one, the others have none.
pub(super) fn overlap(rule: OverlapRule, simultaneous: Option<u16>) -> Result<VisitOverlap, Problem> {
    match (rule, simultaneous) {
        (OverlapRule::Exclusive, None) => Ok(VisitOverlap::Exclusive),
        (OverlapRule::Announced, None) => Ok(VisitOverlap::Announced),
        (OverlapRule::Shared, Some(simultaneous_visits @ 2..=MAX_VISITS)) => {
            Ok(VisitOverlap::Shared { simultaneous_visits })
        }
        (OverlapRule::Shared, _) => Err(Problem::malformed(
            "simultaneous_visits",
            format!("must be from 2 to {MAX_VISITS} where overlap is shared"),
        )),
        (_, Some(_)) => {
            Err(Problem::malformed("simultaneous_visits", "is for properties whose overlap is shared"))
        }
    }
}

/// What is named of both in a change.
pub(super) fn overlap_change(
    rule: Option<OverlapRule>,
    simultaneous: Option<u16>,
) -> Result<Option<VisitOverlap>, Problem> {
    match (rule, simultaneous) {
        (None, None) => Ok(None),
        (None, simultaneous) => overlap(OverlapRule::Shared, simultaneous).map(Some),
        (Some(rule), simultaneous) => overlap(rule, simultaneous).map(Some),
    }
}

pub(super) fn caps(Caps { per_day, per_week }: Caps) -> Result<VisitCaps, Problem> {
    for (field, cap) in [("caps.per_day", per_day), ("caps.per_week", per_week)] {
        if cap.is_some_and(|cap| !(1..=MAX_VISITS).contains(&cap)) {
            return Err(Problem::malformed(field, format!("must be from 1 to {MAX_VISITS}")));
        }
    }
    Ok(VisitCaps { per_day, per_week })
}

/// Those who approve visits, each named once, and how long a request waits for them.
pub(super) fn approval(asked: VisitApproval) -> Result<VisitApproval, Problem> {
    let VisitApproval { approvers, expires_after_minutes, .. } = &asked;
    if !(1..=MAX_APPROVERS).contains(&approvers.len()) {
        let form = format!("must have from 1 to {MAX_APPROVERS}");
        return Err(Problem::malformed("approval.approvers", form));
    }
    for (at, Approver { approver_id, .. }) in approvers.iter().enumerate() {
        check_name("approval.approvers", approver_id, MAX_APPROVER_ID)?;
        if approvers[..at].iter().any(|other| other.approver_id == *approver_id) {
            return Err(Problem::malformed("approval.approvers", "names an approver twice"));
        }
    }
    if !(1..=MAX_EXPIRY_MINUTES).contains(expires_after_minutes) {
        let form = format!("must be from 1 to {MAX_EXPIRY_MINUTES}");
        return Err(Problem::malformed("approval.expires_after_minutes", form));
    }
    Ok(asked)
}

pub(super) fn instructions(text: String) -> Result<Secret, Problem> {
    check_length("access_instructions", &text, MAX_INSTRUCTIONS)?;
    if text.trim().is_empty() {
        return Err(Problem::malformed("access_instructions", "must not be empty"));
    }
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_that_is_named_must_be_the_comunas() {
        assert_eq!(area("13120", Some("metropolitana de santiago")).unwrap().comuna, "Ñuñoa");
        assert_eq!(area("Punta Arenas", None).unwrap().time_zone, Tz::America__Punta_Arenas);
        assert!(area("Ñuñoa", Some("Valparaíso")).is_err());
        assert!(area("Mendoza", None).is_err());
    }

    #[test]
    fn only_shared_visits_have_a_number() {
        let shared = Some(VisitOverlap::Shared { simultaneous_visits: 3 });
        assert_eq!(overlap_change(None, Some(3)).unwrap(), shared);
        assert_eq!(overlap_change(None, None).unwrap(), None);
        for number in [None, Some(0), Some(1), Some(1_001)] {
            assert!(overlap(OverlapRule::Shared, number).is_err(), "{number:?}");
        }
        assert!(overlap(OverlapRule::Exclusive, Some(2)).is_err());
    }
}
