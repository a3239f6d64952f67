//! What costs one read model too much costs the other too much.

use availability::Interval;
use chrono::TimeDelta;
use read_model::{
    CalendarLayer, CalendarSearch, Event, PageRequest, QueryBudget, QueryError, ReadModel, SummaryKey,
    SummarySearch,
};
use schemas::AgentId;

use crate::history::History;
use crate::support::{self, appointment_id, begin};

#[tokio::test]
async fn a_calendar_and_a_summary_are_refused_at_the_same_number_of_appointments() {
    let mut log = History::new().log;
    let agent_id: AgentId = "7".parse().unwrap();
    let day = begin() + TimeDelta::days(1);
    for number in 0..5 {
        let start = day + TimeDelta::hours(i64::try_from(number).unwrap());
        let booked = fixtures::booked(appointment_id(number), &agent_id, start, 30);
        log.append(Event::Agent(agent_id.clone(), booked.into()), begin());
    }
    let postgres = support::postgres("budgets").await;
    postgres.apply(&log.events, &[]).await.unwrap();
    let range = Interval::new(day, day + TimeDelta::days(1));
    let calendar = CalendarSearch {
        agent_ids: Vec::new(),
        range,
        layers: vec![CalendarLayer::Appointments],
        appointment_type: None,
        page: PageRequest::default(),
    };
    let summary = SummarySearch {
        range,
        agent_ids: Vec::new(),
        statuses: Vec::new(),
        appointment_types: Vec::new(),
        by: vec![SummaryKey::Status],
        zone: None,
    };
    for (units, calendars, counted) in
        [(150, true, true), (149, false, true), (10, false, true), (9, false, false)]
    {
        let budget = QueryBudget::new(units);
        for model in [
            ReadModel::from(log.memory.clone().with_query_budget(budget)),
            ReadModel::from(postgres.clone().with_query_budget(budget)),
        ] {
            let shown = model.calendars(&calendar, begin()).await.map(|answer| {
                let rows = answer.value.items.into_iter();
                rows.map(|row| row.appointments.map_or(0, |appointments| appointments.len())).sum::<usize>()
            });
            assert_eq!(shown, if calendars { Ok(5) } else { Err(QueryError::TooCostly) }, "{units}");
            let total = model.summary(&summary).await.map(|answer| answer.value.total);
            assert_eq!(total, if counted { Ok(5) } else { Err(QueryError::TooCostly) }, "{units}");
        }
    }
}
