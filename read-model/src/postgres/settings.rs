//! How to reach the database, and with which limits.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use thiserror::Error;
use uuid::Uuid;

/// Where the tables are, and how to connect to them.
#[derive(Clone)]
pub struct PostgresSettings {
    /// Includes the password, if there is one.
    options: PgConnectOptions,
    schema: String,
    max_connections: u32,
    timeout_after: Duration,
    process: Option<Uuid>,
    has_write_limits: bool,
}

/// Why settings are refused. Never shows the URL, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidSettings {
    /// Not the URL of a database.
    #[error("the database must be given as postgres://user:password@host:port/database")]
    Url,
    /// Not a name that is valid without quotes.
    #[error("the schema must be 1 to 40 of a-z, 0-9 and _, not beginning with a digit")]
    Schema,
}

impl PostgresSettings {
    /// How many connections queries share by default.
    pub const MAX_CONNECTIONS: u32 = 10;

    /// Takes a `postgres://` URL, and the schema that the tables are in. Parameters of the URL, such as `sslmode`, are
    /// those of every client of Postgres.
    pub fn try_new(url: &str, schema: &str) -> Result<Self, InvalidSettings> {
        // The driver would take any scheme.
        let is_postgres = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
        let options = PgConnectOptions::from_str(url).ok().filter(|_| is_postgres);
        let options = options.ok_or(InvalidSettings::Url)?;
        let is_name = (1..=40).contains(&schema.len())
            && schema.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
            && !schema.starts_with(|first: char| first.is_ascii_digit());
        if !is_name {
            return Err(InvalidSettings::Schema);
        }
        let options = options.application_name("citas");
        let (schema, timeout_after) = (schema.to_owned(), Duration::from_secs(2));
        Ok(Self {
            options,
            schema,
            max_connections: Self::MAX_CONNECTIONS,
            timeout_after,
            process: None,
            has_write_limits: false,
        })
    }

    /// Sets how many connections queries share; at least one. Listening for notifications takes one more.
    #[must_use]
    pub fn with_max_connections(self, max_connections: u32) -> Self {
        Self { max_connections: max_connections.max(1), ..self }
    }

    /// The name under which the server lists the connections.
    #[must_use]
    pub fn with_application_name(self, name: &str) -> Self {
        Self { options: self.options.application_name(name), ..self }
    }

    /// Adds the process's id, which no other has, to the name under which the server lists the connections: whoever takes a lease
    /// over from it ends them.
    #[must_use]
    pub fn with_process_id(self, process: Uuid) -> Self {
        let name = self.options.get_application_name().unwrap_or("citas");
        let name = format!("{name}-{process}");
        Self { process: Some(process), ..self.with_application_name(&name) }
    }

    /// Limits what the shared connections do, which write: no statement waits for a lock for longer than 5 s or runs for longer
    /// than 10 s, and no transaction lies idle for longer than 10 s. What fails so is tried again, and told meanwhile.
    #[must_use]
    pub fn with_write_limits(self) -> Self {
        Self { has_write_limits: true, ..self }
    }

    /// The same database with another schema.
    pub(super) fn with_schema(&self, schema: String) -> Self {
        Self { schema, ..self.clone() }
    }

    /// For a projection, which finds every row by an index, whatever the planner believes of the tables: its statistics
    /// can be from when they were nearly empty, or had one agent. So each statement is planned anew when it runs, and reads a
    /// whole table only if no index serves it. To the planner that costs so much that it would compile it, hence no `jit`.
    #[must_use]
    pub fn for_projection(self) -> Self {
        let options = [("plan_cache_mode", "force_custom_plan"), ("enable_seqscan", "off"), ("jit", "off")];
        Self { options: self.options.options(options), ..self }
    }

    /// Limits statements to 10 s, by when the client has given up and will send its request again, and waiting for a lock to
    /// 2 s: whoever holds one for so long, such as by hand, does not hold up every connection for longer.
    #[must_use]
    pub fn with_query_limits(self) -> Self {
        let limits = [("statement_timeout", "10s"), ("lock_timeout", "2s")];
        Self { options: self.options.options(limits), ..self }
    }

    /// The search path is the schema, then that of the extensions.
    ///
    /// The timeouts let the server notice a dead host and release its locks, such as the leader lock, for which others
    /// wait.
    pub(super) fn options(&self) -> PgConnectOptions {
        self.options.clone().options([
            ("search_path", format!("{},public", self.schema).as_str()),
            ("tcp_keepalives_idle", "10"),
            ("tcp_keepalives_interval", "5"),
            ("tcp_keepalives_count", "3"),
            ("tcp_user_timeout", "25s"),
            ("idle_in_transaction_session_timeout", "60s"),
        ])
    }

    /// The options of the connections that queries and writes share.
    pub(super) fn shared_options(&self) -> PgConnectOptions {
        let limits = [
            ("lock_timeout", "5s"),
            ("statement_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "10s"),
        ];
        if self.has_write_limits { self.options().options(limits) } else { self.options() }
    }

    pub(super) const fn process(&self) -> Option<Uuid> {
        self.process
    }

    pub(super) fn schema(&self) -> &str {
        &self.schema
    }

    pub(super) const fn max_connections(&self) -> u32 {
        self.max_connections
    }

    /// How long a query waits for a connection.
    pub(super) const fn timeout_after(&self) -> Duration {
        self.timeout_after
    }

    /// The channel of the projection's notifications.
    pub(super) fn channel(&self) -> String {
        format!("citas_{}", self.schema)
    }
}

impl fmt::Debug for PostgresSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresSettings").field("schema", &self.schema).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_tell_no_secret() {
        let settings =
            PostgresSettings::try_new("postgres://citas:s3cret@db.example/citas", "citas").unwrap();
        assert!(!format!("{settings:?}").contains("s3cret"));
        let error = PostgresSettings::try_new("mysql://citas:s3cret@db", "citas").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }

    #[test]
    fn a_schema_is_a_plain_name() {
        for bad in ["", "a-b", "Citas", "1st", "a;drop table x", &"a".repeat(41)] {
            let settings = PostgresSettings::try_new("postgres://localhost/citas", bad);
            assert_eq!(settings.unwrap_err(), InvalidSettings::Schema, "{bad}");
        }
    }
}
