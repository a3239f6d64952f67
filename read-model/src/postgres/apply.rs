//! Applies events to the tables.

use sqlx::error::ErrorKind;
use sqlx::{Connection as _, PgConnection, Postgres, Transaction};
use tokio::time::timeout;

use super::batch::{Batch, misfit};
use super::columns::signed;
use super::notification::{Notification, notify};
use super::write::write;
use super::writer::{WRITE_TIMEOUT, Writer, given_up};
use super::{PostgresReadModel, landmark, load};
use crate::ParkedStream;
use crate::error::{ApplyError, ApplyErrorReason, ProjectError, Unavailable};
use crate::event::ProjectedEvent;

/// Why events were not applied in one transaction.
pub(super) enum Failure {
    /// An event does not follow from the events before it; those are applied.
    ApplyErrorReason(ApplyError),
    /// The database rejects one of the events, now and at every retry: nothing is applied.
    Event(ApplyErrorReason),
    /// Nothing is applied, or the connection was lost before the commit was confirmed.
    Unavailable(Unavailable),
}

impl PostgresReadModel {
    /// Applies events, in log order. Those at or before its position were applied before and are skipped. If one fails,
    /// everything before it is applied, and nothing of it.
    ///
    /// The caller has left out the events of `parked`. If other streams are parked by now, nothing is applied: another
    /// process has written.
    pub async fn apply(
        &self,
        events: &[ProjectedEvent],
        parked: &[ParkedStream],
    ) -> Result<(), ProjectError> {
        if events.is_empty() {
            return Ok(());
        }
        let (mut connection, writer) = self.write().await?;
        match timeout(WRITE_TIMEOUT, apply(&mut connection, &writer, events, parked)).await {
            Ok(applied) => applied,
            Err(_) => Err(given_up(connection).into()),
        }
    }

    /// Moves the position forward: the log has no more events up to it, except those of parked streams.
    pub async fn advance(&self, position: u64, parked: &[ParkedStream]) -> Result<(), Unavailable> {
        let (mut connection, writer) = self.write().await?;
        match timeout(WRITE_TIMEOUT, advance(&mut connection, &writer, position, parked)).await {
            Ok(advanced) => advanced,
            Err(_) => Err(given_up(connection)),
        }
    }

    /// Records that the tables have caught up with the log.
    pub async fn catch_up(&self) -> Result<(), Unavailable> {
        let (mut connection, writer) = self.write().await?;
        match timeout(WRITE_TIMEOUT, catch_up(&mut connection, &writer)).await {
            Ok(caught_up) => caught_up,
            Err(_) => Err(given_up(connection)),
        }
    }
}

/// Applies events to the tables on the connection's search path, and notifies the writer's channel.
pub(super) async fn apply(
    connection: &mut PgConnection,
    writer: &Writer,
    events: &[ProjectedEvent],
    parked: &[ParkedStream],
) -> Result<(), ProjectError> {
    match apply_together(connection, writer, events, parked).await {
        Err(Failure::Event(_)) => {}
        applied => return applied.map_err(Failure::of_no_event),
    }
    for event in events {
        let applied = apply_together(connection, writer, std::slice::from_ref(event), parked).await;
        applied.map_err(|failure| failure.of(event))?;
    }
    Ok(())
}

/// Moves the tables' position forward: the log has no more events up to it, except those of parked streams.
pub(super) async fn advance(
    connection: &mut PgConnection,
    writer: &Writer,
    position: u64,
    parked: &[ParkedStream],
) -> Result<(), Unavailable> {
    let mut transaction = connection.begin().await?;
    let before = load::position_to_write_from(&mut *transaction, writer.token).await?;
    expect_parked(&mut transaction, parked).await?;
    if before < position {
        commit(transaction, writer, position).await?;
    }
    Ok(())
}

/// Records that the tables have caught up with the log, and notifies the writer's channel if that is new.
pub(super) async fn catch_up(connection: &mut PgConnection, writer: &Writer) -> Result<(), Unavailable> {
    let mut transaction = connection.begin().await?;
    load::position_to_write_from(&mut *transaction, writer.token).await?;
    let update = sqlx::query!("UPDATE projection SET caught_up = true WHERE NOT caught_up");
    if update.execute(&mut *transaction).await?.rows_affected() > 0 {
        notify(&mut transaction, &writer.channel, Notification::LookAgain).await?;
    }
    Ok(transaction.commit().await?)
}

