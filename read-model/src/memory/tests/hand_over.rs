//! An appointment that one agent hands over to another.

use schemas::event::{ReservationFenced, ReservationReleased, TimeBlocked};
use schemas::value::{AppointmentSnapshot, NoShowBy};
use schemas::{BlockId, stream};
use uuid::Uuid;

use super::*;
use crate::sample::reservation_id;

/// Appointment 1 of agent 7, confirmed; and as it is once handed over.
fn confirmed() -> (Log, AppointmentSnapshot) {
    let mut log = two_agents();
    log.book(1, "7", begin());
    log.agent("7", AppointmentConfirmed { appointment_id: id(1) });
    let now = fixtures::snapshot(booked(1, "7", begin()));
    (log, AppointmentSnapshot { status: AppointmentStatus::Confirmed, version: 3, ..now })
}

async fn calendar(read_model: &MemoryReadModel, agent_id: &str) -> AgentCalendarAnswer {
    let range = Interval::new(begin(), begin() + TimeDelta::days(1));
    read_model.agent_calendar(&agent_id.parse().unwrap(), range, begin()).await.unwrap().value
}

/// The agents who have appointment 1 in their list, and those whose time it takes.
async fn whose(read_model: &MemoryReadModel) -> (Vec<&'static str>, Vec<&'static str>) {
    let mut listed = Vec::new();
    for agent_id in ["7", "8"] {
        let filter =
            AppointmentFilter { agent_ids: vec![agent_id.parse().unwrap()], ..AppointmentFilter::default() };
        let list = read_model.appointments(&filter, AppointmentSort::Start, &PageRequest::default());
        let list = list.unwrap().value.items;
        assert_eq!(calendar(read_model, agent_id).await.appointments, list);
        listed.extend((!list.is_empty()).then_some(agent_id));
    }
    (listed, ["7", "8"].into_iter().filter(|agent_id| is_on(read_model, agent_id, 1)).collect())
}

fn told(read_model: &MemoryReadModel) -> Vec<(&'static str, String)> {
    let history = read_model.history(id(1)).unwrap().value;
    history.into_iter().map(|entry| (entry.event_type, entry.stream)).collect()
}

#[tokio::test]
async fn the_decision_moves_an_appointment_between_both_calendars_in_one_step() {
    let (mut log, handed_over) = confirmed();
    let before = row(&log.read_model(), 1);
    log.reserve(&handed_over, "7", "8");
    let reserved = log.read_model();
    assert_eq!(row(&reserved, 1), before, "nothing is decided yet");
    assert_eq!(whose(&reserved).await, (vec!["7"], vec!["7", "8"]));

    log.hand_over(&handed_over, "7", "8");
    let decided = log.read_model();
    let expected = AppointmentRow {
        agent_id: "8".parse().unwrap(),
        version: 3,
        updated_at: log.events.last().unwrap().metadata.recorded_at,
        ..before
    };
    assert_eq!(row(&decided, 1), expected);
    assert_eq!(whose(&decided).await, (vec!["8"], vec!["8"]));
}

#[tokio::test]
async fn to_receive_an_appointment_changes_nothing_that_is_seen() {
    let (mut log, handed_over) = confirmed();
    log.reserve(&handed_over, "7", "8");
    log.hand_over(&handed_over, "7", "8");
    let decided = log.read_model();
    log.receive(&handed_over, "7", "8");
    let received = log.read_model();
    assert!(decided.position() < received.position());
    assert_eq!(row(&received, 1), row(&decided, 1));
    assert_eq!(received.history(id(1)).unwrap().value, decided.history(id(1)).unwrap().value);
    assert_eq!(whose(&received).await, whose(&decided).await);
    for agent_id in ["7", "8"] {
        assert_eq!(calendar(&received, agent_id).await, calendar(&decided, agent_id).await);
        let agent_id = agent_id.parse().unwrap();
        assert_eq!(received.calendars(&agent_id), decided.calendars(&agent_id));
        assert_eq!(received.agent(&agent_id).unwrap().value, decided.agent(&agent_id).unwrap().value);
    }
}

