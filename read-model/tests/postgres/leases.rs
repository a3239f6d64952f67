//! One process holds a lease, another takes it over when that one is gone or hangs, and whoever held it before writes nothing.

use std::time::Duration;

use futures::{FutureExt, poll};
use read_model::postgres::{HeldLease, PROJECTION_LEASE, PostgresSettings, Rebuild, SwitchError};
use read_model::{ParkedStream, PostgresReadModel, Unavailable};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use crate::history::History;
use crate::support::{self, TIMEOUT};
use crate::wire::Wire;

/// What a takeover must not take longer than, whatever the former holder does.
const TAKEOVER: Duration = Duration::from_secs(10);

/// Several processes with one schema, whose name is known.
struct Processes {
    schema: String,
    settings: PostgresSettings,
}

impl Processes {
    fn new(name: &str) -> Self {
        let schema = format!("{name}_{}", std::process::id());
        let settings = PostgresSettings::try_new(&support::url(), &schema).unwrap();
        Self { schema, settings }
    }

    /// One with an id of its own, and that id.
    fn start(&self) -> (PostgresReadModel, Uuid) {
        start_with(self.settings.clone())
    }

    async fn sql(&self, statements: &str) {
        let mut server = server().await;
        let statements = statements.replace("SCHEMA", &self.schema);
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut server).await.unwrap();
    }

    async fn ask<T>(&self, question: &str) -> T
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
    {
        let question = sqlx::query_scalar(AssertSqlSafe(question.replace("SCHEMA", &self.schema)));
        question.fetch_one(&mut server().await).await.unwrap()
    }

    /// As of a holder that has not renewed it for long enough.
    async fn expire(&self) {
        self.sql("UPDATE SCHEMA.leases SET expires_at = clock_timestamp()").await;
    }
}

fn start_with(settings: PostgresSettings) -> (PostgresReadModel, Uuid) {
    #[expect(clippy::disallowed_methods, reason = "a test is the edge: its names and ids begin here")]
    let process = Uuid::now_v7();
    let settings = settings.with_application_name("leases").with_process_id(process);
    (PostgresReadModel::new(settings.with_write_limits()), process)
}

async fn server() -> PgConnection {
    PgConnection::connect(&support::url()).await.unwrap()
}

async fn acquire(read_model: &PostgresReadModel) -> HeldLease {
    let acquired = read_model.lease(PROJECTION_LEASE);
    tokio::time::timeout(TAKEOVER, acquired.acquire()).await.expect("it is free in time").unwrap()
}

async fn lead(read_model: &PostgresReadModel) -> (HeldLease, PostgresReadModel) {
    let held = acquire(read_model).await;
    let led = tokio::time::timeout(TAKEOVER, read_model.lead(&held)).await.expect("nothing holds it up");
    (held, led.unwrap())
}

