//! The database, used through `psql`.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

/// A `PostgreSQL`, through `psql`.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    url: String,
}

impl Database {
    pub(crate) fn new(url: &str) -> Self {
        Self { url: url.to_owned() }
    }

    /// The output of the statements, a line for each row.
    pub(crate) fn run(&self, statements: &str) -> Result<String> {
        let mut psql = Command::new("psql");
        // Without notices of dropped objects.
        psql.env("PGOPTIONS", "-c client_min_messages=warning");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", &self.url]).stdin(Stdio::piped());
        let mut psql =
            psql.stdout(Stdio::piped()).spawn().context("psql is needed; it comes with PostgreSQL")?;
        std::io::Write::write_all(psql.stdin.as_mut().context("it is piped")?, statements.as_bytes())?;
        let answered = psql.wait_with_output()?;
        ensure!(answered.status.success(), "psql failed; see its message above");
        Ok(String::from_utf8(answered.stdout)?)
    }

    fn tables(&self, schema: &str) -> Result<Vec<String>> {
        let tables = self.run(&format!(
            "SELECT tablename FROM pg_tables WHERE schemaname = '{schema}' AND tablename <> '_sqlx_migrations'"
        ))?;
        Ok(tables.lines().map(str::to_owned).collect())
    }

    /// Writes every table of a schema to a file of the folder.
    pub(crate) fn unload(&self, schema: &str, folder: &Path) -> Result<()> {
        let copy =
            |table: String| format!("\\copy {schema}.{table} TO '{}'\n", folder.join(&table).display());
        self.run(&self.tables(schema)?.into_iter().map(copy).collect::<String>()).map(drop)
    }

    /// Copies those files into new tables that have all indexes and constraints, and returns how long it takes.
    pub(crate) fn load(&self, schema: &str, folder: &Path) -> Result<Duration> {
        let tables = self.tables(schema)?;
        let made = tables
            .iter()
            .map(|table| format!("CREATE TABLE copied.{table} (LIKE {schema}.{table} INCLUDING ALL); "));
        self.run(&format!(
            "DROP SCHEMA IF EXISTS copied CASCADE; CREATE SCHEMA copied; {}",
            made.collect::<String>()
        ))?;
        let copies = tables
            .iter()
            .map(|table| format!("\\copy copied.{table} FROM '{}'\n", folder.join(table).display()));
        let copies: String = copies.collect();
        let started = Instant::now();
        self.run(&copies)?;
        Ok(started.elapsed())
    }
}
