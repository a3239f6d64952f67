//! Indexes that only questions need: made once over all rows, instead of changed with every event.
//!
//! Which they are, and that they are still to be made, is kept in a table beside the others until they are. No migration
//! makes it, so that the queries of it are not checked when this is built.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

use super::place::{has_table, run};

/// Takes the indexes off empty tables, but for those by which rows are found again to be changed, and those that keep
/// a constraint.
pub(super) async fn defer(connection: &mut PgConnection, schema: &str) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    run(
        &mut transaction,
        "CREATE TABLE IF NOT EXISTS deferred_indexes (name text PRIMARY KEY, definition text NOT NULL)",
    )
    .await?;
    let defer = "INSERT INTO deferred_indexes (name, definition)
        SELECT indexname, indexdef FROM pg_indexes
        WHERE schemaname = $1 AND NOT EXISTS (
            SELECT FROM pg_constraint WHERE conindid = format('%I.%I', schemaname, indexname)::regclass)
        RETURNING name";
    for row in sqlx::query(defer).bind(schema).fetch_all(&mut *transaction).await? {
        let drop = format!("DROP INDEX {schema}.{}", row.try_get::<&str, _>("name")?);
        run(&mut transaction, &drop).await?;
    }
    transaction.commit().await
}

/// Makes those that are still to be made, each on its own, and has the planner know the tables.
pub(super) async fn make(
    connection: &mut PgConnection,
    schema: &str,
    tell: &mut impl FnMut(&str),
) -> Result<(), sqlx::Error> {
    if !has_table(connection, &format!("{schema}.deferred_indexes")).await? {
        return Ok(());
    }
    let deferred = sqlx::query("SELECT name, definition FROM deferred_indexes ORDER BY name");
    for row in deferred.fetch_all(&mut *connection).await? {
        let name: &str = row.try_get("name")?;
        tell(name);
        let mut transaction = connection.begin().await?;
        run(&mut transaction, row.try_get("definition")?).await?;
        sqlx::query("DELETE FROM deferred_indexes WHERE name = $1")
            .bind(name)
            .execute(&mut *transaction)
            .await?;
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
    run(connection, "DROP TABLE deferred_indexes").await
}