#[test]
fn a_history_is_one_story_across_agents() {
    let (mut log, handed_over) = confirmed();
    log.reassign(&handed_over, "7", "8");
    log.agent("8", AppointmentNoShow { appointment_id: id(1), by: NoShowBy::Lead });
    let read_model = log.read_model();
    let expected = [
        ("AppointmentBooked", "agent-7"),
        ("AppointmentConfirmed", "agent-7"),
        ("AppointmentHandedOver", "agent-7"),
        ("AppointmentNoShow", "agent-8"),
    ];
    assert_eq!(told(&read_model), expected.map(|(event_type, stream)| (event_type, stream.to_owned())));
    let hand_over = read_model.history(id(1)).unwrap().value.remove(2);
    assert!(hand_over.data.as_str().contains(r#""to_agent_id":"8""#), "{}", hand_over.data.as_str());
    let last = row(&read_model, 1);
    assert_eq!((last.status, last.version), (AppointmentStatus::NoShow, 4));
}

#[tokio::test]
async fn a_released_reservation_frees_the_time() {
    let (mut log, handed_over) = confirmed();
    let before = log.read_model();
    log.reserve(&handed_over, "7", "8");
    let reservation_id = reservation_id(&handed_over);
    let reserved_on = stream::agent(&"8".parse().unwrap());
    log.agent("7", ReservationFenced { reservation_id, reserved_on });
    log.agent("8", ReservationReleased { reservation_id, appointment_id: id(1) });
    let after = log.read_model();
    assert_eq!(whose(&after).await, (vec!["7"], vec!["7"]));
    assert_eq!(row(&after, 1), row(&before, 1));
    assert_eq!(told(&after), told(&before));
}

#[tokio::test]
async fn reserved_time_is_offered_to_nobody_and_is_no_conflict_of_the_new_agents() {
    let (mut log, handed_over) = confirmed();
    let offered = async |log: &Log, agent_id: &str| {
        let asked = SlotSearch {
            agent_ids: vec![agent_id.parse().unwrap()],
            from: begin(),
            to: begin() + TimeDelta::minutes(1),
            ..question("visita_propiedad")
        };
        !log.read_model().slots(&asked, begin()).await.unwrap().value.slots.items.is_empty()
    };
    assert!(!offered(&log, "7").await && offered(&log, "8").await);
    log.reserve(&handed_over, "7", "8");
    assert!(!offered(&log, "7").await && !offered(&log, "8").await);
    let block_id = BlockId::new(Uuid::from_u128(1));
    let block = fixtures::block(block_id, fixtures::ZONE, begin(), begin() + TimeDelta::hours(1));
    log.agent("8", TimeBlocked { block });
    assert_eq!(calendar(&log.read_model(), "8").await.conflicts, []);
    log.hand_over(&handed_over, "7", "8");
    assert!(offered(&log, "7").await && !offered(&log, "8").await);
    let conflicts = calendar(&log.read_model(), "8").await.conflicts;
    assert_eq!(conflicts.iter().map(|conflict| conflict.appointment_id).collect::<Vec<_>>(), [id(1)]);
}

/// Of 7, who moves it, then of 8, 7, 9 and 7 again, who confirms it, and of 8, who moves it and is waited for in vain.
fn there_and_back() -> Log {
    let (mut log, mut now) = confirmed();
    log.register("9");
    let later = |hours| begin() + TimeDelta::hours(hours);
    log.reschedule(1, "7", later(1), 1);
    log.agent("7", AppointmentConfirmed { appointment_id: id(1) });
    now = AppointmentSnapshot { sequence: 1, version: 5, ..with_start(&now, later(1)) };
    log.reassign(&now, "7", "8");
    for (from, to) in [("8", "7"), ("7", "9"), ("9", "7")] {
        now.version += 1;
        log.reassign(&now, from, to);
    }
    log.agent("7", AppointmentConfirmed { appointment_id: id(1) });
    now.version += 2;
    log.reassign(&now, "7", "8");
    log.reschedule(1, "8", later(2), 2);
    log.agent("8", AppointmentNoShow { appointment_id: id(1), by: NoShowBy::Lead });
    log
}

fn with_start(appointment: &AppointmentSnapshot, start: DateTime<Utc>) -> AppointmentSnapshot {
    let moved = fixtures::snapshot(booked(1, "7", start));
    AppointmentSnapshot { status: appointment.status, ..moved }
}

fn stream_of(event: &ProjectedEvent) -> String {
    event.landmark().stream
}

/// Whatever happened last, whichever event a stream is parked at, and wherever the first retry stops.
#[test]
fn what_a_parked_stream_tells_later_is_as_if_it_had_not_been_parked() {
    let log = there_and_back();
    let booked = log.events.iter().position(|event| event.event.event_type() == "AppointmentBooked");
    let booked = booked.unwrap();
    let mut cases = 0;
    for end in booked + 2..=log.events.len() {
        let events = &log.events[..end];
        let unparked = MemoryReadModel::new();
        unparked.apply(events.to_vec()).unwrap();
        for (at, stream) in (booked..end).map(|at| (at, stream_of(&events[at]))) {
            let (before, rest) = events.split_at(at);
            let (waiting, others): (Vec<_>, Vec<_>) =
                rest.iter().cloned().partition(|event| stream_of(event) == stream);
            for stop in 0..=waiting.len() {
                let read_model = MemoryReadModel::new();
                read_model.apply(before.iter().chain(&others).cloned()).unwrap();
                let (first, second) = waiting.split_at(stop);
                read_model.resume(&stream, first.to_vec(), None).unwrap();
                read_model.resume(&stream, second.to_vec(), None).unwrap();
                assert_alike(&read_model, &unparked, &format!("{stream} at {at} of {end}, {stop} at first"));
                cases += 1;
            }
        }
    }
    assert!(cases > 1_000, "{cases}");
}

fn assert_alike(one: &MemoryReadModel, other: &MemoryReadModel, what: &str) {
    let entries =
        [one, other].map(|read_model| read_model.snapshot().appointments.get(id(1)).unwrap().clone());
    assert_eq!(entries[0].view, entries[1].view, "{what}");
    assert!(entries[0].view.behind.is_empty(), "{what}");
    assert_eq!(one.history(id(1)).unwrap().value, other.history(id(1)).unwrap().value, "{what}");
    for agent_id in ["7", "8"] {
        let agent_id = agent_id.parse().unwrap();
        assert_eq!(one.calendars(&agent_id), other.calendars(&agent_id), "{what}");
    }
}

#[test]
fn what_is_known_of_an_appointment_is_shown_while_its_old_agents_stream_is_parked() {
    let (mut log, handed_over) = confirmed();
    let (before, parked) = (log.events.len() - 2, log.events[log.events.len() - 2].clone());
    log.reassign(&handed_over, "7", "8");
    let old = log.events[before..].iter().filter(|event| stream_of(event) == "agent-7");
    let old: Vec<_> = old.cloned().collect();
    let new = log.events[before..].iter().filter(|event| stream_of(event) == "agent-8");
    let read_model = MemoryReadModel::new();
    read_model.apply(log.events[..before].iter().chain(new).cloned()).unwrap();
    let shown = row(&read_model, 1);
    assert_eq!((shown.agent_id.as_str(), shown.version), ("8", 3));
    assert_eq!(told(&read_model), [], "it is there, but nothing that is told of it");
    read_model.resume("agent-7", old, None).unwrap();
    let shown = row(&read_model, 1);
    assert_eq!((shown.agent_id.as_str(), shown.version), ("8", 3));
    assert_eq!(shown.created_at, parked.metadata.recorded_at);
    assert_eq!(told(&read_model).len(), 3);
}
