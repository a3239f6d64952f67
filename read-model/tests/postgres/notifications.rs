//! Processes that wait for a position are notified, whichever process writes it.

use std::time::Duration;

use read_model::postgres::{NotReady, PostgresSettings};
use read_model::{PostgresReadModel, ReadModel};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::history::History;
use crate::support::{self, TIMEOUT};
use crate::wire::Wire;

#[tokio::test]
async fn a_position_is_waited_for_until_another_process_has_written_it() {
    let settings = support::settings("waiting");
    let (writer, reader) = (PostgresReadModel::new(settings.clone()), PostgresReadModel::new(settings));
    writer.migrate().await.unwrap();
    let log = History::new().log;
    let last = log.events.last().unwrap().position;
    let reader = ReadModel::from(reader);
    let waited = async {
        reader.wait_for(last, TIMEOUT).await.unwrap();
        reader.office().await.unwrap().position
    };
    let (position, applied) = tokio::join!(waited, writer.apply(&log.events, &[]));
    applied.unwrap();
    assert_eq!(position, last);

    writer.advance(last + 5, &[]).await.unwrap();
    reader.wait_for(last + 5, TIMEOUT).await.unwrap();
    writer.advance(last, &[]).await.unwrap();
    assert_eq!(writer.position().await.unwrap(), last + 5, "never back");
}

#[tokio::test]
async fn who_waits_in_vain_is_told_how_far_it_is() {
    let postgres = support::postgres("in_vain").await;
    postgres.advance(70, &[]).await.unwrap();
    postgres.wait_for(70, TIMEOUT).await.unwrap();
    let behind = postgres.wait_for(71, Duration::from_millis(20)).await.unwrap_err();
    assert_eq!((behind.position, behind.min_position), (70, 71));
}

#[tokio::test]
async fn a_connection_that_is_cut_is_made_again_and_nothing_is_missed() {
    let schema = format!("cut_{}", std::process::id());
    let settings = PostgresSettings::try_new(&support::url(), &schema).unwrap();
    let settings = settings.with_application_name("citas-cut-in-a-test");
    let postgres = PostgresReadModel::new(settings);
    postgres.migrate().await.unwrap();
    postgres.advance(70, &[]).await.unwrap();
    postgres.wait_for(70, TIMEOUT).await.unwrap();
    let mut other = PgConnection::connect(&support::url()).await.unwrap();
    // Changes notified while nothing listens are read once the connection is back.
    let cut = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'citas-cut-in-a-test';
        UPDATE {schema}.projection SET position = 140; SELECT pg_notify('citas_{schema}', '140')"
    );
    sqlx::raw_sql(AssertSqlSafe(cut)).execute(&mut other).await.unwrap();
    postgres.wait_for(140, TIMEOUT).await.unwrap();
    postgres.advance(210, &[]).await.unwrap();
    postgres.wait_for(210, TIMEOUT).await.unwrap();
    assert!(!matches!(postgres.ready(), Err(NotReady::Lost)));
}

#[tokio::test]
async fn tables_are_ready_once_they_have_had_all_of_the_past() {
    let settings = support::settings("past");
    let (writer, reader) = (PostgresReadModel::new(settings.clone()), PostgresReadModel::new(settings));
    assert!(ReadModel::from(reader.clone()).is_catching_up(), "nothing has been seen yet");
    writer.migrate().await.unwrap();
    writer.advance(70, &[]).await.unwrap();
    reader.wait_for(70, TIMEOUT).await.unwrap();
    assert!(matches!(reader.ready(), Err(NotReady::CatchingUp { .. })), "{:?}", reader.ready());
    assert!(ReadModel::from(reader.clone()).is_catching_up());
    writer.catch_up().await.unwrap();
    writer.advance(140, &[]).await.unwrap();
    reader.wait_for(140, TIMEOUT).await.unwrap();
    assert_eq!(reader.ready(), Ok(()));
    assert!(!ReadModel::from(reader).is_catching_up());
}

#[tokio::test]
async fn a_connection_that_falls_silent_is_replaced_by_another() {
    let schema = format!("silent_{}", std::process::id());
    let wire = Wire::to_the_database().await;
    let settings = |url: &str| PostgresSettings::try_new(url, &schema).unwrap();
    let near = PostgresReadModel::new(settings(&support::url()));
    near.migrate().await.unwrap();
    near.catch_up().await.unwrap();
    near.advance(70, &[]).await.unwrap();
    let far = PostgresReadModel::new(settings(&wire.url()));
    far.wait_for(70, TIMEOUT).await.unwrap();
    wire.silence();
    near.advance(140, &[]).await.unwrap();
    far.wait_for(140, TIMEOUT).await.unwrap();
    assert_eq!(far.ready(), Ok(()));
}