/// Waits until the answer is true.
async fn until(processes: &Processes, question: &str) {
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    let is_so = async {
        while !processes.ask::<bool>(question).await {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(TIMEOUT, is_so).await.unwrap_or_else(|_| panic!("{question}"));
}

#[tokio::test]
async fn a_lease_goes_to_who_waits_once_it_is_released_or_has_expired() {
    let processes = Processes::new("leasing");
    let ((first, _), (second, _), (third, _)) = (processes.start(), processes.start(), processes.start());
    let held = acquire(&first).await;
    assert_eq!(held.token(), 1, "the first has made the tables");
    let other = first.lease("notifier").acquire().await.unwrap();
    assert_eq!(other.token(), 1, "each name has a lease of its own");
    other.release().await;
    let is_free = "SELECT expires_at <= clock_timestamp() FROM SCHEMA.leases WHERE name = 'notifier'";
    assert!(processes.ask::<bool>(is_free).await, "nobody has to wait until it expires");

    let lease = second.lease(PROJECTION_LEASE);
    let mut waits = Box::pin(lease.acquire());
    until_waiting(&mut waits).await;
    held.release().await;
    let held = tokio::time::timeout(TAKEOVER, waits).await.unwrap().unwrap();
    assert_eq!(held.token(), 2);
    until(&processes, "SELECT complete_until IS NULL AND clock_timestamp() < expires_at FROM SCHEMA.leases WHERE name = 'projector'").await;

    // Dropped without being released, as with a process that is killed.
    let lease = third.lease(PROJECTION_LEASE);
    let mut waits = Box::pin(lease.acquire());
    until_waiting(&mut waits).await;
    drop(held);
    let held = tokio::time::timeout(TAKEOVER, waits).await.expect("it expires").unwrap();
    assert_eq!(held.token(), 3);
    assert!(held.lost().now_or_never().is_none());

    // The server's clock was set back by a year.
    drop(held);
    processes.sql("UPDATE SCHEMA.leases SET expires_at = clock_timestamp() + interval '1 year'").await;
    assert_eq!(acquire(&first).await.token(), 4);
}

/// Waits until it has asked in vain.
async fn until_waiting<T>(waits: &mut (impl Future<Output = T> + Unpin)) {
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    for _ in 0..10 {
        assert!(poll!(&mut *waits).is_pending(), "another process holds it");
        ticks.tick().await;
    }
}

#[tokio::test]
async fn a_holder_whose_connection_is_cut_makes_another_and_keeps_the_lease() {
    let processes = Processes::new("cut_holder");
    let (holder, process) = processes.start();
    let held = acquire(&holder).await;
    for _ in 0..2 {
        let before: String = processes.ask("SELECT expires_at::text FROM SCHEMA.leases").await;
        let cut = format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE '%{process}'"
        );
        assert!(processes.ask::<i64>(&cut).await > 0);
        until(
            &processes,
            &format!("SELECT '{before}' < expires_at - interval '1 second' FROM SCHEMA.leases"),
        )
        .await;
    }
    assert!(held.lost().now_or_never().is_none());
    assert_eq!(processes.ask::<i64>("SELECT token FROM SCHEMA.leases").await, held.token().cast_signed());
}

#[tokio::test]
async fn a_holder_that_cannot_renew_it_stops_before_it_has_expired() {
    let processes = Processes::new("silenced_holder");
    let is_valid = "SELECT clock_timestamp() < expires_at FROM SCHEMA.leases";
    let wire = Wire::to_the_database().await;
    let far = PostgresSettings::try_new(&wire.url(), &processes.schema).unwrap();
    let (holder, _) = start_with(far);
    let held = acquire(&holder).await;
    wire.silence_for_good();
    tokio::time::timeout(TAKEOVER, held.lost()).await.expect("it counts by itself");
    assert!(processes.ask::<bool>(is_valid).await, "it stops while nobody else may lead");
    drop(held);

    // A statement that waits for a lock.
    let (other, _) = processes.start();
    let held = acquire(&other).await;
    let mut locks = server().await;
    let lock = format!("BEGIN; LOCK TABLE {}.leases IN EXCLUSIVE MODE", processes.schema);
    sqlx::raw_sql(AssertSqlSafe(lock)).execute(&mut locks).await.unwrap();
    tokio::time::timeout(TAKEOVER, held.lost()).await.expect("it counts by itself");
    assert!(processes.ask::<bool>(is_valid).await);
}

/// The rows and the position, as text.
async fn contents(processes: &Processes) -> String {
    processes
        .ask(
            "SELECT concat((SELECT string_agg(projection::text, ',') FROM SCHEMA.projection),
            (SELECT string_agg(agents::text, ',' ORDER BY agent_id) FROM SCHEMA.agents),
            (SELECT string_agg(parked_streams::text, ',' ORDER BY stream) FROM SCHEMA.parked_streams))",
        )
        .await
}

