//! A read model that is built beside the live one, and replaces it while that is queried and written.

use std::time::Duration;

use futures::FutureExt;
use read_model::postgres::{PostgresSettings, Rebuild, RebuildError, RebuildStart, SwitchError};
use read_model::{PostgresReadModel, ProjectError, ProjectedEvent, ReadModel};
use sqlx::postgres::PgListener;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

use crate::alarm::{booked, moved, tell, with_agents};
use crate::history::{AGENTS, History};
use crate::support::{self, TIMEOUT};

/// A schema whose name the test knows.
fn named(name: &str) -> (String, PostgresSettings) {
    let schema = format!("{name}_{}", std::process::id());
    let settings = PostgresSettings::try_new(&support::url(), &schema).unwrap();
    (schema, settings)
}

async fn server() -> PgConnection {
    PgConnection::connect(&support::url()).await.unwrap()
}

async fn run(connection: &mut PgConnection, statements: &str) {
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(connection).await.unwrap();
}

/// The definitions of all indexes and constraints of a schema, without its name.
async fn definitions(schema: &str) -> Vec<String> {
    let definitions = "SELECT indexdef AS definition FROM pg_indexes WHERE schemaname = $1 UNION ALL
        SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = $1::regnamespace ORDER BY 1";
    let rows = sqlx::query(definitions).bind(schema).fetch_all(&mut server().await).await.unwrap();
    rows.iter().map(|row| row.get::<&str, _>(0).replace(&format!(" {schema}."), " ")).collect()
}

