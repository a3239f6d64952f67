//! One process holds the leader lock, and another gets it when that one is gone.

use futures::FutureExt;
use futures::poll;
use read_model::PostgresReadModel;
use sqlx::{Connection, PgConnection};

use crate::support::{self, TIMEOUT};

#[tokio::test]
async fn a_leader_lock_that_is_released_or_cut_goes_to_who_waits() {
    let settings = support::settings("leading");
    let named = |name: &str| PostgresReadModel::new(settings.clone().with_application_name(name));
    let (first, second, third) = (named("lock-first"), named("lock-second"), named("lock-third"));
    let elsewhere = PostgresReadModel::new(support::settings("leading_elsewhere"));

    let held = first.acquire_leader_lock().await.unwrap();
    let of_another = tokio::time::timeout(TIMEOUT, elsewhere.acquire_leader_lock())
        .await
        .expect("another schema has its own");
    of_another.unwrap().release().await.unwrap();
    let mut waits = Box::pin(second.acquire_leader_lock());
    until_waiting("lock-second", &mut waits).await;
    held.release().await.unwrap();
    let mut held = tokio::time::timeout(TIMEOUT, waits).await.unwrap().unwrap();

    let mut waits = Box::pin(third.acquire_leader_lock());
    until_waiting("lock-third", &mut waits).await;
    assert!(held.lost().now_or_never().is_none());
    let mut other = PgConnection::connect(&support::url()).await.unwrap();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lock-second'";
    sqlx::query(cut).execute(&mut other).await.unwrap();
    tokio::time::timeout(TIMEOUT, waits).await.unwrap().unwrap();
    tokio::time::timeout(TIMEOUT, held.lost()).await.unwrap();
}

/// Waits until it has requested the lock in vain. It holds no snapshot meanwhile that would keep old rows from being
/// vacuumed.
async fn until_waiting<T>(application: &str, waits: &mut (impl Future<Output = T> + Unpin)) {
    let mut other = PgConnection::connect(&support::url()).await.unwrap();
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state = 'idle'
        AND query LIKE '%pg_try_advisory_lock%' AND backend_xmin IS NULL";
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(5));
    while sqlx::query_scalar::<_, i64>(waiting).bind(application).fetch_one(&mut other).await.unwrap() == 0 {
        assert!(poll!(&mut *waits).is_pending(), "the lock is held by another process");
        ticks.tick().await;
    }
}
