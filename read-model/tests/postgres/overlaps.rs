//! What overlaps a time, and the local days on which it starts.

use availability::Interval;
use chrono::{DateTime, TimeDelta, Utc};
use read_model::{
    AppointmentFilter, AppointmentSort, CalendarLayer, CalendarSearch, Event, PageRequest, ReadModel,
    SummaryKey, SummarySearch,
};
use schemas::{AgentId, AppointmentId};

use crate::history::{AGENTS, History};
use crate::support::{self, appointment_id, begin};

/// Both read models, of an office with these appointments: agent, start and minutes.
async fn given(schema: &str, booked: &[(&str, DateTime<Utc>, u16)]) -> [ReadModel; 2] {
    let mut log = History::new().log;
    for (number, (agent_id, start, minutes)) in (1..).zip(booked) {
        let agent_id: AgentId = agent_id.parse().unwrap();
        let booked = fixtures::booked(appointment_id(number), &agent_id, *start, *minutes);
        log.append(Event::Agent(agent_id, booked.into()), begin());
    }
    let postgres = support::postgres(schema).await;
    postgres.apply(&log.events, &[]).await.unwrap();
    [ReadModel::from(log.memory.clone()), ReadModel::from(postgres)]
}

fn counted(range: Interval, by: SummaryKey) -> SummarySearch {
    SummarySearch {
        range,
        agent_ids: Vec::new(),
        statuses: Vec::new(),
        appointment_types: Vec::new(),
        by: vec![by],
        zone: None,
    }
}

#[tokio::test]
async fn what_began_long_before_a_time_and_lasts_into_it_is_found() {
    let start = begin() + TimeDelta::days(1);
    let [half_an_hour, five_hours, forty_days] = [30, 300, 57_600];
    let booked =
        [(AGENTS[0], start, half_an_hour), (AGENTS[1], start, five_hours), (AGENTS[2], start, forty_days)];
    for model in given("overlaps", &booked).await {
        for (minutes, expected) in [
            (-60, &[][..]),
            (-59, &[1, 2, 3]),
            (29, &[1, 2, 3]),
            (30, &[2, 3]),
            (299, &[2, 3]),
            (300, &[3]),
            (57_599, &[3]),
            (57_600, &[]),
        ] {
            let from = start + TimeDelta::minutes(minutes);
            let range = Interval::new(from, from + TimeDelta::hours(1));
            let expected: Vec<AppointmentId> =
                expected.iter().map(|number| appointment_id(*number)).collect();
            let filter =
                AppointmentFilter { from: Some(range.start), to: Some(range.end), ..Default::default() };
            let page = PageRequest::default();
            let listed = model.appointments(&filter, AppointmentSort::Start, &page).await.unwrap().value;
            let listed: Vec<_> = listed.items.into_iter().map(|row| row.id).collect();
            assert_eq!(listed, expected, "{minutes}");
            let calendars = CalendarSearch {
                agent_ids: Vec::new(),
                range,
                layers: vec![CalendarLayer::Appointments],
                appointment_type: None,
                page,
            };
            let shown = model.calendars(&calendars, begin()).await.unwrap().value.items.into_iter();
            let mut shown: Vec<_> =
                shown.filter_map(|row| row.appointments).flatten().map(|row| row.id).collect();
            shown.sort_unstable();
            assert_eq!(shown, expected, "{minutes}");
            let summary = model.summary(&counted(range, SummaryKey::Status)).await.unwrap().value;
            assert_eq!(summary.total, u64::try_from(expected.len()).unwrap(), "{minutes}");
        }
    }
}

/// Samoa went from the end of 29 December 2011 to 31 December.
#[tokio::test]
async fn a_day_that_a_zone_skipped_has_no_appointments() {
    let last_hour: DateTime<Utc> = "2011-12-30T09:00:00Z".parse().unwrap();
    let booked = [(AGENTS[0], last_hour, 30), (AGENTS[0], last_hour + TimeDelta::hours(1), 30)];
    let range = Interval::new(last_hour - TimeDelta::days(3), last_hour + TimeDelta::days(3));
    let zone = Some(chrono_tz::Tz::Pacific__Apia);
    let question = SummarySearch { zone, ..counted(range, SummaryKey::Day) };
    for model in given("skipped", &booked).await {
        let summary = model.summary(&question).await.unwrap().value;
        let days: Vec<_> =
            summary.items.iter().map(|group| (group.day.unwrap().to_string(), group.count)).collect();
        assert_eq!(days, [("2011-12-29".to_owned(), 1), ("2011-12-31".to_owned(), 1)]);
    }
}
