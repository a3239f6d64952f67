//! Streams that are parked and resumed later: Postgres returns the same as memory all along, and in the end the same as
//! if nothing had been parked.

use chrono::TimeDelta;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use read_model::{
    ApplyError, ApplyErrorReason, MemoryReadModel, ParkedStream, PostgresReadModel, ProjectError,
    ProjectedEvent, ReadModel,
};
use schemas::event::{AppointmentConfirmed, DateExceptionSet};
use schemas::value::DateException;

use crate::alarm::{booked, moved, tell, with_agents};
use crate::history::{History, tries};
use crate::same_answers::assert_same_answers;
use crate::support::{self, appointment_id, begin, parked_at, project, stream_of};

/// A stream that is parked at this event.
fn waiting(event: &ProjectedEvent) -> ParkedStream {
    let reason = ApplyErrorReason::NotKept("the test says so".to_owned());
    let (position, revision) = (event.position, event.revision);
    let event_type = event.event.event_type();
    parked_at(event, &ApplyError { position, revision, event_type, reason })
}

#[tokio::test]
async fn what_was_parked_comes_in_later_and_both_answer_alike_all_along() {
    // The same histories in every run.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut of_office = 0;
    for number in 0..12 {
        let History { log, now, .. } = History::of(&tries().new_tree(&mut runner).unwrap().current());
        let postgres = ReadModel::from(support::postgres("parked_history").await);
        let memory = ReadModel::from(MemoryReadModel::new());
        // A stream is parked at some event; now and then it is the office's.
        let from = log.events.len() * (number + 1) / 14;
        let (before, rest) = log.events.split_at(from);
        let last = log.events.last().unwrap().position;
        let parked = waiting(&rest[0]);
        of_office += usize::from(parked.stream == schemas::stream::OFFICE);
        for read_model in [&memory, &postgres] {
            project(read_model, before).await;
            read_model.park(&parked).await.unwrap();
            project(read_model, rest).await;
            assert_eq!(read_model.parked().await, Ok(vec![parked.clone()]));
        }
        assert_same_answers(&memory, &postgres, now).await;

        let waited: Vec<_> = rest.iter().filter(|event| stream_of(event) == parked.stream).cloned().collect();
        let (first, others) = waited.split_at(waited.len() / 2);
        for read_model in [&memory, &postgres] {
            // In two attempts, of which the first comes halfway.
            let next = others.first().map(waiting);
            let resumed = read_model.resume(&parked.stream, first.to_vec(), next.as_ref(), last);
            resumed.await.unwrap();
            assert_eq!(read_model.parked().await.unwrap(), next.into_iter().collect::<Vec<_>>());
        }
        assert_same_answers(&memory, &postgres, now).await;
        for read_model in [&memory, &postgres] {
            read_model.resume(&parked.stream, others.to_vec(), None, last).await.unwrap();
            assert_eq!(read_model.parked().await, Ok(Vec::new()));
            assert_eq!(read_model.position().await, Ok(last));
        }
        let found = assert_same_answers(&memory, &postgres, now + TimeDelta::minutes(1)).await;
        assert!(found > 60, "only {found} queries found something");
    }
    assert!((1..12).contains(&of_office), "{of_office} times the office was parked");
}

#[tokio::test]
async fn what_was_parked_comes_in_later_as_if_it_had_not_been() {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut of_agents = 0;
    for _ in 0..20 {
        let History { log, now, .. } = History::of(&tries().new_tree(&mut runner).unwrap().current());
        let unparked = ReadModel::from(MemoryReadModel::new());
        project(&unparked, &log.events).await;
        for from in (1..log.events.len()).step_by(3) {
            let (before, rest) = log.events.split_at(from);
            let parked = waiting(&rest[0]);
            of_agents += usize::from(parked.stream != schemas::stream::OFFICE);
            let memory = ReadModel::from(MemoryReadModel::new());
            project(&memory, before).await;
            memory.park(&parked).await.unwrap();
            project(&memory, rest).await;
            let waited = rest.iter().filter(|event| stream_of(event) == parked.stream).cloned();
            let last = log.events.last().unwrap().position;
            memory.resume(&parked.stream, waited.collect(), None, last).await.unwrap();
            assert_same_answers(&unparked, &memory, now).await;
        }
    }
    assert!(of_agents > 150, "{of_agents} times an agent was parked");
}

async fn has(read_model: &PostgresReadModel, number: u128) -> bool {
    ReadModel::from(read_model.clone()).appointment(appointment_id(number)).await.is_ok()
}

