//! The rows of a batch into the tables: one statement a table, whatever the number of rows, each column an array.
//!
//! Arrays of texts, of JSON and of what can be null are bound `as _`: what the compiler is told of a parameter is an
//! array of `String`, or of values that are all there. Postgres holds them to the type that the text says.

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
