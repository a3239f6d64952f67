//! Parked streams, whose events are left out, and how they are resumed.

use sqlx::{Connection as _, PgConnection};
use tokio::time::timeout;

use super::apply::{Failure, commit, fold};
use super::columns::{number, signed};
use super::notification::{Notification, notify};
use super::writer::{WRITE_TIMEOUT, Writer, given_up};
use super::{PostgresReadModel, landmark, load};
use crate::ParkedStream;
use crate::error::{ProjectError, Unavailable};
use crate::event::ProjectedEvent;

/// The reason stored for an event that the next transaction applies.
const NOT_TRIED: &str = "it has not been tried yet";

impl PostgresReadModel {
    /// Records that a stream is parked, replacing any earlier record, and moves the position to its event if that lies
    /// ahead.
    pub async fn park(&self, parked: &ParkedStream) -> Result<(), Unavailable> {
        let (mut connection, writer) = self.write().await?;
        match timeout(WRITE_TIMEOUT, park(&mut connection, &writer, parked)).await {
            Ok(is_parked) => is_parked,
            Err(_) => Err(given_up(connection)),
        }
    }

    /// Applies the events of a parked stream up to `position`; afterwards the stream is parked at `next`, or no longer.
    /// Nothing is applied if the tables are at another position: another process has written. If an event fails,
    /// everything before it is applied, and the stream is parked there.
    pub async fn resume(
        &self,
        stream: &str,
        events: &[ProjectedEvent],
        next: Option<&ParkedStream>,
        position: u64,
    ) -> Result<(), ProjectError> {
        let (mut connection, writer) = self.write().await?;
        match timeout(WRITE_TIMEOUT, resume(&mut connection, &writer, stream, events, next, position)).await {
            Ok(resumed) => resumed,
            Err(_) => Err(given_up(connection).into()),
        }
    }
}

async fn resume(
    connection: &mut PgConnection,
    writer: &Writer,
    stream: &str,
    events: &[ProjectedEvent],
    next: Option<&ParkedStream>,
    position: u64,
) -> Result<(), ProjectError> {
    match resume_together(connection, writer, stream, events, next, position).await {
        Err(Failure::Event(_)) => {}
        resumed => return resumed.map_err(Failure::of_no_event),
    }
    for (number, event) in events.iter().enumerate() {
        let following = events.get(number + 1).map(|event| ParkedStream::at(stream, event, NOT_TRIED));
        let (one, next) = (std::slice::from_ref(event), following.as_ref().or(next));
        let resumed = resume_together(connection, writer, stream, one, next, position).await;
        resumed.map_err(|failure| failure.of(event))?;
    }
    Ok(())
}

pub(super) async fn park(
    connection: &mut PgConnection,
    writer: &Writer,
    parked: &ParkedStream,
) -> Result<(), Unavailable> {
    let mut transaction = connection.begin().await?;
    let position = load::position_to_write_from(&mut *transaction, writer.token).await?;
    let parked_at = parked_at(&mut transaction, &parked.stream).await?;
    if parked.position <= position && parked_at.is_none_or(|at| parked.revision < at) {
        // Another process has applied it meanwhile.
        return Ok(());
    }
    keep(&mut transaction, parked).await?;
    Ok(commit(transaction, writer, position.max(parked.position)).await?)
}

async fn keep(connection: &mut PgConnection, parked: &ParkedStream) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO parked_streams (stream, position, revision, event_type, reason) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (stream) DO UPDATE SET position = excluded.position, revision = excluded.revision,
            event_type = excluded.event_type, reason = excluded.reason, parked_at = now()",
        parked.stream,
        signed(parked.position),
        signed(parked.revision),
        parked.event_type,
        parked.reason
    )
    .execute(connection)
    .await
    .map(drop)
}

/// The revision of the event at which a stream is parked, if it is.
async fn parked_at(connection: &mut PgConnection, stream: &str) -> Result<Option<u64>, sqlx::Error> {
    let revision = sqlx::query_scalar!("SELECT revision FROM parked_streams WHERE stream = $1", stream);
    revision.fetch_optional(connection).await?.map(|revision| number("revision", revision)).transpose()
}

/// Applies the events in one transaction, up to the first that fails.
async fn resume_together(
    connection: &mut PgConnection,
    writer: &Writer,
    stream: &str,
    events: &[ProjectedEvent],
    next: Option<&ParkedStream>,
    position: u64,
) -> Result<(), Failure> {
    let mut transaction = connection.begin().await?;
    if load::position_to_write_from(&mut *transaction, writer.token).await? != position {
        let reason = "the tables have left the position that the events were read for".to_owned();
        return Err(Unavailable { reason }.into());
    }
    let Some(parked_at) = parked_at(&mut transaction, stream).await? else { return Ok(()) };
    let waiting: Vec<_> = events.iter().filter(|event| parked_at <= event.revision).collect();
    if waiting.is_empty() && !events.is_empty() {
        // All of these were applied before; the stream waits at a later event.
        return Ok(());
    }
    let misfit = fold(&mut transaction, &waiting).await?;
    let misfit_at = misfit.as_ref().map(|misfit| misfit.position);
    if let Some(last) = waiting.iter().take_while(|event| Some(event.position) != misfit_at).last() {
        landmark::keep(&mut transaction, last).await?;
    }
    let stopped = misfit.as_ref().and_then(|misfit| {
        let event = waiting.iter().find(|event| event.position == misfit.position)?;
        Some(ParkedStream::at(stream, event, &misfit.reason.to_string()))
    });
    if let Some(parked) = stopped.as_ref().or(next) {
        keep(&mut transaction, parked).await?;
    } else {
        let delete = sqlx::query!("DELETE FROM parked_streams WHERE stream = $1", stream);
        delete.execute(&mut *transaction).await?;
    }
    notify(&mut transaction, &writer.channel, Notification::LookAgain).await?;
    transaction.commit().await?;
    misfit.map_or(Ok(()), |misfit| Err(Failure::ApplyErrorReason(misfit)))
}
