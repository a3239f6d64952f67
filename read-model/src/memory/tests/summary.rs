use availability::Interval;

use super::*;
use crate::appointment_summary::MAX_GROUPS;
use crate::{SummaryKey, SummarySearch};

/// One visit a day on so many days.
fn given(days: usize) -> MemoryReadModel {
    let mut log = two_agents();
    for (number, day) in (1..).zip(0..i64::try_from(days).unwrap()) {
        log.book(number, "7", begin() + TimeDelta::days(day));
    }
    log.read_model()
}

fn by(keys: &[SummaryKey]) -> SummarySearch {
    SummarySearch {
        range: Interval::new(begin(), begin() + TimeDelta::days(30)),
        agent_ids: Vec::new(),
        statuses: Vec::new(),
        appointment_types: Vec::new(),
        by: keys.to_vec(),
        zone: None,
    }
}

#[tokio::test]
async fn a_summary_of_too_many_groups_is_refused_and_one_of_fewer_keys_is_not() {
    let counted = given(MAX_GROUPS).summary(&by(&[SummaryKey::Day])).await.unwrap().value;
    assert_eq!(counted.items.len(), MAX_GROUPS);
    let read_model = given(MAX_GROUPS + 1);
    let refused = read_model.summary(&by(&[SummaryKey::Day, SummaryKey::Agent])).await;
    assert_eq!(refused, Err(QueryError::TooManyGroups(MAX_GROUPS)));
    let counted = read_model.summary(&by(&[SummaryKey::Agent])).await.unwrap().value;
    assert_eq!((counted.items.len(), counted.total), (1, u64::try_from(MAX_GROUPS + 1).unwrap()));
}
