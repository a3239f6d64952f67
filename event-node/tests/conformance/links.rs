use eventstore::{EventData, ReadAllOptions, ReadStreamOptions, ResolvedEvent, StreamPosition, StreamState};

use crate::support::{Store, events, id, number, within};

fn link(revision: u64, stream: &str) -> EventData {
    EventData::binary("$>", format!("{revision}@{stream}").into_bytes().into()).id(id())
}

/// A stream of links: to event 1 of another stream, and to one that is not there.
async fn linked() -> (Store, String) {
    let store = Store::open().await;
    let (target, links) = (store.stream("target"), store.stream("links"));
    store.append(&target, StreamState::NoStream, events(0..3)).await.unwrap();
    let both = vec![link(1, &target), link(9, &target)];
    store.append(&links, StreamState::NoStream, both).await.unwrap();
    (store, links)
}

async fn collect(mut read: eventstore::ReadStream) -> Vec<ResolvedEvent> {
    let mut found = Vec::new();
    while let Some(event) = within(read.next()).await.unwrap() {
        found.push(event);
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_resolved_for_who_asks_for_it() {
    let (store, links) = linked().await;
    let options = ReadStreamOptions::default().resolve_link_tos();
    let read = collect(store.client.read_stream(links.as_str(), &options).await.unwrap()).await;
    let [there, missing] = &read[..] else { panic!("{read:?}") };
    assert_eq!(number(there.event.as_ref().unwrap()), 1);
    assert_eq!(there.event.as_ref().unwrap().stream_id(), store.stream("target"));
    let link = there.link.as_ref().unwrap();
    assert_eq!((link.stream_id(), link.revision), (links.as_str(), 0));
    assert!(missing.event.is_none());
    assert_eq!(missing.link.as_ref().unwrap().revision, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_an_event_for_everybody_else() {
    let (store, links) = linked().await;
    let read = store.read(&links).await.unwrap();
    assert!(read.iter().all(|event| event.event_type == "$>"));
    assert_eq!(read[0].data, format!("1@{}", store.stream("target")));
}

#[tokio::test(flavor = "multi_thread")]
async fn links_are_resolved_in_the_whole_log_too() {
    let (store, links) = linked().await;
    let from = StreamPosition::Position(store.read(&links).await.unwrap()[0].position);
    let options = ReadAllOptions::default().position(from).max_count(2).resolve_link_tos();
    let read = collect(store.client.read_all(&options).await.unwrap()).await;
    let ours = read.iter().find(|event| event.link.as_ref().is_some_and(|link| link.stream_id() == links));
    assert_eq!(number(ours.unwrap().event.as_ref().unwrap()), 1);
}
