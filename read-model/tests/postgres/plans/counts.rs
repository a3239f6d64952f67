//! How much of each table was read, as the server counts it.

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::PgConnection;

/// What was read of a table, since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reads {
    /// How often it was read whole.
    pub(super) whole: i64,
    /// The entries of its indexes that were read.
    pub(super) entries: i64,
}

/// What was read of each table of the schema, by this connection and by those that have ended.
pub(super) async fn reads(connection: &mut PgConnection, schema: &str) -> BTreeMap<String, Reads> {
    // The connection's own counts of earlier, which it would add at some time later.
    sqlx::query("SELECT pg_stat_force_next_flush()").execute(&mut *connection).await.unwrap();
    let reads = "SELECT relname::text, seq_scan,
            (SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes AS of WHERE of.relid = tables.relid)
        FROM pg_stat_user_tables AS tables WHERE schemaname = $1";
    let rows: Vec<(String, i64, Option<i64>)> =
        sqlx::query_as(reads).bind(schema).fetch_all(&mut *connection).await.unwrap();
    let read = |(table, whole, entries): (_, _, Option<i64>)| {
        (table, Reads { whole, entries: entries.unwrap_or(0) })
    };
    rows.into_iter().map(read).collect()
}

/// Waits until these connections have ended: only then are their counts complete.
pub(super) async fn until_gone(connection: &mut PgConnection, application: &str) {
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1";
    while sqlx::query_scalar::<_, i64>(count).bind(application).fetch_one(&mut *connection).await.unwrap() > 0
    {
        ticks.tick().await;
    }
}
