//! Every query, run on two read models.

use std::fmt::Debug;

use availability::Interval;
use chrono::{DateTime, TimeDelta, Utc, Weekday};
use read_model::{
    Answer, AppointmentFilter, AppointmentSort, CalendarLayer, CalendarSearch, ConflictSearch, Dates,
    Explain, LeadSearch, Limit, MoveSearch, Outcomes, PageRequest, QueryError, ReadModel, Shown, SlotSearch,
    StartFilter, SummaryKey, SummarySearch,
};
use schemas::value::{AppointmentStatus, Outcome, PartOfDay};
use schemas::{AgentId, LeadId};

use crate::history::{AGENTS, APPOINTMENTS, CALL, HOLDS, LEADS, VISIT, block_id, hold_id, move_id};
use crate::support::appointment_id;

/// The numbers of the searches for all slots of a few days.
pub(crate) const WIDE: [usize; 2] = [8, 9];

/// Runs some of the slot searches on both, at this instant, and compares. Returns how many of them found something.
pub(crate) async fn assert_same_slots(
    one: &ReadModel,
    other: &ReadModel,
    now: DateTime<Utc>,
    is_asked: impl Fn(usize) -> bool,
) -> usize {
    let mut asked = Asked::default();
    asked.slots(one, other, now, is_asked).await;
    asked.found
}

/// Searches for all visits on both, one day at a time: over a longer range, a cache is not used if one of its days is
/// left to the rules.
pub(crate) async fn assert_same_days(one: &ReadModel, other: &ReadModel, now: DateTime<Utc>) {
    let today = now.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
    for day in (0..6).map(|number| today + TimeDelta::days(number)) {
        let question =
            SlotSearch { from: day, to: day + TimeDelta::days(1), page: request(200, None), ..visits(now) };
        let (a, b) = (one.slots(&question, now).await, other.slots(&question, now).await);
        Asked::default().compare(&format!("slots on {day}"), &a, &b);
    }
}

