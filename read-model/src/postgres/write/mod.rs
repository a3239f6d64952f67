//! Writes the rows of a batch: one statement per table, whatever the number of rows, with an array for each column.
//!
//! Arrays of texts, of JSON and of values that can be null are bound `as _`: the macro would expect arrays of `String`,
//! or of values that are never null. Postgres checks them against the types in the statement.

mod calendars;
mod hours;
mod office;
mod rows;

use sqlx::PgConnection;

use super::batch::Batch;
use super::{bulk_moves, leads};

/// Writes everything that the batch has changed.
pub(super) async fn write(connection: &mut PgConnection, batch: &Batch) -> Result<(), sqlx::Error> {
    rows::agents(connection, batch).await?;
    rows::appointments(connection, batch.appointments.values()).await?;
    rows::history(connection, &batch.history).await?;
    bulk_moves::write(connection, &batch.moves).await?;
    leads::write(connection, &batch.leads).await?;
    calendars::write(connection, &batch.calendars).await?;
    match (&batch.office, batch.office_position) {
        (Some(office), Some(position)) => office::replace(connection, office, position).await,
        _ => Ok(()),
    }
}

/// Deletes the rows that meet the condition for any of the keys; takes the keys as a table named `key`, and parameters.
///
/// Rows are found key by key, and deleted by their place in the table (`ctid`), which stays as long as nobody else writes.
/// `OFFSET 0` keeps that from becoming a join: for a hundred keys, a join reads the whole table, because the planner has a
/// condition such as `"end" <= key.instant` hold for a third of all rows.
macro_rules! delete {
    (from $table:tt where $condition:tt, for $keys:tt, $($parameters:tt)*) => {
        sqlx::query!(
            "DELETE FROM " + $table + " WHERE ctid = ANY (ARRAY(SELECT found.ctid FROM " + $keys
                + " CROSS JOIN LATERAL (SELECT ctid FROM " + $table + " WHERE " + $condition + " OFFSET 0) AS found))",
            $($parameters)*
        )
    };
}
use delete;

/// One column of rows.
fn column<R: Copy, T>(rows: &[R], value: impl Fn(R) -> T) -> Vec<T> {
    rows.iter().copied().map(value).collect()
}
