//! What has to be done so that the office's holidays are those of a list.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};
use serde::Deserialize;

use super::list::{Holiday, years};

/// A block of the office, as `GET /v1/office/blocks` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct KnownBlock {
    pub(super) block_id: String,
    date: Option<NaiveDate>,
    until: Option<NaiveDate>,
    recurrence: Option<String>,
    reason: String,
    #[serde(default)]
    regions: Vec<String>,
    #[serde(default)]
    agent_ids: Vec<String>,
    source: Option<KnownSource>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct KnownSource {
    rule: String,
    version: String,
}

impl KnownBlock {
    /// The holiday that it is. Blocks that people have made have no source, and are none.
    fn holiday(&self) -> Option<Holiday> {
        let source = self.source.as_ref()?;
        let is_one_day = self.until.is_none() && self.recurrence.is_none() && self.agent_ids.is_empty();
        let date = self.date.filter(|_| is_one_day)?;
        Some(Holiday {
            date,
            name: self.reason.clone(),
            regions: self.regions.clone(),
            rule: source.rule.clone(),
            version: source.version.clone(),
        })
    }
}

/// One step towards the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// The office does not have it yet.
    Add(Holiday),
    /// The office has it with another name, law or version.
    Replace(String, Holiday),
    /// The list has its year, and not it.
    Remove(String, Holiday),
}

/// The steps, by date; none if the office has what the list has. Other years than those of the list are left alone.
pub(super) fn changes(list: &[Holiday], known: &[KnownBlock]) -> Vec<Change> {
    let years = years(list);
    let mut wanted: BTreeMap<_, _> = list.iter().map(|holiday| (holiday.key(), holiday)).collect();
    let mut changes = Vec::new();
    for block in known {
        let Some(holiday) = block.holiday().filter(|one| years.contains(&one.date.year())) else { continue };
        match wanted.remove(&holiday.key()) {
            Some(same) if *same == holiday => {}
            Some(other) => changes.push(Change::Replace(block.block_id.clone(), other.clone())),
            // Not in the list, or there twice.
            None => changes.push(Change::Remove(block.block_id.clone(), holiday)),
        }
    }
    changes.extend(wanted.into_values().cloned().map(Change::Add));
    changes.sort_by_key(|change| match change {
        Change::Add(holiday) | Change::Replace(_, holiday) | Change::Remove(_, holiday) => holiday.key(),
    });
    changes
}

#[cfg(test)]
mod tests {
    use super::super::list::chile;
    use super::*;

    fn known(number: usize, holiday: &Holiday) -> KnownBlock {
        KnownBlock {
            block_id: number.to_string(),
            date: Some(holiday.date),
            until: None,
            recurrence: None,
            reason: holiday.name.clone(),
            regions: holiday.regions.clone(),
            agent_ids: Vec::new(),
            source: Some(KnownSource { rule: holiday.rule.clone(), version: holiday.version.clone() }),
        }
    }

    #[test]
    fn a_second_import_changes_nothing() {
        let list = chile().unwrap();
        assert_eq!(changes(&list, &[]).len(), list.len());
        let after: Vec<_> = list.iter().enumerate().map(|(number, one)| known(number, one)).collect();
        assert_eq!(changes(&list, &after), []);
    }

    #[test]
    fn a_corrected_list_changes_what_differs_and_leaves_other_years_and_peoples_blocks_alone() {
        let list = chile().unwrap();
        let mut office: Vec<_> = list.iter().enumerate().map(|(number, one)| known(number, one)).collect();
        let party = KnownBlock { source: None, reason: "Aniversario".to_owned(), ..office[0].clone() };
        let earlier = KnownBlock { date: "2025-12-25".parse().ok(), ..office[0].clone() };
        office.extend([party, earlier]);
        let mut corrected = list.clone();
        corrected[0].version = "2".to_owned();
        let gone = corrected.remove(1);
        let mut new = list[2].clone();
        new.date = "2026-04-06".parse().unwrap();
        corrected.push(new.clone());
        let expected = [
            Change::Replace("0".to_owned(), corrected[0].clone()),
            Change::Remove("1".to_owned(), gone),
            Change::Add(new),
        ];
        assert_eq!(changes(&corrected, &office), expected);
    }
}