#[tokio::test]
async fn a_retry_goes_as_far_as_it_can_and_parks_at_the_next_that_is_wrong() {
    let mut log = with_agents(&["7", "8"]);
    tell(&mut log, "7", booked(1, "7", begin(), 1));
    tell(&mut log, "7", booked(2, "7", begin(), 1));
    tell(&mut log, "7", moved(1, begin() + TimeDelta::hours(1)));
    let far = DateException { date: "-9999-01-01".parse().unwrap(), intervals: Vec::new() };
    tell(&mut log, "7", DateExceptionSet { exception: far });
    tell(&mut log, "7", AppointmentConfirmed { appointment_id: appointment_id(1) });
    tell(&mut log, "8", booked(3, "8", begin(), 1));
    let postgres = support::postgres("parked_retry").await;
    let read_model = ReadModel::from(postgres.clone());
    project(&read_model, &log.events).await;
    let (stream, last) = (stream_of(&log.events[2]), log.events.last().unwrap().position);
    let revision = async || postgres.parked().await.unwrap()[0].revision;
    assert_eq!((revision().await, has(&postgres, 3).await), (2, true));

    // The overlap is still there, until the event after it is applied together with it.
    let waited: Vec<_> = log.events[3..7].to_vec();
    let error = read_model.resume(&stream, waited[..1].to_vec(), None, last).await.unwrap_err();
    assert!(
        matches!(&error, ProjectError::ApplyErrorReason(error) if error.reason == ApplyErrorReason::Overlap),
        "{error}"
    );
    assert_eq!(revision().await, 2);
    let next = waiting(&waited[2]);
    read_model.resume(&stream, waited[..2].to_vec(), Some(&next), last).await.unwrap();
    assert_eq!((revision().await, has(&postgres, 2).await), (4, true));

    // One by one, until one fails: nothing is applied twice.
    let error = read_model.resume(&stream, waited.clone(), None, last).await.unwrap_err();
    let ProjectError::ApplyErrorReason(error) = error else { panic!("{error}") };
    assert_eq!((error.revision, revision().await), (4, 4));
    // Without the failing event, the rest is applied.
    read_model.resume(&stream, waited[3..].to_vec(), None, last).await.unwrap();
    assert_eq!(postgres.parked().await, Ok(Vec::new()));
    let history = read_model.history(appointment_id(1)).await.unwrap().value;
    let types: Vec<_> = history.iter().map(|entry| entry.event_type.to_owned()).collect();
    assert_eq!(types, ["AppointmentBooked", "AppointmentRescheduled", "AppointmentConfirmed"]);
    // Resuming it again does nothing.
    read_model.resume(&stream, waited, None, last).await.unwrap();
    assert_eq!(read_model.history(appointment_id(1)).await.unwrap().value.len(), 3);
}

#[tokio::test]
async fn who_lags_behind_the_tables_neither_leaves_out_nor_brings_back() {
    let mut log = with_agents(&["7"]);
    for number in 1..=3_u8 {
        let start = begin() + TimeDelta::days(number.into());
        tell(&mut log, "7", booked(number.into(), "7", start, 1));
    }
    let [first, second, third] = &log.events[log.events.len() - 3..] else { unreachable!() };
    let postgres = support::postgres("parked_late").await;
    let read_model = ReadModel::from(postgres.clone());
    project(&read_model, &log.events[..log.events.len() - 3]).await;
    let parked = waiting(first);
    read_model.park(&parked).await.unwrap();
    // Another process meanwhile advances past events of the parked stream.
    read_model.advance(third.position, std::slice::from_ref(&parked)).await.unwrap();

    // The events that were read of the stream end before that.
    let events = vec![first.clone(), second.clone()];
    let resumed = read_model.resume(&parked.stream, events, None, second.position).await;
    assert!(matches!(&resumed, Err(ProjectError::Unavailable(_))), "{resumed:?}");
    assert_eq!(postgres.parked().await, Ok(vec![parked.clone()]));
    assert!(!has(&postgres, 1).await);

    let (next, last) = (waiting(third), third.position);
    let events = vec![first.clone(), second.clone()];
    read_model.resume(&parked.stream, events, Some(&next), last).await.unwrap();
    // The first process parks the stream where it still believes it to be.
    read_model.park(&parked).await.unwrap();
    assert_eq!(postgres.parked().await, Ok(vec![next]));
    read_model.resume(&parked.stream, vec![third.clone()], None, last).await.unwrap();
    read_model.park(&parked).await.unwrap();
    assert_eq!(postgres.parked().await, Ok(Vec::new()));
    assert!(has(&postgres, 1).await && has(&postgres, 3).await);
}
