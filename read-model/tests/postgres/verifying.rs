//! The comparison of the live tables with those of a log.

use read_model::PostgresReadModel;
use read_model::postgres::{Comparison, PostgresSettings, Verification, VerifyError};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::history::History;
use crate::support;

/// Rows that no event makes: the position, the parked streams, the migrations, and whoever leads.
const NOT_COMPARED: [&str; 4] = ["_sqlx_migrations", "leases", "parked_streams", "projection"];

async fn verify(settings: &PostgresSettings, log: &History) -> Comparison {
    let mut verification = Verification::begin(settings).await.unwrap();
    let live = verification.live().await.unwrap();
    verification.tables().apply(&log.log.events[..5], &[]).await.unwrap();
    let mut snapshot = verification.snapshot().await.unwrap();
    assert_eq!(snapshot.state(), &live);
    snapshot.tables().apply(&log.log.events, &[]).await.unwrap();
    assert_eq!(snapshot.tables().position(), live.position);
    snapshot.compare().await.unwrap()
}

#[tokio::test]
async fn every_table_that_events_fill_is_compared() {
    let log = History::new();
    let schema = format!("compared_{}", std::process::id());
    let settings = PostgresSettings::try_new(&support::url(), &schema).unwrap();
    let live = PostgresReadModel::new(settings.clone());
    live.migrate().await.unwrap();
    live.apply(&log.log.events, &[]).await.unwrap();
    assert_eq!(verify(&settings, &log).await, Comparison::default());

    let mut server = PgConnection::connect(&support::url()).await.unwrap();
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = $1 ORDER BY 1";
    let tables: Vec<String> = sqlx::query_scalar(tables).bind(&schema).fetch_all(&mut server).await.unwrap();
    let compared = tables.iter().filter(|table| !NOT_COMPARED.contains(&table.as_str()));
    for table in compared.clone() {
        let away = format!("ALTER TABLE {schema}.{table} RENAME TO away_{table}");
        sqlx::raw_sql(AssertSqlSafe(away)).execute(&mut server).await.unwrap();
    }
    let mut gone = verify(&settings, &log).await.gone;
    gone.sort_unstable();
    assert_eq!(gone, compared.collect::<Vec<_>>());
}

#[tokio::test]
async fn tables_of_another_release_are_left_to_it() {
    let schema = format!("verify_other_release_{}", std::process::id());
    let settings = PostgresSettings::try_new(&support::url(), &schema).unwrap();
    PostgresReadModel::new(settings.clone()).migrate().await.unwrap();
    let mut server = PgConnection::connect(&support::url()).await.unwrap();
    let other = format!("UPDATE {schema}._sqlx_migrations SET checksum = 'other' WHERE version = 3");
    sqlx::raw_sql(AssertSqlSafe(other)).execute(&mut server).await.unwrap();
    let refused = Verification::begin(&settings).await.unwrap_err();
    assert_eq!(refused, VerifyError::OtherRelease { schema });
}
