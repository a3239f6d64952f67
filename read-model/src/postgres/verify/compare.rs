//! The comparison itself, by the database: a statement for each table, whose columns and key are those of the temporary
//! one. Their texts are made at run time, and not checked at build time.

use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use crate::postgres::columns::number;
use crate::postgres::rebuild::schema::{has_table, run};

/// Of how many streams a table's differences are returned.
const MOST: i64 = 1_000;

/// A table that is compared: the stream that its rows come from, and the column that tells the rows of a stream apart.
struct Compared {
    table: &'static str,
    stream: Stream,
    id: &'static str,
}

/// How a row tells its stream.
enum Stream {
    Agent,
    BulkMove,
    Lead,
    Named,
    Office,
}

const fn of(table: &'static str, stream: Stream, id: &'static str) -> Compared {
    Compared { table, stream, id }
}

/// All tables but those that no event changes: the position, the parked streams, the migrations, the leader's.
const COMPARED: [Compared; 14] = [
    of("office", Stream::Office, "name"),
    of("appointment_types", Stream::Office, "code"),
    of("agents", Stream::Agent, "agent_id"),
    of("availability_rules", Stream::Named, "rule_id"),
    of("date_exceptions", Stream::Agent, "date"),
    of("blocks", Stream::Named, "block_id"),
    of("appointments", Stream::Agent, "id"),
    of("appointment_history", Stream::Agent, "appointment_id"),
    of("bookings", Stream::Agent, "appointment_id"),
    of("holds", Stream::Agent, "hold_id"),
    of("external_busy", Stream::Agent, "busy_id"),
    of("bulk_moves", Stream::BulkMove, "move_id"),
    of("leads", Stream::Lead, "lead_id"),
    // A word may be personal: the lead's id is told.
    of("lead_words", Stream::Lead, "lead_id"),
];

/// How the live tables differ from the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Tables that are not there at all.
    pub gone: Vec<&'static str>,
    /// The differences, table by table, of at most a thousand streams each.
    pub differences: Vec<Difference>,
    /// How many more there are.
    pub more: u64,
}

/// How the rows of one stream in one table differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The stream whose events make the rows: `agent-…`, `lead-…`, `move-…` or `office`.
    pub stream: String,
    /// The table.
    pub table: &'static str,
    /// Rows that the log has and the table has not.
    pub missing: u64,
    /// Rows that the table has and the log has not.
    pub surplus: u64,
    /// Rows with another value in a column.
    pub changed: u64,
    /// The least id among these rows.
    pub first: String,
}

/// Compares each table with the temporary one of its name.
pub(super) async fn compare(connection: &mut PgConnection, live: &str) -> Result<Comparison, sqlx::Error> {
    // Every row is read, which a projection's connection avoids.
    run(connection, "SET LOCAL enable_seqscan = on").await?;
    let mut comparison = Comparison::default();
    for compared in &COMPARED {
        if !has_table(connection, &format!("{live}.{}", compared.table)).await? {
            comparison.gone.push(compared.table);
            continue;
        }
        let statement = compared.statement(connection, live).await?;
        let rows = sqlx::query(AssertSqlSafe(statement)).bind(MOST).fetch_all(&mut *connection).await?;
        let all = rows.first().map_or(Ok(0), |row| count(row, "streams"))?;
        comparison.more += all - rows.len() as u64;
        for row in rows {
            comparison.differences.push(Difference {
                stream: row.try_get("stream")?,
                table: compared.table,
                missing: count(&row, "missing")?,
                surplus: count(&row, "surplus")?,
                changed: count(&row, "changed")?,
                first: row.try_get("first")?,
            });
        }
    }
    Ok(comparison)
}

fn count(row: &sqlx::postgres::PgRow, column: &str) -> Result<u64, sqlx::Error> {
    number(column, row.try_get::<i64, _>(column)?)
}

impl Compared {
    async fn statement(&self, connection: &mut PgConnection, live: &str) -> Result<String, sqlx::Error> {
        let Self { table, stream, id } = self;
        let columns = columns(connection, table, "TRUE").await?;
        let key = columns_of_key(connection, table).await?;
        let list = |side: &str, columns: &[String]| {
            columns.iter().map(|column| format!("{side}.{column}")).collect::<Vec<_>>().join(", ")
        };
        let one = &key[0];
        let stream = match stream {
            Stream::Agent => "'agent-' || COALESCE(expected.agent_id, found.agent_id)",
            Stream::BulkMove => "'move-' || COALESCE(expected.move_id, found.move_id)::text",
            Stream::Lead => "'lead-' || COALESCE(expected.lead_id, found.lead_id)",
            Stream::Named => "COALESCE(expected.stream, found.stream)",
            Stream::Office => "'office'",
        };
        Ok(format!(
            "SELECT {stream} AS stream,
                count(*) FILTER (WHERE found.{one} IS NULL) AS missing,
                count(*) FILTER (WHERE expected.{one} IS NULL) AS surplus,
                count(*) FILTER (WHERE found.{one} = expected.{one}) AS changed,
                min(COALESCE(expected.{id}, found.{id})::text) AS first,
                count(*) OVER () AS streams
            FROM pg_temp.{table} AS expected FULL JOIN {live}.{table} AS found ON ({}) = ({})
            WHERE ROW({}) IS DISTINCT FROM ROW({})
            GROUP BY 1 ORDER BY 1 LIMIT $1",
            list("expected", &key),
            list("found", &key),
            list("expected", &columns),
            list("found", &columns),
        ))
    }
}

/// The columns of a temporary table that meet a condition, as they are written in a statement.
async fn columns(
    connection: &mut PgConnection,
    table: &str,
    condition: &str,
) -> Result<Vec<String>, sqlx::Error> {
    let columns = format!(
        "SELECT quote_ident(attname) FROM pg_attribute
        WHERE attrelid = 'pg_temp.{table}'::regclass AND attnum > 0 AND NOT attisdropped AND {condition}
        ORDER BY attnum"
    );
    sqlx::query_scalar(AssertSqlSafe(columns)).fetch_all(connection).await
}

async fn columns_of_key(connection: &mut PgConnection, table: &str) -> Result<Vec<String>, sqlx::Error> {
    let is_of_key =
        "attnum = ANY ((SELECT indkey FROM pg_index WHERE indrelid = attrelid AND indisprimary)::int2[])";
    columns(connection, table, is_of_key).await
}
