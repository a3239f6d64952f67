//! A list of public holidays: each with its date, the law that makes it one, and the version of the list.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail};
use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

/// Chile's public holidays of 2026 to 2028, on the days when they are observed. Law 19.668 moves two of them to Mondays, law
/// 20.299 one to a Friday. Law 20.663 is for one region, law 20.768 for two comunas. Days of elections are not in it.
const CHILE: &str = include_str!("../../holidays/chile.json");

/// A public holiday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Holiday {
    pub(crate) date: NaiveDate,
    pub(crate) name: String,
    /// The regions or comunas it is for; none = everywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) regions: Vec<String>,
    /// The law.
    pub(crate) rule: String,
    /// The version of the list.
    pub(crate) version: String,
}

impl Holiday {
    /// What makes it the same holiday in another version of the list: its date and its regions.
    pub(super) fn key(&self) -> (NaiveDate, Vec<String>) {
        (self.date, self.regions.clone())
    }
}

/// The list that this release has.
pub(crate) fn chile() -> Result<Vec<Holiday>> {
    parse(CHILE)
}

/// Reads a list. Refused: an empty one, and one that has a date twice for the same regions.
pub(super) fn parse(json: &str) -> Result<Vec<Holiday>> {
    let holidays: Vec<Holiday> = serde_json::from_str(json).context(
        "the list is a JSON array of objects with date, name, rule, version and, for some places only, regions",
    )?;
    if holidays.is_empty() {
        bail!("the list is empty");
    }
    let mut keys = BTreeSet::new();
    for holiday in &holidays {
        if !keys.insert(holiday.key()) {
            bail!("{} is in the list twice", holiday.date);
        }
    }
    Ok(holidays)
}

/// The years that a list is about.
pub(super) fn years(holidays: &[Holiday]) -> BTreeSet<i32> {
    holidays.iter().map(|holiday| holiday.date.year()).collect()
}

#[cfg(test)]
mod tests {
    use chrono::Weekday;

    use super::*;

    #[test]
    fn holidays_that_the_law_moves_are_on_the_days_that_it_allows() {
        for holiday in chile().unwrap() {
            let weekday = holiday.date.weekday();
            match holiday.name.as_str() {
                "San Pedro y San Pablo" | "Encuentro de Dos Mundos" => {
                    assert!(matches!(weekday, Weekday::Mon | Weekday::Sat | Weekday::Sun), "{holiday:?}");
                }
                "Viernes Santo" | "Feriado adicional de Fiestas Patrias" => assert_eq!(weekday, Weekday::Fri),
                "Sábado Santo" => assert_eq!(weekday, Weekday::Sat),
                "Iglesias Evangélicas y Protestantes" => {
                    assert!(!matches!(weekday, Weekday::Tue | Weekday::Wed), "{holiday:?}");
                }
                _ => {}
            }
        }
    }

    #[test]
    fn they_are_in_order_and_each_says_what_makes_it_one() {
        let chile = chile().unwrap();
        assert!(chile.is_sorted_by(|one, next| one.date < next.date));
        assert_eq!(years(&chile).into_iter().collect::<Vec<_>>(), [2026, 2027, 2028]);
        assert!(chile.iter().all(|holiday| !holiday.rule.is_empty() && !holiday.version.is_empty()));
        let regional = chile.iter().filter(|holiday| !holiday.regions.is_empty()).count();
        assert_eq!(regional, 6, "two a year");
    }

    #[test]
    fn a_list_that_makes_no_sense_is_refused() {
        let one = r#"{"date": "2026-01-01", "name": "Año Nuevo", "rule": "Ley 2.977", "version": "1"}"#;
        assert!(parse(&format!("[{one}]")).is_ok());
        for list in ["[]".to_owned(), format!("[{one}, {one}]"), one.to_owned(), "[{}]".to_owned()] {
            assert!(parse(&list).is_err(), "{list}");
        }
    }
}