/// Runs every query on both, at this instant, and compares. Returns how many of them found something.
pub(crate) async fn assert_same_answers(one: &ReadModel, other: &ReadModel, now: DateTime<Utc>) -> usize {
    let mut asked = Asked::default();
    for number in 0..=APPOINTMENTS {
        let id = appointment_id(number);
        asked.compare(
            &format!("appointment {number}"),
            &one.appointment(id).await,
            &other.appointment(id).await,
        );
        asked.compare(&format!("history {number}"), &one.history(id).await, &other.history(id).await);
    }
    for agent_id in AGENTS.iter().chain(&["unheard-of"]) {
        let id: AgentId = agent_id.parse().unwrap();
        asked.compare(&format!("agent {agent_id}"), &one.agent(&id).await, &other.agent(&id).await);
        for range in ranges(now) {
            let (a, b) =
                (one.agent_calendar(&id, range, now).await, other.agent_calendar(&id, range, now).await);
            asked.compare(&format!("calendar of {agent_id} in {range:?}"), &a, &b);
            let (a, b) = (
                one.agent_availability(&id, range, now).await,
                other.agent_availability(&id, range, now).await,
            );
            asked.compare(&format!("availability of {agent_id} in {range:?}"), &a, &b);
        }
    }
    for number in 0..APPOINTMENTS {
        let Ok(found) = one.appointment(appointment_id(number)).await else { continue };
        // Just before and just after it, where its buffers are.
        let (row, hour) = (found.value, TimeDelta::hours(1));
        for range in [Interval::new(row.start - hour, row.start), Interval::new(row.end, row.end + hour)] {
            let (a, b) = (
                one.agent_availability(&row.agent_id, range, now).await,
                other.agent_availability(&row.agent_id, range, now).await,
            );
            asked.compare(&format!("availability of {} in {range:?}", row.agent_id), &a, &b);
        }
    }
    for lead_id in LEADS.iter().chain(&["unheard-of"]) {
        let id: LeadId = lead_id.parse().unwrap();
        asked.compare(
            &format!("context of {lead_id}"),
            &one.lead_context(&id, now).await,
            &other.lead_context(&id, now).await,
        );
        asked.compare(&format!("lead {lead_id}"), &one.lead(&id).await, &other.lead(&id).await);
    }
    for hold_id in (0..=HOLDS).map(hold_id) {
        let (a, b) = (one.hold(hold_id, now).await, other.hold(hold_id, now).await);
        asked.compare(&format!("hold {hold_id}"), &a, &b);
    }
    for (agent_id, number) in AGENTS.iter().flat_map(|agent_id| (0..12).map(move |number| (agent_id, number)))
    {
        let (id, block) = (agent_id.parse().unwrap(), block_id(number));
        let (a, b) = (one.agent_block(&id, block).await, other.agent_block(&id, block).await);
        asked.compare(&format!("block {number} of {agent_id}"), &a, &b);
    }
    for agent_id in AGENTS {
        let (id, page) = (agent_id.parse().unwrap(), request(3, None));
        let (a, b) = (one.agent_blocks(&id, &page).await, other.agent_blocks(&id, &page).await);
        asked.compare(&format!("blocks of {agent_id}"), &a, &b);
    }
    for number in 200..204 {
        let (a, b) = (one.office_block(block_id(number)).await, other.office_block(block_id(number)).await);
        asked.compare(&format!("block {number} of the office"), &a, &b);
    }
    let page = request(2, None);
    asked.compare("office blocks", &one.office_blocks(&page).await, &other.office_blocks(&page).await);
    for number in 0..3 {
        let id = move_id(number);
        asked.compare(&format!("move {number}"), &one.bulk_move(id).await, &other.bulk_move(id).await);
    }
    for page in [request(200, None), request(1, None), request(2, None)] {
        let (a, b) = (one.bulk_moves(&page).await, other.bulk_moves(&page).await);
        asked.compare(&format!("moves, {page:?}"), &a, &b);
        let Some(cursor) = a.ok().and_then(|answer| answer.value.next_cursor) else { continue };
        let next = PageRequest { cursor: Some(cursor), ..page };
        asked.compare("moves after these", &one.bulk_moves(&next).await, &other.bulk_moves(&next).await);
    }
    asked.compare("office", &one.office().await, &other.office().await);
    asked.agents(one, other).await;
    asked.leads(one, other).await;
    asked.appointments(one, other, now).await;
    asked.conflicts(one, other, now).await;
    asked.calendars(one, other, now).await;
    asked.summaries(one, other, now).await;
    asked.slots(one, other, now, |_| true).await;
    asked.moves(one, other, now).await;
    asked.found
}

fn ranges(now: DateTime<Utc>) -> [Interval; 5] {
    let day = TimeDelta::days(1);
    [
        Interval::new(now - day * 90, now + day * 60),
        Interval::new(now, now + day),
        Interval::new(now + day + TimeDelta::minutes(7), now + day + TimeDelta::minutes(200)),
        Interval::new(now, now),
        Interval::new(now - TimeDelta::nanoseconds(1), now + day * 2 + TimeDelta::nanoseconds(500)),
    ]
}

fn request(limit: u16, cursor: Option<&str>) -> PageRequest {
    PageRequest { limit: Limit::try_new(limit).unwrap(), cursor: cursor.map(str::to_owned) }
}

