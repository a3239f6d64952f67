//! Compares lists with a scan of every row, and pages with lists.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use schemas::event::{AppointmentBooked, AppointmentCancelled, AppointmentCompleted, AppointmentConfirmed};
use schemas::value::{AppointmentSnapshot, Outcome};
use schemas::{Actor, ActorKind};

use super::*;
use crate::page::{Cursor, Limit, PageRequest};
use crate::sample::{Log, begin, booked, id};
use crate::{MemoryReadModel, Outcomes, Page};

const AGENTS: [&str; 3] = ["7", "8", "9"];
const LEADS: [&str; 4] = ["55", "56", "57", "58"];
const PROPERTIES: [&str; 2] = ["P-1", "P-2"];
const TYPES: [&str; 2] = ["visita_propiedad", "llamada"];

/// A step in the life of an appointment: kind, appointment, and choices.
type Step = (u8, u128, u8, u8, u8);

fn steps(count: usize) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0_u8..8, 1_u128..25, 0_u8..12, 0_u8..60, any::<u8>()), 1..count)
}

fn hour(number: u8) -> DateTime<Utc> {
    begin() + TimeDelta::hours(number.into())
}

/// The appointments that can still change, as last booked; none once they are final.
type Open = HashMap<u128, Option<AppointmentBooked>>;

/// Appends the step to the log; an impossible step is skipped.
fn take(log: &mut Log, open: &mut Open, (kind, number, choice, at, other): Step) {
    let appointment_id = id(number);
    let known = open.entry(number).or_insert_with(|| {
        let agent_id = AGENTS[usize::from(choice) % AGENTS.len()];
        let mut event = booked(number, agent_id, hour(at));
        event.lead_id = LEADS[usize::from(other) % LEADS.len()].parse().unwrap();
        event.property_id = PROPERTIES.get(usize::from(choice) % 3).map(|id| id.parse().unwrap());
        event.appointment_type = TYPES[usize::from(kind) % TYPES.len()].parse().unwrap();
        log.agent(agent_id, event.clone());
        Some(event)
    });
    let Some(appointment) = known else { return };
    let agent_id = appointment.agent_id.clone();
    match kind {
        0 | 1 => log.agent(agent_id.as_str(), AppointmentConfirmed { appointment_id }),
        2 | 3 => {
            appointment.sequence += 1;
            appointment.start = hour(at);
            appointment.end = hour(at) + TimeDelta::minutes(30);
            log.reschedule(number, agent_id.as_str(), hour(at), appointment.sequence);
        }
        4 => {
            *known = None;
            let cancelled_by = Actor { kind: ActorKind::Chat, id: "chat-1".to_owned() };
            let event =
                AppointmentCancelled { appointment_id, cancelled_by, reason: None, requested_by: None };
            log.agent(agent_id.as_str(), event);
        }
        5 => {
            *known = None;
            log.agent(agent_id.as_str(), AppointmentCompleted { appointment_id });
        }
        _ => {
            let others = AGENTS.iter().filter(|other| **other != agent_id.as_str());
            let to = others.cycle().nth(choice.into()).unwrap();
            appointment.agent_id = to.parse().unwrap();
            let AppointmentRow { status, version, .. } =
                log.read_model().appointment(appointment_id).unwrap().value.entry;
            let now = fixtures::snapshot(appointment.clone());
            let handed_over = AppointmentSnapshot { status, version: version + 1, ..now };
            log.reassign(&handed_over, agent_id.as_str(), to);
        }
    }
}

fn log_of(steps: Vec<Step>) -> Log {
    let mut log = Log::default();
    for agent in AGENTS {
        log.register(agent);
    }
    let mut open = Open::new();
    for step in steps {
        take(&mut log, &mut open, step);
    }
    log
}

