//! Whether the tables follow the log, and are of this release, as every process sees it.

use std::time::Duration;

use read_model::PostgresReadModel;
use read_model::postgres::{HolderProgress, NotFollowing, NotReady, PROJECTION_LEASE, PostgresSettings};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use tokio::sync::watch;

use crate::support::{self, TIMEOUT};

/// Two processes, and the schema that they share.
async fn two(name: &str) -> (PostgresReadModel, PostgresReadModel, String) {
    let schema = format!("{name}_{}", std::process::id());
    let settings = PostgresSettings::try_new(&support::url(), &schema).unwrap();
    let (one, other) = (PostgresReadModel::new(settings.clone()), PostgresReadModel::new(settings));
    one.migrate().await.unwrap();
    (one, other, schema)
}

async fn until(wanted: impl Fn() -> bool, what: &str) {
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    let is_so = async {
        while !wanted() {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(TIMEOUT, is_so).await.unwrap_or_else(|_| panic!("never: {what}"));
}

async fn run(statements: String) {
    let mut server = PgConnection::connect(&support::url()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut server).await.unwrap();
}

#[tokio::test]
async fn everybody_sees_whether_somebody_leads_and_whether_the_tables_follow() {
    let (one, other, _) = two("followed").await;
    one.catch_up().await.unwrap();
    until(|| other.ready().is_ok(), "the tables are there").await;
    assert_eq!(other.leader(), Err(NotFollowing::NoLeader), "nobody has led yet");
    let held = one.lease(PROJECTION_LEASE).acquire().await.unwrap();
    let led = one.lead(&held).await.unwrap();
    until(|| other.leader().is_ok(), "one leads").await;
    led.advance(70, &[]).await.unwrap();
    let (trouble, told) = watch::channel(None);
    held.report(move || HolderProgress {
        log_end: Some(140),
        complete: Some(Duration::from_secs(100)),
        trouble: told.borrow().clone(),
    });
    until(|| other.stalled().is_err(), "the log has moved, and the projection has not").await;
    let stalled = other.stalled().unwrap_err();
    assert!(
        matches!(stalled, NotFollowing::Stalled { position: 70, log_end: 140, seconds: 10.. }),
        "{stalled}"
    );
    assert_eq!(other.leader(), Ok(()), "it leads all the same");
    led.advance(140, &[]).await.unwrap();
    until(|| other.stalled().is_ok(), "it has come to the end").await;
    trouble.send_replace(Some("the store is away".to_owned()));
    until(|| other.stalled().is_err(), "the holder is held up").await;
    let held_up = other.stalled().unwrap_err();
    assert!(matches!(&held_up, NotFollowing::HeldUp { seconds: 10.., .. }), "{held_up}");
    assert!(held_up.to_string().contains("the store is away"), "{held_up}");
    trouble.send_replace(None);
    until(|| other.stalled().is_ok(), "it goes on").await;
    held.release().await;
    until(|| other.leader() == Err(NotFollowing::NoLeader), "nobody leads any more").await;
}

#[tokio::test]
async fn tables_of_another_release_are_told_by_every_process() {
    let (one, other, schema) = two("other_release").await;
    one.catch_up().await.unwrap();
    until(|| other.ready().is_ok(), "they are of this release").await;
    let is_told = |told: &str| {
        let of = |process: &PostgresReadModel| match process.ready() {
            Err(NotReady::OtherRelease { difference }) => difference.contains(told),
            _ => false,
        };
        of(&one) && of(&other)
    };
    let migrations = format!("{schema}._sqlx_migrations");
    run(format!("INSERT INTO {migrations} VALUES (9999, 'of a later release', now(), true, 'x', 0)")).await;
    until(|| is_told("does not know their migration 9999"), "of a later one").await;
    let refused = one.migrate().await.unwrap_err().to_string();
    assert!(refused.contains("9999"), "{refused}");
    run(format!("DELETE FROM {migrations} WHERE version = 9999")).await;
    until(|| one.ready().is_ok() && other.ready().is_ok(), "of this one again").await;
    run(format!("UPDATE {migrations} SET checksum = 'x' WHERE version = 2")).await;
    until(|| is_told("migration 2 is not that of this release"), "with another migration").await;
    run(format!("DELETE FROM {migrations} WHERE version = 2")).await;
    until(|| is_told("lack migration 2"), "of an earlier one").await;
}