fn filters(now: DateTime<Utc>) -> Vec<AppointmentFilter> {
    let everything = AppointmentFilter::default;
    let agents = |ids: &[&str]| ids.iter().map(|id| id.parse().unwrap()).collect();
    vec![
        everything(),
        AppointmentFilter { agent_ids: agents(&AGENTS[..1]), ..everything() },
        AppointmentFilter { agent_ids: agents(&["7", "agent.B", "unheard-of"]), ..everything() },
        AppointmentFilter { lead_ids: vec![LEADS[0].parse().unwrap()], ..everything() },
        AppointmentFilter {
            statuses: vec![AppointmentStatus::Scheduled, AppointmentStatus::Cancelled],
            ..everything()
        },
        AppointmentFilter {
            outcomes: Some(Outcomes { recorded: vec![Outcome::NoShow], unresolved_at: None }),
            ..everything()
        },
        AppointmentFilter {
            outcomes: Some(Outcomes {
                recorded: vec![Outcome::Completed],
                unresolved_at: Some(now + TimeDelta::nanoseconds(1)),
            }),
            ..everything()
        },
        AppointmentFilter { appointment_types: vec![CALL.parse().unwrap()], ..everything() },
        AppointmentFilter { property_ids: vec!["P-0".parse().unwrap()], ..everything() },
        AppointmentFilter { from: Some(now - TimeDelta::hours(30)), ..everything() },
        AppointmentFilter { to: Some(now + TimeDelta::nanoseconds(1)), ..everything() },
        AppointmentFilter {
            from: Some(now + TimeDelta::minutes(15)),
            to: Some(now + TimeDelta::days(3)),
            ..everything()
        },
        AppointmentFilter { from: Some(now), to: Some(now), ..everything() },
        AppointmentFilter { agent_ids: agents(&["7", "agent.B"]), ..everything() },
        AppointmentFilter { wall_time_changed: Some(true), ..everything() },
        AppointmentFilter {
            wall_time_changed: Some(false),
            lead_ids: LEADS.iter().map(|id| id.parse().unwrap()).collect(),
            from: Some(now - TimeDelta::days(20)),
            to: Some(now + TimeDelta::days(20)),
            ..everything()
        },
        AppointmentFilter {
            agent_ids: agents(&AGENTS),
            statuses: vec![AppointmentStatus::Scheduled],
            property_ids: vec!["P-1".parse().unwrap(), "P-0".parse().unwrap()],
            appointment_types: vec![VISIT.parse().unwrap()],
            ..everything()
        },
    ]
}

/// A search for visits with all agents, of which the first page has five.
pub(crate) fn visits(now: DateTime<Utc>) -> SlotSearch {
    SlotSearch {
        appointment_type: VISIT.parse().unwrap(),
        from: now - TimeDelta::days(1),
        to: now + TimeDelta::days(50),
        agent_ids: Vec::new(),
        starts: StartFilter::default(),
        property_id: None,
        lead_id: None,
        zone: None,
        explain: None,
        page: request(5, None),
    }
}

fn slots_questions(now: DateTime<Utc>) -> Vec<SlotSearch> {
    let visit = visits(now);
    let agents = |ids: &[&str]| ids.iter().map(|id| id.parse().unwrap()).collect();
    let by_clock = filters_of_starts(now).into_iter().enumerate().map(|(number, starts)| SlotSearch {
        starts,
        agent_ids: agents(&AGENTS[..number % 3]),
        zone: (number % 2 == 1).then_some(chrono_tz::Tz::Asia__Tokyo),
        property_id: (number % 4 == 2).then(|| "P-0".parse().unwrap()),
        page: request(if number % 2 == 0 { 3 } else { 20 }, None),
        ..visit.clone()
    });
    let explained = filters_of_starts(now).into_iter().skip(2).take(3).map(|starts| SlotSearch {
        starts,
        to: now + TimeDelta::days(6),
        agent_ids: agents(&["7"]),
        explain: Some(Explain::Range),
        ..visit.clone()
    });
    let by_clock: Vec<_> = by_clock.chain(explained).collect();
    let start = now.date_naive().and_hms_opt(13, 0, 0).unwrap().and_utc() + TimeDelta::days(1);
    vec![
        visit.clone(),
        SlotSearch { page: request(200, None), to: now + TimeDelta::days(100), ..visit.clone() },
        SlotSearch { agent_ids: agents(&["10"]), ..visit.clone() },
        SlotSearch {
            property_id: Some("P-0".parse().unwrap()),
            lead_id: Some(LEADS[0].parse().unwrap()),
            zone: Some(chrono_tz::Tz::Asia__Tokyo),
            agent_ids: agents(&["agent.B", "7"]),
            ..visit.clone()
        },
        SlotSearch { appointment_type: CALL.parse().unwrap(), page: request(40, None), ..visit.clone() },
        SlotSearch { appointment_type: "unheard_of".parse().unwrap(), ..visit.clone() },
        SlotSearch { agent_ids: agents(&["7", "unheard-of"]), ..visit.clone() },
        SlotSearch { page: request(5, Some("AAAA")), ..visit.clone() },
        SlotSearch {
            to: now + TimeDelta::days(9),
            property_id: Some("P-1".parse().unwrap()),
            lead_id: Some(LEADS[1].parse().unwrap()),
            page: request(200, None),
            ..visit.clone()
        },
        SlotSearch {
            appointment_type: CALL.parse().unwrap(),
            from: now + TimeDelta::minutes(31),
            to: now + TimeDelta::days(6),
            page: request(30, None),
            ..visit.clone()
        },
        SlotSearch { explain: Some(Explain::Start(start)), ..visit.clone() },
        SlotSearch {
            explain: Some(Explain::Start(start + TimeDelta::minutes(30))),
            agent_ids: agents(&AGENTS),
            property_id: Some("P-1".parse().unwrap()),
            ..visit.clone()
        },
        SlotSearch {
            explain: Some(Explain::Range),
            agent_ids: agents(&["7", "10"]),
            from: now - TimeDelta::days(3),
            to: now + TimeDelta::days(6),
            ..visit.clone()
        },
    ]
    .into_iter()
    .chain(by_clock)
    .collect()
}

