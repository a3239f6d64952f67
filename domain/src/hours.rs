use schemas::value::AvailabilityRule;

/// Whether both say the same, whatever the ids of their rules.
pub(crate) fn same_hours<'a>(
    current: impl Iterator<Item = &'a AvailabilityRule>,
    wanted: &[AvailabilityRule],
) -> bool {
    let mut missing: Vec<&AvailabilityRule> = wanted.iter().collect();
    for rule in current {
        let found = missing
            .iter()
            .position(|other| AvailabilityRule { rule_id: rule.rule_id, ..(*other).clone() } == *rule);
        match found {
            Some(index) => drop(missing.swap_remove(index)),
            None => return false,
        }
    }
    missing.is_empty()
}
