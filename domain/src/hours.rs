//! Comparison of hours, and what they name.

use availability::OfficeCalendar;
use schemas::AppointmentTypeCode;
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

/// The type that a rule is for, if the office has no such type in use.
pub(crate) fn unknown_type<'a>(
    rule: &'a AvailabilityRule,
    office: &OfficeCalendar,
) -> Option<&'a AppointmentTypeCode> {
    rule.appointment_type.as_ref().filter(|code| office.appointment_type(code).is_none())
}
