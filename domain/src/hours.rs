//! Comparison of hours.

use schemas::value::AvailabilityRule;

/// Whether both rules are equal, apart from their ids.
pub(crate) fn equal_except_id(rule: &AvailabilityRule, other: &AvailabilityRule) -> bool {
    AvailabilityRule { rule_id: rule.rule_id, ..other.clone() } == *rule
}

/// Whether both lists have equal rules, in any order and apart from their ids.
pub(crate) fn same_hours<'a>(
    current: impl Iterator<Item = &'a AvailabilityRule>,
    wanted: &[AvailabilityRule],
) -> bool {
    let mut missing: Vec<&AvailabilityRule> = wanted.iter().collect();
    for rule in current {
        match missing.iter().position(|other| equal_except_id(rule, other)) {
            Some(index) => drop(missing.swap_remove(index)),
            None => return false,
        }
    }
    missing.is_empty()
}
