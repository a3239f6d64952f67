//! One process leads, and another does when that one is gone.

use futures::FutureExt;
use futures::poll;
use read_model::PostgresReadModel;
use sqlx::{Connection, PgConnection};

use crate::given::{self, PATIENCE};

#[tokio::test]
async fn a_leader_lock_that_is_released_or_cut_goes_to_who_waits() {
    let settings = given::settings("leading");
    let named = |name: &str| PostgresReadModel::new(settings.clone().with_application_name(name));
    let (first, second, third) = (named("leads-first"), named("leads-second"), named("leads-third"));
    let elsewhere = PostgresReadModel::new(given::settings("leading_elsewhere"));

    let held = first.acquire_leader_lock().await.unwrap();
    let of_another = tokio::time::timeout(PATIENCE, elsewhere.acquire_leader_lock())
        .await
        .expect("another schema has its own");
    of_another.unwrap().release().await.unwrap();
    let mut waits = Box::pin(second.acquire_leader_lock());
    until_waiting("leads-second", &mut waits).await;
    held.release().await.unwrap();
    let mut held = tokio::time::timeout(PATIENCE, waits).await.unwrap().unwrap();

    let mut waits = Box::pin(third.acquire_leader_lock());
    until_waiting("leads-third", &mut waits).await;
    assert!(held.lost().now_or_never().is_none());
    let mut other = PgConnection::connect(&given::url()).await.unwrap();
    let cut =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'leads-second'";
    sqlx::query(cut).execute(&mut other).await.unwrap();
    tokio::time::timeout(PATIENCE, waits).await.unwrap().unwrap();
    tokio::time::timeout(PATIENCE, held.lost()).await.unwrap();
}

/// Until it has asked for the lock in vain. It has nothing open meanwhile that old rows would have to be kept for.
async fn until_waiting<T>(application: &str, waits: &mut (impl Future<Output = T> + Unpin)) {
    let mut other = PgConnection::connect(&given::url()).await.unwrap();
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state = 'idle'
        AND query LIKE '%pg_try_advisory_lock%' AND backend_xmin IS NULL";
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(5));
    while sqlx::query_scalar::<_, i64>(waiting).bind(application).fetch_one(&mut other).await.unwrap() == 0 {
        assert!(poll!(&mut *waits).is_pending(), "somebody else leads");
        ticks.tick().await;
    }
}
