//! The schema that a read model is built in: what is there, and whether a rebuild has made it.

use sqlx::{AssertSqlSafe, PgConnection};

use super::RebuildError;
use crate::postgres::lease::PROJECTION_LEASE;
use crate::postgres::migrations::{self, migrate};
use crate::postgres::settings::PostgresSettings;

/// The prefix of the schema comments by which a rebuild recognises its own schemas.
const OURS: &str = "Citas: ";
/// The comment of a schema that this release builds; another release's rows may differ.
const HALF_BUILT: &str =
    concat!("Citas: being built by projector rebuild, release ", env!("CARGO_PKG_VERSION"));
/// The comment of a schema that this release has replaced.
const REPLACED: &str =
    concat!("Citas: replaced by projector rebuild, which drops it, release ", env!("CARGO_PKG_VERSION"));

/// What the schema to build in holds.
pub(super) enum Found {
    Nothing,
    Half,
    /// Half-built by another release or with other migrations.
    HalfOfAnother,
}

/// Inspects the schema to build in.
pub(super) async fn look(
    connection: &mut PgConnection,
    next: &PostgresSettings,
) -> Result<Found, RebuildError> {
    match comment(connection, next.schema()).await? {
        None => Ok(Found::Nothing),
        Some(comment) if !comment.starts_with(OURS) => Err(foreign(next)),
        Some(comment) if comment != HALF_BUILT => Ok(Found::HalfOfAnother),
        Some(_) if has_these_migrations(connection, next.schema()).await? => Ok(Found::Half),
        Some(_) => Ok(Found::HalfOfAnother),
    }
}

/// Creates empty tables, in place of whatever a rebuild has left there.
pub(super) async fn make(connection: &mut PgConnection, next: &PostgresSettings) -> Result<(), RebuildError> {
    let schema = next.schema();
    run(
        connection,
        &format!(
            "DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema};
            COMMENT ON SCHEMA {schema} IS '{HALF_BUILT}'"
        ),
    )
    .await?;
    Ok(migrate(next, None).await?)
}

/// Drops the schema that a rebuild has replaced, and returns whether it was replaced by this release.
pub(super) async fn clear(
    connection: &mut PgConnection,
    old: &PostgresSettings,
) -> Result<bool, RebuildError> {
    match comment(connection, old.schema()).await? {
        None => Ok(false),
        Some(comment) if comment.starts_with(OURS) => {
            run(connection, &format!("DROP SCHEMA {} CASCADE", old.schema())).await?;
            Ok(comment == REPLACED)
        }
        Some(_) => Err(foreign(old)),
    }
}

/// Renames `live` to `old` and `next` to `live`, within the caller's transaction.
pub(super) async fn rename(
    connection: &mut PgConnection,
    live: &str,
    next: &str,
    old: &str,
) -> Result<(), sqlx::Error> {
    if exists(connection, live).await? {
        let away = format!("ALTER SCHEMA {live} RENAME TO {old}; COMMENT ON SCHEMA {old} IS '{REPLACED}'");
        run(connection, &away).await?;
    }
    let there = format!("ALTER SCHEMA {next} RENAME TO {live}; COMMENT ON SCHEMA {live} IS NULL");
    run(connection, &there).await
}

/// Whoever leads goes on leading, and writing, in the new tables; whoever did before does not begin to. Without leases, which
/// only a hand can have removed, nobody leads there.
pub(super) async fn take_over_leases(
    connection: &mut PgConnection,
    live: &str,
    next: &str,
) -> Result<(), sqlx::Error> {
    if !has_table(connection, &format!("{live}.leases")).await? {
        return Ok(());
    }
    // Locked, so that no lease is renewed in the old tables and lost.
    let leases = format!(
        "LOCK TABLE {live}.leases IN ACCESS EXCLUSIVE MODE;
        INSERT INTO {next}.leases (name, holder, token, expires_at, log_end, complete_until)
            SELECT name, holder, token, expires_at, log_end, complete_until FROM {live}.leases;
        UPDATE {next}.projection
            SET leader_token = COALESCE((SELECT token FROM {live}.leases WHERE name = '{PROJECTION_LEASE}'), 0)"
    );
    run(connection, &leases).await
}

/// Views in other schemas that read the tables of this one, and would be dropped with them.
pub(super) async fn dependents(
    connection: &mut PgConnection,
    schema: &str,
) -> Result<Vec<String>, sqlx::Error> {
    let views = sqlx::query_scalar!(
        r#"SELECT DISTINCT format('%I.%I', theirs.nspname, reader.relname) AS "view!"
        FROM pg_depend JOIN pg_rewrite ON pg_rewrite.oid = objid AND classid = 'pg_rewrite'::regclass
        JOIN pg_class AS reader ON reader.oid = ev_class
        JOIN pg_namespace AS theirs ON theirs.oid = reader.relnamespace
        JOIN pg_class AS read ON read.oid = refobjid AND refclassid = 'pg_class'::regclass
        JOIN pg_namespace AS ours ON ours.oid = read.relnamespace
        WHERE ours.nspname = $1::text AND theirs.nspname <> $1::text ORDER BY 1"#,
        schema
    );
    views.fetch_all(connection).await
}

/// A schema's comment, empty if it has none; `None` if there is no such schema.
async fn comment(connection: &mut PgConnection, schema: &str) -> Result<Option<String>, sqlx::Error> {
    let comment = sqlx::query_scalar!(
        r#"SELECT COALESCE(obj_description(oid, 'pg_namespace'), '') AS "comment!"
        FROM pg_namespace WHERE nspname = $1::text"#,
        schema
    );
    comment.fetch_optional(connection).await
}

/// Whether there is a table of this name, given with its schema.
pub(in crate::postgres) async fn has_table(
    connection: &mut PgConnection,
    table: &str,
) -> Result<bool, sqlx::Error> {
    let is_there = sqlx::query_scalar!(r#"SELECT to_regclass($1) IS NOT NULL AS "is_there!""#, table);
    is_there.fetch_one(connection).await
}

async fn exists(connection: &mut PgConnection, schema: &str) -> Result<bool, sqlx::Error> {
    Ok(comment(connection, schema).await?.is_some())
}

/// Whether the tables were made by exactly this program's migrations.
pub(in crate::postgres) async fn has_these_migrations(
    connection: &mut PgConnection,
    schema: &str,
) -> Result<bool, sqlx::Error> {
    Ok(has_table(connection, &format!("{schema}._sqlx_migrations")).await?
        && migrations::difference(connection, schema).await?.is_none())
}

/// Runs statements without parameters. Schema names need no quotes, see [`PostgresSettings::try_new`].
pub(in crate::postgres) async fn run(
    connection: &mut PgConnection,
    statements: &str,
) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(connection).await?;
    Ok(())
}

fn foreign(settings: &PostgresSettings) -> RebuildError {
    RebuildError::Foreign { schema: settings.schema().to_owned() }
}
