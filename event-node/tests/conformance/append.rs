use eventstore::{CurrentRevision, Error, StreamState};

use crate::support::{Store, TYPE, event, events, id, numbers, revisions};
use crate::wire::messages::event_store::client::streams::append_resp::{self, wrong_expected_version};
use crate::wire::messages::event_store::client::streams::write_target::Expected;
use crate::wire::{self, target};

fn conflict(error: &Error) -> (StreamState, CurrentRevision) {
    match error {
        Error::WrongExpectedVersion { expected, current } => (*expected, *current),
        other => panic!("expected a conflict, got {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_appends_to_a_new_stream_and_to_an_old_one() {
    let store = Store::open().await;
    let stream = store.stream("any");
    let first = store.append(&stream, StreamState::Any, events(0..2)).await.unwrap();
    let second = store.append(&stream, StreamState::Any, events(2..3)).await.unwrap();
    assert_eq!((first.next_expected_version, second.next_expected_version), (1, 2));
    assert!(first.position < second.position);
    assert_eq!(numbers(&store.read(&stream).await.unwrap()), [0, 1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_stream_conflicts_with_a_stream() {
    let store = Store::open().await;
    let stream = store.stream("none");
    store.append(&stream, StreamState::NoStream, events(0..3)).await.unwrap();
    let error = store.append(&stream, StreamState::NoStream, events(9..10)).await.unwrap_err();
    assert_eq!(conflict(&error), (StreamState::NoStream, CurrentRevision::Current(2)));
    assert_eq!(numbers(&store.read(&stream).await.unwrap()), [0, 1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exact_revision_must_be_the_last() {
    let store = Store::open().await;
    let stream = store.stream("exact");
    store.append(&stream, StreamState::NoStream, events(0..2)).await.unwrap();
    store.append(&stream, StreamState::StreamRevision(1), events(2..3)).await.unwrap();
    for wrong in [0, 1, 3, 1_000] {
        let expected = StreamState::StreamRevision(wrong);
        let error = store.append(&stream, expected, events(9..10)).await.unwrap_err();
        assert_eq!(conflict(&error), (expected, CurrentRevision::Current(2)));
    }
    assert_eq!(numbers(&store.read(&stream).await.unwrap()), [0, 1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exact_revision_conflicts_with_a_missing_stream() {
    let store = Store::open().await;
    let stream = store.stream("missing");
    let expected = StreamState::StreamRevision(0);
    let error = store.append(&stream, expected, events(0..1)).await.unwrap_err();
    assert_eq!(conflict(&error), (expected, CurrentRevision::NoStream));
    assert!(matches!(store.read(&stream).await, Err(Error::ResourceNotFound)));
}

#[tokio::test(flavor = "multi_thread")]
async fn stream_exists_needs_a_stream() {
    let store = Store::open().await;
    let stream = store.stream("exists");
    let error = store.append(&stream, StreamState::StreamExists, events(0..1)).await.unwrap_err();
    assert_eq!(conflict(&error), (StreamState::StreamExists, CurrentRevision::NoStream));
    store.append(&stream, StreamState::NoStream, events(0..1)).await.unwrap();
    store.append(&stream, StreamState::StreamExists, events(1..2)).await.unwrap();
    assert_eq!(numbers(&store.read(&stream).await.unwrap()), [0, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_is_what_was_appended() {
    let store = Store::open().await;
    let stream = store.stream("whole");
    let given = id();
    let appended = event(7).id(given).metadata(b"about it".as_slice().into());
    let result = store.append(&stream, StreamState::Any, vec![appended]).await.unwrap();
    let read = store.read(&stream).await.unwrap().remove(0);
    assert_eq!((read.id, read.event_type.as_str(), read.is_json), (given, TYPE, true));
    assert_eq!(read.stream_id(), stream);
    assert_eq!(read.data, r#"{"number":7}"#);
    assert_eq!(read.custom_metadata, b"about it".as_slice());
    assert_eq!(read.position, result.position);
    assert!(read.created.timestamp() > 1_700_000_000);
    assert!(read.metadata["created"].parse::<i64>().unwrap() > 17_000_000_000_000_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn stream_names_may_be_in_any_script() {
    let store = Store::open().await;
    for name in ["año ñandú", "予約", "📅/%2F?&=", "a b\tc"] {
        let stream = store.stream(name);
        store.append(&stream, StreamState::NoStream, events(0..1)).await.unwrap();
        let read = store.read(&stream).await.unwrap();
        assert_eq!(read[0].stream_id(), stream);
    }
}

/// Every writer appends at the revision that it last saw. One wins each revision; the others get the current
/// revision and retry from there.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_writers_one_wins_each_revision() {
    const WRITERS: usize = 16;
    const EACH: usize = 10;
    let store = Store::open().await;
    let stream = store.stream("contended");
    let writers = (0..WRITERS).map(|writer| {
        let (client, stream) = (store.client.clone(), stream.clone());
        tokio::spawn(async move {
            let (mut state, mut won) = (StreamState::NoStream, Vec::new());
            while won.len() < EACH {
                let written = crate::support::append(&client, &stream, state, vec![event(writer)]).await;
                let at = match written {
                    Ok(result) => {
                        won.push(result.next_expected_version);
                        CurrentRevision::Current(result.next_expected_version)
                    }
                    Err(error) => conflict(&error).1,
                };
                state = match at {
                    CurrentRevision::Current(revision) => StreamState::StreamRevision(revision),
                    CurrentRevision::NoStream => StreamState::NoStream,
                };
            }
            won.into_iter().map(move |revision| (revision, writer)).collect::<Vec<_>>()
        })
    });
    let mut won = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        won.extend(writer.await.unwrap());
    }
    won.sort_unstable();
    let read = store.read(&stream).await.unwrap();
    let stored: Vec<_> = revisions(&read).into_iter().zip(numbers(&read)).collect();
    assert_eq!(won, stored, "each revision holds the event of the writer that got it acknowledged");
    assert_eq!(stored.len(), WRITERS * EACH);
}

/// As a signed number it is -1, which means no stream.
#[tokio::test(flavor = "multi_thread")]
async fn the_greatest_revision_stands_for_no_stream() {
    let store = Store::open().await;
    let stream = store.stream("greatest");
    let greatest = StreamState::StreamRevision(u64::MAX);
    store.append(&stream, greatest, events(0..2)).await.unwrap();
    let error = store.append(&stream, greatest, events(2..3)).await.unwrap_err();
    assert_eq!(conflict(&error).1, CurrentRevision::Current(1));
    assert_eq!(numbers(&store.read(&stream).await.unwrap()), [0, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_is_also_told_as_clients_before_20_6_1_know_it() {
    let store = Store::open().await;
    let Some(wire) = store.wire().await else { return };
    let stream = store.stream("old-client");
    store.append(&stream, StreamState::NoStream, events(0..3)).await.unwrap();
    let target = target(stream.as_bytes(), Expected::Revision(7));
    let one = wire::event(id(), TYPE, "application/json");
    let answer = wire.append(wire::append_of(target, vec![one])).await.unwrap();
    let Some(append_resp::Result::WrongExpectedVersion(conflict)) = answer.result else {
        panic!("{answer:?}")
    };
    assert_eq!(
        conflict.current_revision_option_20_6_0,
        Some(wrong_expected_version::CurrentRevisionOption2060::CurrentRevision2060(2))
    );
    assert_eq!(
        conflict.expected_revision_option_20_6_0,
        Some(wrong_expected_version::ExpectedRevisionOption2060::ExpectedRevision2060(7))
    );
}
