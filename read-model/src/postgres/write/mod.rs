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

/// Writes everything that the batch has changed.
pub(super) async fn write(connection: &mut PgConnection, batch: &Batch) -> Result<(), sqlx::Error> {
    rows::agents(connection, batch).await?;
    rows::appointments(connection, batch.appointments.values()).await?;
    rows::history(connection, &batch.history).await?;
    calendars::write(connection, &batch.calendars).await?;
    match (&batch.office, batch.office_position) {
        (Some(office), Some(position)) => office::replace(connection, office, position).await,
        _ => Ok(()),
    }
}

/// One column of rows.
fn column<R: Copy, T>(rows: &[R], value: impl Fn(R) -> T) -> Vec<T> {
    rows.iter().copied().map(value).collect()
}
