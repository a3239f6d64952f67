//! Indexes that only queries need, and the constraint against overlaps: created once over all rows, instead of updated
//! with every event.
//!
//! Those still to be created are listed in the table `deferred`, which is dropped afterwards. No migration makes it, so
//! its queries are not checked at build time.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

use super::schema::{has_table, run};
use crate::postgres::apply::is_overlap;

/// When overlaps of an agent's appointments are detected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::postgres) enum OverlapCheck {
    /// Once all events are applied: a constraint on ranges is expensive to check with every event.
    AtTheEnd,
    /// With every event, so that the agent is parked at the one that causes an overlap.
    AtOnce,
}

/// Drops the indexes of empty tables, except those of constraints, by which rows are found for updates; and the
/// constraint against overlaps, if it is checked at the end.
pub(in crate::postgres) async fn defer(
    connection: &mut PgConnection,
    schema: &str,
    alarm: OverlapCheck,
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    run(
        &mut transaction,
        "CREATE TABLE IF NOT EXISTS deferred (name text PRIMARY KEY, removal text NOT NULL, definition text NOT NULL)",
    )
    .await?;
    let defer = "INSERT INTO deferred (name, removal, definition)
        SELECT indexname, format('DROP INDEX %I.%I', schemaname, indexname), indexdef FROM pg_indexes
        WHERE schemaname = $1 AND NOT EXISTS (
            SELECT FROM pg_constraint WHERE conindid = format('%I.%I', schemaname, indexname)::regclass)
      UNION ALL
        SELECT conname, format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
            format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE connamespace = $1::regnamespace AND contype = 'x' AND $2
        RETURNING removal";
    let defer = sqlx::query(defer).bind(schema).bind(alarm == OverlapCheck::AtTheEnd);
    for row in defer.fetch_all(&mut *transaction).await? {
        run(&mut transaction, row.try_get("removal")?).await?;
    }
    transaction.commit().await
}

/// Whether indexes or the constraint are still to be created.
pub(super) async fn are_deferred(connection: &mut PgConnection, schema: &str) -> Result<bool, sqlx::Error> {
    has_table(connection, &format!("{schema}.deferred")).await
}

/// Creates what was deferred, each in its own transaction, and analyses the tables for the planner. Returns false if
/// appointments overlap; the constraint is then still to be created.
pub(super) async fn make(
    connection: &mut PgConnection,
    schema: &str,
    report: &mut impl FnMut(&str),
) -> Result<bool, sqlx::Error> {
    if !are_deferred(connection, schema).await? {
        return Ok(true);
    }
    let deferred = sqlx::query("SELECT name, definition FROM deferred ORDER BY name");
    for row in deferred.fetch_all(&mut *connection).await? {
        let name: &str = row.try_get("name")?;
        report(name);
        let mut transaction = connection.begin().await?;
        match run(&mut transaction, row.try_get("definition")?).await {
            Err(error) if is_overlap(&error) => return Ok(false),
            made => made?,
        }
        sqlx::query("DELETE FROM deferred WHERE name = $1").bind(name).execute(&mut *transaction).await?;
        transaction.commit().await?;
    }
    // Without it the first queries would be planned as for empty tables, until autovacuum analyses them.
    let tables = sqlx::query_scalar!(
        r#"SELECT format('%I.%I', schemaname, tablename) AS "name!" FROM pg_tables WHERE schemaname = $1::text"#,
        schema
    );
    for table in tables.fetch_all(&mut *connection).await? {
        let analyze = format!("ANALYZE {table}");
        sqlx::raw_sql(AssertSqlSafe(analyze)).execute(&mut *connection).await?;
    }
    run(connection, "DROP TABLE deferred").await?;
    Ok(true)
}
