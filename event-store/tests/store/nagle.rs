//! A call of several packets does not wait for the acknowledgement of the first.

use std::time::{Duration, Instant};

use event_store::ExpectedRevision;
use event_store_protocol::event_store::client::streams::AppendReq;
use event_store_protocol::event_store::client::streams::streams_client::StreamsClient;
use tonic::codegen::tokio_stream;
use tonic::transport::Endpoint;

use crate::rude_server::RudeServer;
use crate::support::{new_events, store_at};

const CALLS: u32 = 20;

/// A server's kernel acknowledges what it has received with the answer, or after 40 ms. With Nagle's algorithm, the rest of a call
/// is not sent before that.
#[tokio::test]
async fn a_call_is_with_a_server_that_acknowledges_late_at_once() {
    let mut server = RudeServer::storing().await;
    let store = store_at(server.address);
    let event = new_events(0..1);
    // The same call by a client with Nagle's algorithm: as long as each would wait.
    let endpoint = Endpoint::from_shared(format!("http://{}", server.address)).unwrap().tcp_nodelay(false);
    let mut delayed = StreamsClient::new(endpoint.connect().await.unwrap());
    store.append("s", ExpectedRevision::NoStream, &event).await.unwrap();
    let same: Vec<AppendReq> = server.appended.recv().await.unwrap();

    // The median of each: on a busy machine any call may take long.
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for _ in 0..CALLS {
        let begun_at = Instant::now();
        store.append("s", ExpectedRevision::NoStream, &event).await.unwrap();
        ours.push(begun_at.elapsed());
        let begun_at = Instant::now();
        delayed.append(tokio_stream::iter(same.clone())).await.unwrap();
        others.push(begun_at.elapsed());
    }
    let [ours, others] = [ours, others].map(median);
    assert!(ours * 3 < others, "a call took {ours:?}, and {others:?} with Nagle's algorithm");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
