use event_store::{After, ExpectedRevision, StreamFilter};
use futures::future::join_all;

use crate::proxy::Proxy;
use crate::store_server::OwnNode;
use crate::support::{given_store, new_events, new_name, next_event, store_at};

#[tokio::test]
async fn a_load_begins_after_the_revision_it_is_given() {
    let given = given_store().await;
    let stream = new_name("tail");
    given.store.append(&stream, ExpectedRevision::NoStream, &new_events(0..5)).await.unwrap();

    for (after, expected) in
        [(None, vec![0, 1, 2, 3, 4]), (Some(2), vec![3, 4]), (Some(4), vec![]), (Some(9), vec![])]
    {
        let loaded = given.store.load(&stream, after).await.unwrap();
        let revisions: Vec<_> = loaded.iter().map(|event| event.revision).collect();
        assert_eq!(revisions, expected, "after {after:?}");
    }
    assert_eq!(given.store.stream_revision(&stream).await.unwrap(), Some(4));
}

#[tokio::test]
async fn a_stream_that_was_never_written_is_empty() {
    let given = given_store().await;
    let stream = new_name("missing");
    assert_eq!(given.store.load(&stream, None).await.unwrap(), vec![]);
    assert_eq!(given.store.load(&stream, Some(3)).await.unwrap(), vec![]);
    assert_eq!(given.store.stream_revision(&stream).await.unwrap(), None);
}

#[tokio::test]
async fn the_whole_log_is_read_in_pages_by_the_beginnings_of_stream_names() {
    let given = given_store().await;
    let prefix = new_name("paged");
    let other = new_name("other");
    let (a, b) = (format!("{prefix}-a"), format!("{prefix}-b"));
    let mut appended = Vec::new();
    for number in 0..4 {
        for stream in [&a, &other, &b] {
            let events = new_events(number..number + 1);
            appended.push(given.store.append(stream, ExpectedRevision::Any, &events).await.unwrap());
        }
    }
    let filter = StreamFilter::prefixes([prefix.as_str()]);

    let mut after = None;
    let mut pages = Vec::new();
    loop {
        let page = given.store.read_all(after, 3, &filter).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.position);
        pages.push(page);
    }

    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 2]);
    let read: Vec<_> = pages.concat();
    assert!(read.is_sorted_by(|a, b| a.position < b.position));
    let of_a: Vec<_> = read.iter().filter(|event| *event.stream == *a).map(|event| event.revision).collect();
    assert_eq!(of_a, [0, 1, 2, 3]);

    let last = appended.last().map(|appended| appended.position);
    assert_eq!(given.store.head_of(&filter).await.unwrap(), last);
    assert!(given.store.head_of(&StreamFilter::all()).await.unwrap() >= last);
    let since_other = given.store.read_all(Some(appended[1].position), 100, &filter).await.unwrap();
    assert_eq!(since_other.len(), 7, "a page may begin after an event that the filter leaves out");
}

#[tokio::test]
async fn the_servers_own_events_are_never_seen() {
    let node = OwnNode::start("expects nobody else at the end of the log").await;
    let store = store_at(node.address());
    let stream = new_name("snapshot-of");
    let snapshot = event_store::Snapshot { version: 1, revision: 0, payload: b"{}".to_vec() };
    store.save_snapshot(&stream, &snapshot).await.unwrap();

    for filter in [StreamFilter::all(), StreamFilter::prefixes(["$"]), StreamFilter::prefixes([""])] {
        let read = store.read_all(None, usize::MAX, &filter).await.unwrap();
        assert!(read.iter().all(|event| !event.stream.starts_with('$')), "{filter:?}");
        assert_eq!(read.last().map(|event| event.position), store.head_of(&filter).await.unwrap());
    }
    let mut subscription = store.subscribe(After::Start, StreamFilter::prefixes(["$", &stream]));
    let first = next_event(&mut subscription).await;
    assert_eq!(*first.stream, *stream);
}

/// A read that is given up before its end resets its stream. Of more than ten at once the client forgets some, takes what
/// still arrives for them as an error, and ends the connection after a thousand of those.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn thousands_of_short_reads_at_once_leave_their_connection_whole() {
    let node = OwnNode::start("counts on connections of its own").await;
    let proxy = Proxy::start(node.address()).await;
    let store = store_at(proxy.address());
    let stream = new_name("short");
    store.append(&stream, ExpectedRevision::NoStream, &new_events(0..3)).await.unwrap();
    let filter = StreamFilter::prefixes([stream.as_str()]);
    let readers = (0..64).map(|_| {
        let (store, filter, stream) = (store.clone(), filter.clone(), stream.clone());
        tokio::spawn(async move {
            for _ in 0..80 {
                assert_eq!(store.stream_revision("nobody-wrote-it").await.unwrap(), None);
                assert!(store.head_of(&filter).await.unwrap().is_some());
                assert_eq!(store.stream_revision(&stream).await.unwrap(), Some(2));
            }
        })
    });
    assert!(join_all(readers).await.iter().all(Result::is_ok));
    assert_eq!(proxy.connections(), 1);
}
