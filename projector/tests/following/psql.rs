//! The database as the server's own client sees it, independent of the code under test.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::service::url;

/// The output of the statements, a line for each row.
pub(crate) fn ask(statements: &str) -> String {
    ask_at(&url(), statements)
}

/// The same of another server.
pub(crate) fn ask_at(url: &str, statements: &str) -> String {
    let mut psql = Command::new("psql");
    let psql = psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", url, "-c", statements]);
    let answered = psql.output().expect("psql comes with PostgreSQL, which scripts/services installs");
    assert!(answered.status.success(), "{statements}: {}", String::from_utf8_lossy(&answered.stderr));
    String::from_utf8(answered.stdout).unwrap()
}

/// Every row of every table but the leases, without the times of writing and the id of the set of tables.
pub(crate) fn contents(schema: &str) -> String {
    let tables = ask(&format!(
        "SELECT table_name || '|' || string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)
        FROM information_schema.columns
        WHERE table_schema = '{schema}' AND table_name NOT IN ('_sqlx_migrations', 'leases')
            AND column_name NOT IN ('parked_at', 'tables_id')
        GROUP BY table_name ORDER BY table_name"
    ));
    let copies = tables.lines().map(|table| {
        let (table, columns) = table.split_once('|').unwrap();
        let rows = format!("SELECT {columns} FROM {schema}.{table} AS one ORDER BY one::text COLLATE \"C\"");
        format!("SELECT '== {table}'; COPY ({rows}) TO STDOUT; ")
    });
    ask(&copies.collect::<String>())
}

/// A transaction that stays open.
pub(crate) struct Open {
    child: Child,
    _output: BufReader<ChildStdout>,
}

impl Open {
    /// Begins a transaction, runs the statement, and leaves the transaction open.
    pub(crate) fn transaction(statement: &str) -> Self {
        let mut psql = Command::new("psql");
        let psql = psql.args(["-X", "-q", "-A", "-t", &url()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = psql.spawn().unwrap();
        writeln!(child.stdin.as_mut().unwrap(), "BEGIN; {statement}; SELECT 'done';").unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while line.trim() != "done" {
            line.clear();
            assert!(0 < output.read_line(&mut line).unwrap(), "{statement} failed");
        }
        Self { child, _output: output }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }
}
