//! The migrations: they make the tables, and tell tables of this release from those of another.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgExecutor, Row as _};

use super::columns::signed;
use super::notification::{Notification, notify};
use super::settings::PostgresSettings;
use super::writer::superseded;
use crate::Unavailable;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

/// The advisory lock under which one process at a time creates and changes tables; any number not used elsewhere.
pub(super) const MIGRATION_LOCK: i64 = 0x0063_6974_6173_0001;

/// Creates the schema and its tables, or migrates them; as the holder of a lease, given with its token, only while nobody else
/// has taken it over.
pub(super) async fn migrate(
    settings: &PostgresSettings,
    lease: Option<(&str, u64)>,
) -> Result<(), Unavailable> {
    // A connection of its own, so that the lock ends with it whatever happens.
    let mut connection = PgConnection::connect_with(&settings.options()).await?;
    sqlx::query("SELECT pg_advisory_lock($1)").bind(MIGRATION_LOCK).execute(&mut connection).await?;
    if let Some((name, token)) = lease {
        // A takeover from now on ends this session before it does anything else.
        let found = sqlx::query_scalar!("SELECT token FROM leases WHERE name = $1", name);
        if found.fetch_optional(&mut connection).await? != Some(signed(token)) {
            return Err(superseded());
        }
    }
    let schema = settings.schema();
    sqlx::query(AssertSqlSafe(format!("CREATE SCHEMA IF NOT EXISTS {schema}")))
        .execute(&mut connection)
        .await?;
    // Not in the schema, which may be dropped and recreated.
    sqlx::query("CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public")
        .execute(&mut connection)
        .await?;
    make(&mut connection).await?;
    notify(&mut connection, &settings.channel(), Notification::LookAgain).await?;
    Ok(connection.close().await?)
}

/// Makes or migrates the tables in the first schema of the connection's search path.
pub(super) async fn make(connection: &mut PgConnection) -> Result<(), Unavailable> {
    // As `run` does; that of `run` is no future that can be sent between threads.
    Ok(MIGRATIONS.run_direct(None, connection, false).await?)
}

/// How the migrations of tables differ from those of this release, for people to read; none if they do not.
pub(super) async fn difference(
    executor: impl PgExecutor<'_>,
    schema: &str,
) -> Result<Option<String>, sqlx::Error> {
    let applied = format!("SELECT version, checksum FROM {schema}._sqlx_migrations WHERE success");
    let rows = sqlx::query(AssertSqlSafe(applied)).fetch_all(executor).await?;
    let applied = rows.iter().map(|row| Ok((row.try_get("version")?, row.try_get("checksum")?)));
    let mut applied: BTreeMap<i64, Vec<u8>> = applied.collect::<Result<_, sqlx::Error>>()?;
    for migration in MIGRATIONS.iter() {
        let version = migration.version;
        match applied.remove(&version) {
            None => {
                let lack = format!(
                    "they lack migration {version}; a projector of this release makes it when it leads"
                );
                return Ok(Some(lack));
            }
            Some(checksum) if checksum != *migration.checksum => {
                let other = format!(
                    "their migration {version} is not that of this release; run the release that made it"
                );
                return Ok(Some(other));
            }
            Some(_) => {}
        }
    }
    Ok(applied.into_keys().next().map(|version| {
        format!("this release does not know their migration {version}; run the release that made it")
    }))
}
