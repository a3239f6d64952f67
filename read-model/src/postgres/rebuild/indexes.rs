//! What only questions need, and the alarm: made once over all rows, instead of changed with every event.
//!
//! Which they are, and that they are still to be made, is kept in a table beside the others until they are. No migration
//! makes it, so that the queries of it are not checked when this is built.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

use super::place::{has_table, run};
use crate::postgres::apply::is_overlap;

/// When it is found out that two appointments of an agent overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alarm {
    /// Once all is in: a constraint on ranges is dear to keep with every event.
    AtTheEnd,
    /// With every event, so that the agent is parked at the one that does it.
    AtOnce,
}

/// Takes the indexes off empty tables, but for those by which rows are found again to be changed; and what raises the
/// alarm, if that is to be at the end.
pub(super) async fn defer(
    connection: &mut PgConnection,
    schema: &str,
    alarm: Alarm,
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
    let defer = sqlx::query(defer).bind(schema).bind(alarm == Alarm::AtTheEnd);
    for row in defer.fetch_all(&mut *transaction).await? {
        run(&mut transaction, row.try_get("removal")?).await?;
    }
    transaction.commit().await
}

/// Whether something is still to be made.
pub(super) async fn are_deferred(connection: &mut PgConnection, schema: &str) -> Result<bool, sqlx::Error> {
    has_table(connection, &format!("{schema}.deferred")).await
}

/// Makes what is still to be made, each on its own, and has the planner know the tables. Answers whether the alarm was
/// silent; if it was not, it is still to be made.
pub(super) async fn make(
    connection: &mut PgConnection,
    schema: &str,
    tell: &mut impl FnMut(&str),
) -> Result<bool, sqlx::Error> {
    if !are_deferred(connection, schema).await? {
        return Ok(true);
    }
    let deferred = sqlx::query("SELECT name, definition FROM deferred ORDER BY name");
    for row in deferred.fetch_all(&mut *connection).await? {
        let name: &str = row.try_get("name")?;
        tell(name);
        let mut transaction = connection.begin().await?;
        match run(&mut transaction, row.try_get("definition")?).await {
            Err(error) if is_overlap(&error) => return Ok(false),
            made => made?,
        }
        sqlx::query("DELETE FROM deferred WHERE name = $1").bind(name).execute(&mut *transaction).await?;
        transaction.commit().await?;
    }
    // Without it the first questions would be planned as for empty tables, until the server looks by itself.
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