/// Starts by the wall clock, one per start, and far apart.
fn filters_of_starts(now: DateTime<Utc>) -> Vec<StartFilter> {
    let (every, today) = (StartFilter::default, now.date_naive());
    let weekdays = vec![Weekday::Mon, Weekday::Tue, Weekday::Sat];
    let parts_of_day = vec![PartOfDay::Morning, PartOfDay::Afternoon];
    let later = Dates::Between { first: Some(today + TimeDelta::days(1)), last: today + TimeDelta::days(9) };
    let filters = [
        every(),
        StartFilter { dates: Some(later), ..every() },
        StartFilter { weekdays: weekdays.clone(), ..every() },
        StartFilter { parts_of_day: parts_of_day.clone(), ..every() },
        StartFilter { dates: Some(Dates::Ahead(3)), parts_of_day: vec![PartOfDay::Midday], ..every() },
        StartFilter {
            dates: Some(Dates::Between { first: None, last: today + TimeDelta::days(40) }),
            weekdays,
            parts_of_day,
            ..every()
        },
        StartFilter { parts_of_day: vec![PartOfDay::Evening], ..every() },
    ];
    let shown = [Shown::All, Shown::OnePerStart, Shown::Spread];
    let of_filter = |(number, filter): (usize, &StartFilter)| {
        let filter = filter.clone();
        [number, number + 1].map(|at| StartFilter { shown: shown[at % shown.len()], ..filter.clone() })
    };
    filters.iter().enumerate().flat_map(of_filter).collect()
}

#[derive(Default)]
struct Asked {
    found: usize,
}

impl Asked {
    fn compare<T: Debug + PartialEq>(
        &mut self,
        what: &str,
        one: &Result<Answer<T>, QueryError>,
        other: &Result<Answer<T>, QueryError>,
    ) {
        assert_eq!(one, other, "{what}");
        self.found += usize::from(one.is_ok());
    }

    async fn agents(&mut self, one: &ReadModel, other: &ReadModel) {
        let mut cursor: Option<String> = None;
        loop {
            let page = request(1, cursor.as_deref());
            let answer = one.agents(&page).await;
            let next = answer.as_ref().ok().and_then(|answer| answer.value.next_cursor.clone());
            self.compare("agents", &answer, &other.agents(&page).await);
            if next.is_none() {
                return;
            }
            cursor = next;
        }
    }