#[tokio::test]
async fn who_led_before_writes_nothing_whatever_it_was_about_to_do() {
    let log = History::new().log;
    let (first, second) = log.events.split_at(4);
    let processes = Processes::new("fenced");
    let ((former, _), (latter, _)) = (processes.start(), processes.start());
    let (of_former, writes) = lead(&former).await;
    let parked = ParkedStream {
        stream: "agent-77".to_owned(),
        position: 1,
        revision: 0,
        event_type: "AgentTeleported".to_owned(),
        reason: "it is unknown".to_owned(),
    };
    writes.park(&parked).await.unwrap();
    let parked = [parked];
    writes.apply(first, &parked).await.unwrap();
    processes.expire().await;
    let (of_latter, latter) = lead(&latter).await;
    assert!(of_former.token() < of_latter.token());

    let before = contents(&processes).await;
    let position = writes.position().await.unwrap();
    let refused = |outcome: Result<(), Unavailable>| {
        let why = outcome.expect_err("it does not lead").to_string();
        assert!(why.contains("leads no more"), "{why}");
    };
    let unavailable = |outcome: Result<(), read_model::ProjectError>| match outcome {
        Err(read_model::ProjectError::Unavailable(why)) => Err(why),
        other => panic!("{other:?}"),
    };
    refused(unavailable(writes.apply(second, &parked).await));
    refused(writes.advance(position + 1, &parked).await);
    refused(writes.park(&ParkedStream { stream: "agent-78".to_owned(), ..parked[0].clone() }).await);
    refused(unavailable(writes.resume("agent-77", &[], None, position).await));
    refused(writes.catch_up().await);
    // It would say that instead.
    let unknown = "SCHEMA._sqlx_migrations VALUES (9999, 'of a later release', now(), true, 'x', 0)";
    processes.sql(&format!("INSERT INTO {unknown}")).await;
    refused(former.lead(&of_former).await.map(drop));
    refused(unavailable(former.apply(second, &parked).await));
    assert_eq!(contents(&processes).await, before);

    latter.apply(second, &parked).await.unwrap();
    latter.catch_up().await.unwrap();
    assert_eq!(latter.position().await.unwrap(), log.events.last().unwrap().position);
}

#[tokio::test]
async fn a_transaction_that_hangs_is_ended_by_who_takes_over() {
    let processes = Processes::new("hanging");
    let ((former, process), (latter, _)) = (processes.start(), processes.start());
    let (_held, _) = lead(&former).await;
    let mut hangs = server().await;
    let locked = format!(
        "SET application_name = 'hanging-{process}'; BEGIN; UPDATE {}.projection SET position = 7",
        processes.schema
    );
    sqlx::raw_sql(AssertSqlSafe(locked)).execute(&mut hangs).await.unwrap();
    processes.expire().await;
    let (_held, led) = lead(&latter).await;
    assert!(sqlx::raw_sql("COMMIT").execute(&mut hangs).await.is_err(), "its session is ended");
    assert_eq!(led.position().await, Ok(0));
}

/// Switches, as soon as no other test makes tables: those are made one after the other.
async fn switch(rebuild: &mut Rebuild) {
    loop {
        let switched = match rebuild.hold().await {
            Ok(held) => held.switch().await,
            Err(error) => Err(error),
        };
        match switched {
            Err(SwitchError::Busy) => {}
            switched => return switched.unwrap(),
        }
    }
}

#[tokio::test]
async fn whoever_leads_goes_on_in_the_tables_of_a_rebuild_and_who_led_before_does_not() {
    let log = History::new().log;
    let (first, second) = log.events.split_at(4);
    let processes = Processes::new("led_rebuild");
    let ((former, _), (latter, _)) = (processes.start(), processes.start());
    let (_former, before) = lead(&former).await;
    processes.expire().await;
    let (held, leads) = lead(&latter).await;
    leads.apply(first, &[]).await.unwrap();

    let (mut rebuild, _) = Rebuild::begin(&processes.settings, false).await.unwrap();
    rebuild.tables().apply(first, &[]).await.unwrap();
    assert!(rebuild.finish(|_| ()).await.unwrap());
    switch(&mut rebuild).await;
    rebuild.drop_replaced().await.unwrap();
    rebuild.leave().await.unwrap();

    assert!(before.advance(log.events.last().unwrap().position, &[]).await.is_err());
    leads.apply(second, &[]).await.unwrap();
    let token = held.token();
    let renewed = format!(
        "SELECT token = {token} AND clock_timestamp() + interval '5 seconds' < expires_at FROM SCHEMA.leases"
    );
    until(&processes, &renewed).await;
    assert!(held.lost().now_or_never().is_none());
    held.release().await;
    assert_eq!(acquire(&former).await.token(), token + 1);
}
