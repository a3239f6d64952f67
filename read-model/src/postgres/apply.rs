use sqlx::error::ErrorKind;
use sqlx::{Connection as _, PgConnection, Postgres, Transaction};

use super::batch::{Batch, misfit};
use super::columns::signed;
use super::watch::{Told, tell};
use super::write::write;
use super::{PostgresReadModel, load};
use crate::ParkedStream;
use crate::error::{ApplyError, Misfit, ProjectError, Unavailable};
use crate::event::ProjectedEvent;

/// Why events were not applied together.
pub(super) enum Failure {
    /// What comes before the event that does not fit is applied.
    Misfit(ApplyError),
    /// The database does not take one of them, today or later: nothing is applied.
    Event(Misfit),
    /// Nothing is applied, or the connection was lost before it was said.
    Unavailable(Unavailable),
}

impl PostgresReadModel {
    /// Folds events in, in the order of the log, all of them or none. Those at or before its position were folded in
    /// before and are left out. At an error of one event, everything before it is in, and nothing of it.
    ///
    /// Events of the parked streams have been left out. If others are parked by now, nothing is applied: another process
    /// has written.
    pub async fn apply(
        &self,
        events: &[ProjectedEvent],
        parked: &[ParkedStream],
    ) -> Result<(), ProjectError> {
        if events.is_empty() {
            return Ok(());
        }
        let mut connection = self.pool.acquire().await.map_err(Unavailable::from)?;
        apply(&mut connection, &self.settings.channel(), events, parked).await
    }

    /// Says that the log has nothing more for it up to this position, but for events of the parked streams.
    pub async fn advance(&self, position: u64, parked: &[ParkedStream]) -> Result<(), Unavailable> {
        let mut connection = self.pool.acquire().await?;
        advance(&mut connection, &self.settings.channel(), position, parked).await
    }

    /// Says that everything is in that the log has: from now on there is nothing that it does not know of.
    pub async fn catch_up(&self) -> Result<(), Unavailable> {
        let mut connection = self.pool.acquire().await?;
        Ok(catch_up(&mut connection, &self.settings.channel()).await?)
    }
}

/// Folds events into the tables that the connection finds by their names, and tells the channel.
pub(super) async fn apply(
    connection: &mut PgConnection,
    channel: &str,
    events: &[ProjectedEvent],
    parked: &[ParkedStream],
) -> Result<(), ProjectError> {
    match apply_together(connection, channel, events, parked).await {
        Err(Failure::Event(_)) => {}
        applied => return applied.map_err(Failure::of_no_event),
    }
    for event in events {
        let applied = apply_together(connection, channel, std::slice::from_ref(event), parked).await;
        applied.map_err(|failure| failure.of(event))?;
    }
    Ok(())
}

/// Says to the tables that the log has nothing more for them up to this position, but for events of the parked streams.
pub(super) async fn advance(
    connection: &mut PgConnection,
    channel: &str,
    position: u64,
    parked: &[ParkedStream],
) -> Result<(), Unavailable> {
    let mut transaction = connection.begin().await?;
    let before = load::position_to_write_from(&mut *transaction).await?;
    expect_parked(&mut transaction, parked).await?;
    if before < position {
        commit(transaction, channel, position).await?;
    }
    Ok(())
}

/// Says of the tables that they have once had everything that the log had, and tells the channel if that is new.
pub(super) async fn catch_up(connection: &mut PgConnection, channel: &str) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let update = sqlx::query!("UPDATE projection SET caught_up = true WHERE NOT caught_up");
    if update.execute(&mut *transaction).await?.rows_affected() > 0 {
        tell(&mut transaction, channel, Told::LookAgain).await?;
    }
    transaction.commit().await
}

async fn apply_together(
    connection: &mut PgConnection,
    channel: &str,
    events: &[ProjectedEvent],
    parked: &[ParkedStream],
) -> Result<(), Failure> {
    let mut transaction = connection.begin().await?;
    let position = load::position_to_write_from(&mut *transaction).await?;
    let new: Vec<_> = events.iter().filter(|event| position < event.position).collect();
    let Some(last) = new.last() else { return Ok(()) };
    let last = last.position;
    expect_parked(&mut transaction, parked).await?;
    let misfit = fold(&mut transaction, &new).await?;
    let misfit_at = misfit.as_ref().map(|misfit| misfit.position);
    let before = new.iter().take_while(|event| Some(event.position) != misfit_at).last();
    let reached = if misfit.is_none() { Some(last) } else { before.map(|event| event.position) };
    if let Some(reached) = reached {
        commit(transaction, channel, reached).await?;
    }
    misfit.map_or(Ok(()), |misfit| Err(Failure::Misfit(misfit)))
}

/// Writes what events lead to, up to the first that does not fit, which is answered.
pub(super) async fn fold(
    connection: &mut PgConnection,
    events: &[&ProjectedEvent],
) -> Result<Option<ApplyError>, Failure> {
    let mut batch = Batch::load(connection, events).await?;
    let misfit = events.iter().find_map(|event| batch.apply(event).err());
    write(connection, &batch).await?;
    Ok(misfit)
}

/// What whoever writes has left out must be what is parked.
async fn expect_parked(connection: &mut PgConnection, expected: &[ParkedStream]) -> Result<(), Unavailable> {
    let is_among = |one: &ParkedStream, others: &[ParkedStream]| {
        others.iter().any(|other| (&other.stream, other.revision) == (&one.stream, one.revision))
    };
    let found = load::parked_streams(connection).await?;
    if found.len() == expected.len() && found.iter().all(|one| is_among(one, expected)) {
        return Ok(());
    }
    Err(Unavailable { reason: "other streams are parked in the tables than were left out".to_owned() })
}

/// Everything up to the position is in the tables once this returns.
pub(super) async fn commit(
    mut transaction: Transaction<'_, Postgres>,
    channel: &str,
    position: u64,
) -> Result<(), sqlx::Error> {
    let update = sqlx::query!("UPDATE projection SET position = $1", signed(position));
    update.execute(&mut *transaction).await?;
    tell(&mut transaction, channel, Told::Position(position)).await?;
    transaction.commit().await
}

impl Failure {
    /// What it means if one event was applied by itself.
    pub(super) fn of(self, event: &ProjectedEvent) -> ProjectError {
        match self {
            Self::Event(reason) => ProjectError::Misfit(misfit(event, reason)),
            other => other.of_no_event(),
        }
    }

    pub(super) fn of_no_event(self) -> ProjectError {
        match self {
            Self::Misfit(error) => ProjectError::Misfit(error),
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
            _ if is_overlap(&error) => Self::Event(Misfit::Overlap),
            Some(what) => Self::Event(Misfit::NotKept(what)),
            None => Self::Unavailable(error.into()),
        }
    }
}

/// Whether it is the alarm of the table of bookings.
pub(super) fn is_overlap(error: &sqlx::Error) -> bool {
    let kind = error.as_database_error().map(sqlx::error::DatabaseError::kind);
    matches!(kind, Some(ErrorKind::ExclusionViolation))
}

/// The rule that a value breaks, if it is that: SQLSTATE classes 22, data exceptions, and 23, constraints. Such a refusal is
/// the same however often it is asked for.
fn not_kept(error: &sqlx::Error) -> Option<String> {
    let error = error.as_database_error()?;
    let code = error.code().filter(|code| code.starts_with("22") || code.starts_with("23"))?;
    // What follows a colon may be the value.
    let what = error.message().split(": ").next().unwrap_or_default();
    Some(format!("{what} (SQLSTATE {code})"))
}