    async fn leads(&mut self, one: &ReadModel, other: &ReadModel) {
        let searches = [
            "nunez",
            "ana",
            "an an",
            "ana nandu",
            "zora.nu",
            "zora.nunez@",
            "12345",
            "+56977712345",
            "carla",
            "nobody",
        ];
        for text in std::iter::once(None).chain(searches.map(Some)) {
            let search = text.and_then(|text| LeadSearch::read(text).ok());
            let mut cursor: Option<String> = None;
            loop {
                let page = request(1, cursor.as_deref());
                let answer = one.leads(search.as_ref(), &page).await;
                let next = answer.as_ref().ok().and_then(|answer| answer.value.next_cursor.clone());
                let what = format!("leads {text:?} after {cursor:?}");
                self.compare(&what, &answer, &other.leads(search.as_ref(), &page).await);
                if next.is_none() {
                    break;
                }
                cursor = next;
            }
        }
    }

    async fn appointments(&mut self, one: &ReadModel, other: &ReadModel, now: DateTime<Utc>) {
        for (number, filter) in filters(now).into_iter().enumerate() {
            // All orders for the first filter, and by start and one other for the others.
            let turn = number % AppointmentSort::ALL.len();
            let is_asked = |order: usize| number == 0 || order == 0 || order == turn;
            for (_, sort) in AppointmentSort::ALL.iter().enumerate().filter(|(order, _)| is_asked(*order)) {
                let mut cursor: Option<String> = None;
                loop {
                    let page = request(3, cursor.as_deref());
                    let answer = one.appointments(&filter, *sort, &page).await;
                    let next = answer.as_ref().ok().and_then(|answer| answer.value.next_cursor.clone());
                    let what = format!("appointments {filter:?} by {sort:?} after {cursor:?}");
                    self.compare(&what, &answer, &other.appointments(&filter, *sort, &page).await);
                    if next.is_none() {
                        break;
                    }
                    cursor = next;
                }
                if let Some(cursor) = cursor.as_deref().filter(|_| *sort == AppointmentSort::Start) {
                    let page = request(3, Some(cursor));
                    let by_another = AppointmentSort::CreatedAt;
                    let (a, b) = (
                        one.appointments(&filter, by_another, &page).await,
                        other.appointments(&filter, by_another, &page).await,
                    );
                    self.compare("a cursor of another order", &a, &b);
                }
            }
        }
    }

    async fn conflicts(&mut self, one: &ReadModel, other: &ReadModel, now: DateTime<Utc>) {
        let agents = [&[][..], &["7"], &["agent.B", "10"], &["unheard-of"]];
        for (range, ids) in ranges(now).into_iter().flat_map(|range| agents.map(|ids| (range, ids))) {
            let agent_ids = ids.iter().map(|id| id.parse().unwrap()).collect();
            let mut question = ConflictSearch { agent_ids, range, page: request(2, None) };
            loop {
                let answer = one.conflicts(&question).await;
                let next = answer.as_ref().ok().and_then(|answer| answer.value.next_cursor.clone());
                self.compare(&format!("conflicts {question:?}"), &answer, &other.conflicts(&question).await);
                if next.is_none() {
                    break;
                }
                question.page.cursor = next;
            }
        }
    }

    async fn calendars(&mut self, one: &ReadModel, other: &ReadModel, now: DateTime<Utc>) {
        let agents = [&[][..], &["7"], &["agent.B", "10", "agent.B"], &["7", "unheard-of"]];
        let code = |code: &str| Some(code.parse().unwrap());
        let shown = [
            (CalendarLayer::ALL.to_vec(), None),
            (vec![CalendarLayer::Hours, CalendarLayer::Free], code(VISIT)),
            (vec![CalendarLayer::Appointments], None),
            (vec![CalendarLayer::Free], code("unheard_of")),
        ];
        for (range, ids) in ranges(now).into_iter().flat_map(|range| agents.map(|ids| (range, ids))) {
            for (layers, appointment_type) in shown.clone() {
                let agent_ids = ids.iter().map(|id| id.parse().unwrap()).collect();
                let mut question =
                    CalendarSearch { agent_ids, range, layers, appointment_type, page: request(2, None) };
                loop {
                    let answer = one.calendars(&question, now).await;
                    let next = answer.as_ref().ok().and_then(|answer| answer.value.next_cursor.clone());
                    let others = other.calendars(&question, now).await;
                    self.compare(&format!("calendars {question:?}"), &answer, &others);
                    if next.is_none() {
                        break;
                    }
                    question.page.cursor = next;
                }
            }
        }
    }