fn filters() -> impl Strategy<Value = AppointmentFilter> {
    let some = |names: &'static [&'static str]| prop::sample::subsequence(names, 0..=names.len().min(2));
    let statuses = vec![
        AppointmentStatus::Scheduled,
        AppointmentStatus::Confirmed,
        AppointmentStatus::Completed,
        AppointmentStatus::Cancelled,
    ];
    let bounds = (prop::option::of(0_u8..60), prop::option::of(0_u8..60));
    (
        some(&AGENTS),
        some(&LEADS),
        some(&PROPERTIES),
        some(&TYPES),
        (prop::sample::subsequence(statuses, 0..3), outcomes()),
        bounds,
    )
        .prop_map(|(agents, leads, properties, types, (statuses, outcomes), (from, to))| {
            AppointmentFilter {
                outcomes,
                wall_time_changed: None,
                agent_ids: agents.iter().map(|id| id.parse().unwrap()).collect(),
                lead_ids: leads.iter().map(|id| id.parse().unwrap()).collect(),
                property_ids: properties.iter().map(|id| id.parse().unwrap()).collect(),
                appointment_types: types.iter().map(|id| id.parse().unwrap()).collect(),
                statuses,
                // Some in the middle of appointments.
                from: from.map(|hours| hour(hours) + TimeDelta::minutes(15 * i64::from(hours % 2))),
                to: to.map(|hours| hour(hours) + TimeDelta::minutes(15 * i64::from(hours % 3))),
            }
        })
}

fn outcomes() -> impl Strategy<Value = Option<Outcomes>> {
    let recorded = prop::sample::subsequence(vec![Outcome::Completed, Outcome::NoShow], 0..=2);
    let some = (recorded, prop::option::of(0_u8..60))
        .prop_map(|(recorded, now)| Outcomes { recorded, unresolved_at: now.map(hour) });
    prop::option::weighted(0.3, some)
}

fn sorts() -> impl Strategy<Value = AppointmentSort> {
    prop::sample::select(AppointmentSort::ALL)
}

/// Every row, one by one, filtered and sorted without an index.
fn scanned(
    read_model: &MemoryReadModel,
    filter: &AppointmentFilter,
    sort: AppointmentSort,
) -> Vec<AppointmentRow> {
    let rows = (1..25).filter_map(|number| read_model.appointment(id(number)).ok());
    let mut rows: Vec<_> = rows
        .map(|answer| answer.value.entry)
        .filter(|row| filter.agent_ids.is_empty() || filter.agent_ids.contains(&row.agent_id))
        .filter(|row| filter.lead_ids.is_empty() || filter.lead_ids.contains(&row.lead_id))
        .filter(|row| filter.statuses.is_empty() || filter.statuses.contains(&row.status))
        .filter(|row| {
            let is_wanted = |outcomes: &Outcomes| match row.status {
                AppointmentStatus::Completed => outcomes.recorded.contains(&Outcome::Completed),
                AppointmentStatus::NoShow => outcomes.recorded.contains(&Outcome::NoShow),
                AppointmentStatus::Cancelled => false,
                _ => outcomes.unresolved_at.is_some_and(|now| row.end <= now),
            };
            filter.outcomes.as_ref().is_none_or(is_wanted)
        })
        .filter(|row| {
            filter.appointment_types.is_empty() || filter.appointment_types.contains(&row.appointment_type)
        })
        .filter(|row| {
            filter.property_ids.is_empty()
                || row
                    .property_id
                    .as_ref()
                    .is_some_and(|property_id| filter.property_ids.contains(property_id))
        })
        .filter(|row| {
            let range = Interval::new(
                filter.from.unwrap_or(DateTime::<Utc>::MIN_UTC),
                filter.to.unwrap_or(DateTime::<Utc>::MAX_UTC),
            );
            range.overlaps(&Interval::new(row.start, row.end))
        })
        .collect();
    rows.sort_by_key(|row| match sort {
        AppointmentSort::Start | AppointmentSort::StartDescending => (row.start, row.id),
        AppointmentSort::CreatedAt | AppointmentSort::CreatedAtDescending => (row.created_at, row.id),
        AppointmentSort::UpdatedAt | AppointmentSort::UpdatedAtDescending => (row.updated_at, row.id),
    });
    if sort.is_descending() {
        rows.reverse();
    }
    rows
}