async fn schemas(schema: &str) -> Vec<String> {
    let like = "SELECT nspname FROM pg_namespace WHERE nspname LIKE $1 ORDER BY 1";
    let rows = sqlx::query(like).bind(format!("{schema}%")).fetch_all(&mut server().await).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn begin(settings: &PostgresSettings, anew: bool) -> (Rebuild, RebuildStart) {
    tokio::time::timeout(TIMEOUT, Rebuild::begin(settings, anew)).await.unwrap().unwrap()
}

/// Builds from all of these events, and switches.
async fn rebuild(settings: &PostgresSettings, events: &[ProjectedEvent]) {
    let (mut rebuild, _) = begin(settings, false).await;
    rebuild.tables().apply(events, &[]).await.unwrap();
    assert!(rebuild.finish(|_| ()).await.unwrap());
    rebuild.hold().await.unwrap().switch().await.unwrap();
    rebuild.drop_replaced().await.unwrap();
    rebuild.leave().await.unwrap();
}

#[tokio::test]
async fn the_first_is_as_one_that_was_projected_into() {
    let log = History::new().log;
    let (schema, settings) = named("first");
    rebuild(&settings, &log.events).await;
    let (other, other_settings) = named("projected");
    PostgresReadModel::new(other_settings).migrate().await.unwrap();
    assert_eq!(definitions(&schema).await, definitions(&other).await);
    assert_eq!(schemas(&schema).await, std::slice::from_ref(&schema));
    let postgres = ReadModel::from(PostgresReadModel::new(settings));
    assert_eq!(postgres.office().await, ReadModel::from(log.memory.clone()).office().await);
    let comment = "SELECT obj_description($1::regnamespace, 'pg_namespace')";
    let comment = sqlx::query_scalar::<_, Option<String>>(comment).bind(&schema);
    assert_eq!(comment.fetch_one(&mut server().await).await.unwrap(), None);
}

#[tokio::test]
async fn who_reads_and_writes_meanwhile_goes_on_in_the_new_tables() {
    let log = History::new().log;
    let (first, second) = log.events.split_at(log.events.len() / 2);
    let (schema, settings) = named("meanwhile");
    let live = PostgresReadModel::new(settings.clone().with_max_connections(2));
    live.migrate().await.unwrap();
    live.apply(first, &[]).await.unwrap();
    let reader = ReadModel::from(PostgresReadModel::new(settings.clone()));
    // Prepares statements on the tables that will be dropped.
    for _ in 0..3 {
        reader.office().await.unwrap();
        live.advance(first.last().unwrap().position, &[]).await.unwrap();
    }

    let (mut rebuild, begun) = begin(&settings, false).await;
    assert_eq!(begun, RebuildStart::Fresh);
    rebuild.tables().apply(&first[..2], &[]).await.unwrap();
    assert!(rebuild.finish(|_| ()).await.unwrap());
    // A transaction holds the live tables, so that the switch waits for it, and later queries for the switch.
    let mut slow = server().await;
    run(&mut slow, &format!("BEGIN; LOCK TABLE {schema}.projection IN ACCESS SHARE MODE")).await;
    let mut held = rebuild.hold().await.unwrap();
    assert_eq!(held.live_position(), first.last().unwrap().position);
    held.tables().apply(first, &[]).await.unwrap();
    assert_eq!(reader.office().await.unwrap().position, held.live_position(), "queries still read it");
    let mut writes = Box::pin(live.apply(second, &[]));
    let (mut asks, mut switches) = (Box::pin(reader.office()), Box::pin(held.switch()));
    let mut ticks = tokio::time::interval(Duration::from_millis(1));
    // The writer, the switch and the reader.
    for (number, waiting) in [1, 2, 3].into_iter().zip(["writer", "switch", "reader"]) {
        while waiting_for(&schema).await < number {
            assert!((&mut writes).now_or_never().is_none(), "{waiting}");
            if number > 1 {
                assert!((&mut switches).now_or_never().is_none(), "{waiting}");
            }
            if number > 2 {
                assert!((&mut asks).now_or_never().is_none(), "{waiting}");
            }
            ticks.tick().await;
        }
    }
    run(&mut slow, "COMMIT").await;
    let (done, applied, answered) = tokio::join!(switches, writes, asks);
    done.unwrap();
    applied.unwrap();
    let position = answered.unwrap().position;
    assert!(first.last().unwrap().position <= position, "an answer never goes back: {position}");
    rebuild.drop_replaced().await.unwrap();

    assert_eq!(schemas(&schema).await, std::slice::from_ref(&schema));
    let last = log.events.last().unwrap().position;
    reader.wait_for(last, TIMEOUT).await.unwrap();
    let memory = ReadModel::from(log.memory.clone());
    assert_eq!(reader.office().await, memory.office().await);
    for agent_id in AGENTS {
        let id = agent_id.parse().unwrap();
        assert_eq!(reader.agent(&id).await, memory.agent(&id).await, "{agent_id}");
    }
}

/// How many transactions wait for a lock on `projection`, which all of them lock first.
async fn waiting_for(schema: &str) -> i64 {
    let waiting = "SELECT count(*) FROM pg_locks WHERE relation = to_regclass($1) AND NOT granted";
    let table = format!("{schema}.projection");
    sqlx::query_scalar(waiting).bind(table).fetch_one(&mut server().await).await.unwrap()
}

#[tokio::test]
async fn tables_that_are_in_use_for_long_are_not_waited_for() {
    let log = History::new().log;
    let (schema, settings) = named("busy");
    let live = PostgresReadModel::new(settings.clone().with_application_name("busy-live"));
    live.migrate().await.unwrap();
    let (mut rebuild, _) = begin(&settings, false).await;
    rebuild.tables().apply(&log.events, &[]).await.unwrap();
    assert!(rebuild.finish(|_| ()).await.unwrap());
    let mut slow = server().await;
    run(&mut slow, &format!("SET application_name = 'a-long-report'; BEGIN; TABLE {schema}.projection"))
        .await;
    assert_eq!(rebuild.hold().await.unwrap().switch().await, Err(SwitchError::Busy));
    let by = rebuild.in_use_by().await.unwrap().unwrap();
    assert!(by.contains("a-long-report"), "{by}");
    live.advance(7, &[]).await.unwrap();
    run(&mut slow, "COMMIT").await;
    assert_eq!(rebuild.in_use_by().await.unwrap(), None);
    let mut told = PgListener::connect(&support::url()).await.unwrap();
    told.listen(&format!("citas_{schema}")).await.unwrap();
    rebuild.hold().await.unwrap().switch().await.unwrap();
    // Waiting processes are notified and read the new tables at once.
    let told = tokio::time::timeout(TIMEOUT, told.recv()).await.expect("waiting ones are notified").unwrap();
    assert_eq!(told.payload(), "look again");
    assert_eq!(live.position().await.unwrap(), log.events.last().unwrap().position);
    // Killed before it dropped the replaced tables and reported the switch.
    drop(rebuild);
    let (rebuild, begun) = begin(&settings, false).await;
    assert_eq!(begun, RebuildStart::AlreadySwitched);
    drop(rebuild);
    assert_eq!(schemas(&schema).await, [schema]);
}

#[tokio::test]
async fn one_at_a_time_and_where_it_was() {
    let log = History::new().log;
    let (schema, settings) = named("resumed");
    let (mut one, begun) = begin(&settings, false).await;
    assert_eq!((begun, one.position()), (RebuildStart::Fresh, 0));
    one.tables().apply(&log.events[..5], &[]).await.unwrap();
    let refused = Rebuild::begin(&settings, true).await.unwrap_err();
    assert_eq!(refused, RebuildError::UnderWay { live: schema.clone() });
    drop(one);

    let (mut one, begun) = begin(&settings, false).await;
    assert_eq!((begun, one.position()), (RebuildStart::Resumed, log.events[4].position));
    one.tables().apply(&log.events, &[]).await.unwrap();
    assert!(one.finish(|_| ()).await.unwrap());
    one.leave().await.unwrap();
    let mut server = server().await;
    leave_behind(&mut server, &schema).await;
    let (mut one, begun) = begin(&settings, true).await;
    assert_eq!((begun, one.position()), (RebuildStart::Fresh, 0));
    assert_eq!(one.tables().parked().await.unwrap(), [], "nothing is left of what was built before");
    one.leave().await.unwrap();

    leave_behind(&mut server, &schema).await;
    let other = format!("UPDATE {schema}_next._sqlx_migrations SET checksum = 'other' WHERE version = 3");
    run(&mut server, &other).await;
    let (mut one, begun) = begin(&settings, false).await;
    assert_eq!((begun, one.position()), (RebuildStart::ReplacedOther, 0));
    assert_eq!(one.tables().parked().await.unwrap(), [], "nothing is left of what was built before");
    one.leave().await.unwrap();

    // Made by hand, or the live schema of another Citas.
    run(&mut server, &format!("COMMENT ON SCHEMA {schema}_next IS NULL")).await;
    let refused = Rebuild::begin(&settings, true).await.unwrap_err();
    assert_eq!(refused, RebuildError::Foreign { schema: format!("{schema}_next") });
}

/// Inserts a row that no event of the log makes.
async fn leave_behind(server: &mut PgConnection, schema: &str) {
    let row = format!(
        "INSERT INTO {schema}_next.parked_streams VALUES ('agent-left-behind', 1, 1, 'AgentRegistered', '')"
    );
    run(server, &row).await;
}

#[tokio::test]
async fn who_may_read_the_tables_may_read_them_afterwards() {
    let log = History::new().log;
    let (schema, settings) = named("granted");
    PostgresReadModel::new(settings.clone()).migrate().await.unwrap();
    let mut server = server().await;
    let role = format!("{schema}_reader");
    run(
        &mut server,
        &format!(
            "CREATE ROLE {role}; GRANT USAGE ON SCHEMA {schema} TO {role};
            GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}"
        ),
    )
    .await;
    rebuild(&settings, &log.events).await;
    run(
        &mut server,
        &format!("SET ROLE {role}; TABLE {schema}.projection; TABLE {schema}.office; RESET ROLE"),
    )
    .await;
    run(&mut server, &format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

#[tokio::test]
async fn an_overlap_is_found_at_the_end_and_its_agent_parked_in_a_second_attempt() {
    let mut log = with_agents(&["7", "8"]);
    tell(&mut log, "7", booked(1, "7", support::begin(), 1));
    tell(&mut log, "7", booked(2, "7", support::begin(), 1));
    let broken = log.events.last().unwrap().position;
    tell(&mut log, "8", booked(3, "8", support::begin(), 1));
    let (schema, settings) = named("overlapping");
    let (mut one, _) = begin(&settings, false).await;
    one.tables().apply(&log.events, &[]).await.unwrap();
    assert!(!one.finish(|_| ()).await.unwrap());
    assert!(one.tables().parked().await.unwrap().is_empty());
    drop(one);
    // A resumed rebuild finds it too.
    let (mut one, begun) = begin(&settings, false).await;
    assert_eq!(begun, RebuildStart::Resumed);
    assert!(!one.finish(|_| ()).await.unwrap());

    leave_behind(&mut server().await, &schema).await;
    one.restart_checked().await.unwrap();
    assert_eq!(one.position(), 0);
    drop(one);
    // Killed before it applied anything, it resumes with the same checks.
    let (mut one, begun) = begin(&settings, false).await;
    assert_eq!(begun, RebuildStart::Resumed);
    let ProjectError::ApplyErrorReason(error) = one.tables().apply(&log.events, &[]).await.unwrap_err()
    else {
        panic!()
    };
    let parked = support::parked_at(&log.events[3], &error);
    one.tables().park(&parked).await.unwrap();
    one.tables().apply(&log.events[4..], &[parked]).await.unwrap();
    assert!(one.finish(|_| ()).await.unwrap());
    let [parked] = &one.tables().parked().await.unwrap()[..] else { panic!("one agent is parked") };
    assert_eq!((parked.stream.as_str(), parked.position), ("agent-7", broken));
    assert_eq!(one.position(), log.events.last().unwrap().position);
}

#[tokio::test]
async fn an_overlap_that_has_gone_by_the_end_parks_nobody() {
    let mut log = with_agents(&["7"]);
    tell(&mut log, "7", booked(1, "7", support::begin(), 1));
    tell(&mut log, "7", booked(2, "7", support::begin(), 1));
    tell(&mut log, "7", moved(2, support::begin() + chrono::TimeDelta::hours(1)));
    let (_, settings) = named("gone_overlap");
    let (mut one, _) = begin(&settings, false).await;
    one.tables().apply(&log.events, &[]).await.unwrap();
    assert!(one.finish(|_| ()).await.unwrap());
    assert!(one.tables().parked().await.unwrap().is_empty());
}

#[tokio::test]
async fn views_of_others_are_not_lost_unasked() {
    let (schema, settings) = named("viewed");
    PostgresReadModel::new(settings.clone()).migrate().await.unwrap();
    let mut server = server().await;
    let view = format!("{schema}_reports.load");
    run(
        &mut server,
        &format!(
            "CREATE SCHEMA {schema}_reports; CREATE VIEW {view} AS SELECT agent_id FROM {schema}.bookings"
        ),
    )
    .await;
    let refused = Rebuild::begin(&settings, false).await.unwrap_err();
    assert_eq!(refused, RebuildError::ReadByViews { views: vec![view] });
    run(&mut server, &format!("DROP SCHEMA {schema}_reports CASCADE")).await;
    begin(&settings, false).await.0.leave().await.unwrap();
}