    async fn summaries(&mut self, one: &ReadModel, other: &ReadModel, now: DateTime<Utc>) {
        let everything = |range| SummarySearch {
            range,
            agent_ids: Vec::new(),
            statuses: Vec::new(),
            appointment_types: Vec::new(),
            by: vec![SummaryKey::Day, SummaryKey::Status, SummaryKey::Agent, SummaryKey::Type],
            zone: None,
        };
        let agents = |ids: &[&str]| ids.iter().map(|id| id.parse().unwrap()).collect();
        for range in ranges(now) {
            let all = everything(range);
            let questions = [
                SummarySearch {
                    by: vec![SummaryKey::Day],
                    zone: Some(chrono_tz::Tz::Asia__Tokyo),
                    ..all.clone()
                },
                SummarySearch { by: vec![SummaryKey::Status, SummaryKey::Agent], ..all.clone() },
                SummarySearch { by: Vec::new(), agent_ids: agents(&["7", "agent.B"]), ..all.clone() },
                SummarySearch { agent_ids: agents(&["7", "unheard-of"]), ..all.clone() },
                SummarySearch {
                    by: vec![SummaryKey::Type, SummaryKey::Day],
                    zone: Some(chrono_tz::Tz::Pacific__Kiritimati),
                    statuses: vec![AppointmentStatus::Scheduled, AppointmentStatus::Completed],
                    appointment_types: vec![VISIT.parse().unwrap()],
                    ..all.clone()
                },
                all,
            ];
            for question in questions {
                let (a, b) = (one.summary(&question).await, other.summary(&question).await);
                self.compare(&format!("summary {question:?}"), &a, &b);
            }
        }
    }

    async fn moves(&mut self, one: &ReadModel, other: &ReadModel, now: DateTime<Utc>) {
        let starts = filters_of_starts(now);
        for number in 0..=APPOINTMENTS {
            let agent_ids = if number % 3 == 0 { AGENTS[..2].iter() } else { [].iter() };
            let mut question = MoveSearch {
                appointment_id: appointment_id(number),
                appointment_type: None,
                from: now - TimeDelta::days(1),
                to: now + TimeDelta::days(12),
                agent_ids: agent_ids.map(|id| id.parse().unwrap()).collect(),
                starts: starts[usize::try_from(number).unwrap() % starts.len()].clone(),
                zone: None,
                explain: (number % 4 == 0).then(|| Explain::Start(now + TimeDelta::days(1))),
                page: request(if number % 2 == 0 { 7 } else { 60 }, None),
            };
            for _ in 0..3 {
                let answer = one.slots_to_move_to(&question, now).await;
                let next = answer.as_ref().ok().and_then(|answer| answer.value.slots.next_cursor.clone());
                let others = other.slots_to_move_to(&question, now).await;
                self.compare(&format!("moves {question:?}"), &answer, &others);
                if next.is_none() {
                    break;
                }
                question.page.cursor = next;
            }
        }
    }

    async fn slots(
        &mut self,
        one: &ReadModel,
        other: &ReadModel,
        now: DateTime<Utc>,
        is_asked: impl Fn(usize) -> bool,
    ) {
        for (_, mut question) in
            slots_questions(now).into_iter().enumerate().filter(|(number, _)| is_asked(*number))
        {
            for _ in 0..4 {
                let answer = one.slots(&question, now).await;
                let next = answer.as_ref().ok().and_then(|answer| answer.value.slots.next_cursor.clone());
                self.compare(&format!("slots {question:?}"), &answer, &other.slots(&question, now).await);
                if next.is_none() {
                    break;
                }
                question.page.cursor = next;
            }
        }
    }
}
