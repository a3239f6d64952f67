use std::sync::Arc;

use system_tests::Proxy;
use tokio::sync::OnceCell;

use super::load::Load;
use super::support::Production;

/// The store has written a booking, and its answer never arrives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replies_that_are_lost_after_the_commit_are_found_out() {
    let proxy = Arc::new(OnceCell::new());
    let set = Arc::clone(&proxy);
    let way = async move |address: String| {
        let proxy = Proxy::start(address.parse().unwrap()).await;
        let address = proxy.address().to_string();
        set.set(proxy).unwrap();
        address
    };
    let production = Production::through(way).await;
    let proxy = proxy.get().unwrap();
    let load = Load::start(&production);
    for _ in 0..10 {
        proxy.lose_next_answer();
        // More than wait together, so that at least one was decided after it.
        load.goes_on(12).await;
        assert!(proxy.has_lost_it(), "the test lost nothing");
    }
    let outcome = load.end(production).await;
    assert_eq!(outcome.records.len(), outcome.booked);
}