fn page(
    read_model: &MemoryReadModel,
    filter: &AppointmentFilter,
    sort: AppointmentSort,
    limit: u16,
    cursor: Option<String>,
) -> Page<AppointmentRow> {
    let request = PageRequest { limit: Limit::try_new(limit).unwrap(), cursor };
    read_model.appointments(filter, sort, &request).unwrap().value.map(|listed| listed.entry)
}

/// Walks all pages, calling `between` after each.
fn walk(
    read_model: &MemoryReadModel,
    filter: &AppointmentFilter,
    sort: AppointmentSort,
    limit: u16,
    mut between: impl FnMut(),
) -> Vec<AppointmentRow> {
    let (mut walked, mut cursor) = (Vec::new(), None);
    loop {
        let next = page(read_model, filter, sort, limit, cursor);
        assert!(next.items.len() <= usize::from(limit));
        walked.extend(next.items);
        assert!(walked.len() < 1_000, "the walk comes to no end");
        match next.next_cursor {
            None => return walked,
            more => cursor = more,
        }
        between();
    }
}

proptest! {
    #[test]
    fn a_list_is_what_a_scan_finds(steps in steps(80), filter in filters(), sort in sorts(), limit in 1_u16..8) {
        let read_model = log_of(steps).read_model();
        let expected = scanned(&read_model, &filter, sort);
        prop_assert_eq!(&page(&read_model, &filter, sort, 200, None).items, &expected);
        prop_assert_eq!(&walk(&read_model, &filter, sort, limit, || {}), &expected);
    }

    #[test]
    fn appointments_booked_during_a_walk_neither_repeat_nor_hide_others(
        before in steps(40),
        during in steps(40),
        filter in filters(),
        sort in sorts(),
        limit in 1_u16..5,
    ) {
        // Only bookings: what moves an existing row moves it in the list as well.
        let mut log = log_of(before);
        let read_model = log.read_model();
        let there = scanned(&read_model, &filter, sort);
        let mut number = 100;
        let mut during = during.into_iter();
        let walked = walk(&read_model, &filter, sort, limit, || {
            if let Some((_, _, choice, at, _)) = during.next() {
                number += 1;
                log.book(number, AGENTS[usize::from(choice) % AGENTS.len()], hour(at));
                read_model.apply(log.events.last().cloned()).unwrap();
            }
        });
        let old: Vec<_> = walked.iter().filter(|row| row.id <= id(100)).cloned().collect();
        prop_assert_eq!(old, there);
        let mut ids: Vec<_> = walked.iter().map(|row| row.id).collect();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), walked.len());
    }

    #[test]
    fn a_calendar_has_the_rows_that_overlap_its_range(steps in steps(60), from in 0_u8..60, hours in 0_u8..20) {
        let log = log_of(steps);
        let read_model = log.read_model();
        let range = Interval::new(hour(from) + TimeDelta::minutes(15), hour(from.saturating_add(hours)));
        let filter = AppointmentFilter { agent_ids: vec!["7".parse().unwrap()], ..AppointmentFilter::default() };
        let expected: Vec<_> = scanned(&read_model, &filter, AppointmentSort::Start)
            .into_iter()
            .filter(|row| row.start < range.end && range.start < row.end && range.start < range.end)
            .collect();
        let state = read_model.snapshot();
        let found: Vec<_> = state.appointments.of_agent(&filter.agent_ids[0], range).cloned().collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_cursor_that_was_not_given_out_is_refused_or_a_place_in_the_list(text in "[A-Za-z0-9_-]{0,40}") {
        let read_model = log_of(Vec::new()).read_model();
        let request = PageRequest { limit: Limit::default(), cursor: Some(text.clone()) };
        let answered = read_model.appointments(&AppointmentFilter::default(), AppointmentSort::Start, &request);
        let is_place = matches!(Cursor::decode(&text), Some(Cursor::Appointment(AppointmentSort::Start, _)));
        prop_assert_eq!(answered.is_ok(), is_place);
    }
}