async fn apply_together(
    connection: &mut PgConnection,
    writer: &Writer,
    events: &[ProjectedEvent],
    parked: &[ParkedStream],
) -> Result<(), Failure> {
    let mut transaction = connection.begin().await?;
    let position = load::position_to_write_from(&mut *transaction, writer.token).await?;
    let new: Vec<_> = events.iter().filter(|event| position < event.position).collect();
    let Some(last) = new.last() else { return Ok(()) };
    expect_parked(&mut transaction, parked).await?;
    let misfit = fold(&mut transaction, &new).await?;
    let misfit_at = misfit.as_ref().map(|misfit| misfit.position);
    let before = new.iter().take_while(|event| Some(event.position) != misfit_at).last();
    let reached = if misfit.is_none() { Some(last) } else { before };
    if let Some(reached) = reached {
        landmark::reach(&mut transaction, reached).await?;
        publish(transaction, writer, reached.position).await?;
    }
    misfit.map_or(Ok(()), |misfit| Err(Failure::ApplyErrorReason(misfit)))
}

/// Applies events up to the first that fails, and returns its error.
pub(super) async fn fold(
    connection: &mut PgConnection,
    events: &[&ProjectedEvent],
) -> Result<Option<ApplyError>, Failure> {
    let mut batch = Batch::load(connection, events).await?;
    let misfit = events.iter().find_map(|event| batch.apply(event).err());
    write(connection, &batch).await?;
    Ok(misfit)
}

/// Fails unless the streams that the caller has left out are the parked ones.
async fn expect_parked(connection: &mut PgConnection, expected: &[ParkedStream]) -> Result<(), Unavailable> {
    let is_among = |one: &ParkedStream, others: &[ParkedStream]| {
        others.iter().any(|other| (&other.stream, other.revision) == (&one.stream, one.revision))
    };
    let found = load::parked_streams(connection).await?;
    if found.len() == expected.len() && found.iter().all(|one| is_among(one, expected)) {
        return Ok(());
    }
    Err(Unavailable { reason: "the tables have other parked streams than were left out".to_owned() })
}

/// Writes the position, notifies the writer's channel and commits.
pub(super) async fn commit(
    mut transaction: Transaction<'_, Postgres>,
    writer: &Writer,
    position: u64,
) -> Result<(), sqlx::Error> {
    let update = sqlx::query!("UPDATE projection SET position = $1", signed(position));
    update.execute(&mut *transaction).await?;
    publish(transaction, writer, position).await
}

/// Notifies the writer's channel of the position and commits.
async fn publish(
    mut transaction: Transaction<'_, Postgres>,
    writer: &Writer,
    position: u64,
) -> Result<(), sqlx::Error> {
    notify(&mut transaction, &writer.channel, Notification::Position(position)).await?;
    transaction.commit().await
}

impl Failure {
    /// The error if this event was applied by itself.
    pub(super) fn of(self, event: &ProjectedEvent) -> ProjectError {
        match self {
            Self::Event(reason) => ProjectError::ApplyErrorReason(misfit(event, reason)),
            other => other.of_no_event(),
        }
    }

    pub(super) fn of_no_event(self) -> ProjectError {
        match self {
            Self::ApplyErrorReason(error) => ProjectError::ApplyErrorReason(error),
            Self::Event(_) => unreachable!("events are applied one by one, and the event is found"),
            Self::Unavailable(unavailable) => ProjectError::Unavailable(unavailable),
        }
    }
}

impl From<Unavailable> for Failure {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        match not_kept(&error) {
            _ if is_overlap(&error) => Self::Event(ApplyErrorReason::Overlap),
            Some(what) => Self::Event(ApplyErrorReason::NotKept(what)),
            None => Self::Unavailable(error.into()),
        }
    }
}

/// Whether two bookings overlap, which their exclusion constraint forbids.
pub(super) fn is_overlap(error: &sqlx::Error) -> bool {
    let kind = error.as_database_error().map(sqlx::error::DatabaseError::kind);
    matches!(kind, Some(ErrorKind::ExclusionViolation))
}

/// The rule that a value breaks, for SQLSTATE classes 22 (data exceptions) and 23 (constraints). A retry would fail in
/// the same way.
fn not_kept(error: &sqlx::Error) -> Option<String> {
    let error = error.as_database_error()?;
    let code = error.code().filter(|code| code.starts_with("22") || code.starts_with("23"))?;
    // What follows a colon may be the value.
    let what = error.message().split(": ").next().unwrap_or_default();
    Some(format!("{what} (SQLSTATE {code})"))
}
