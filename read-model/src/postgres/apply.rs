use schemas::AgentId;
use sqlx::error::ErrorKind;
use sqlx::{Connection as _, PgConnection, Postgres, Transaction};

use super::batch::{Batch, misfit};
use super::columns::signed;
use super::watch::{Told, tell};
use super::write::write;
use super::{PostgresReadModel, load};
use crate::error::{ApplyError, Misfit, ProjectError};
use crate::event::{Event, ProjectedEvent};

/// What a parked agent's event broke.
const OVERLAP: &str = "two appointments of the agent overlap, and neither shares its slot";

/// Why events were not applied together.
enum Failure {
    /// What comes before the event that does not fit is applied.
    Misfit(ApplyError),
    /// The alarm of the table of bookings: nothing is applied.
    Overlap,
    /// A value that the database cannot keep, today or later: nothing is applied.
    NotKept(String),
    /// Nothing is applied, or the connection was lost before it was said.
    Database(sqlx::Error),
}

impl PostgresReadModel {
    /// Folds events in, in the order of the log, all of them or none. Those at or before its position were folded in
    /// before and are left out. At an error of one event, everything before it is in, and nothing of it.
    ///
    /// An event that breaks a constraint which no decision may break parks its agent: from it on, the agent's events
    /// are left out, and those of the others go on.
    pub async fn apply(&self, events: &[ProjectedEvent]) -> Result<(), ProjectError> {
        if events.is_empty() {
            return Ok(());
        }
        let connection = self.pool.acquire().await;
        let mut connection = connection.map_err(|error| ProjectError::Unavailable(error.into()))?;
        apply(&mut connection, &self.settings.channel(), events).await
    }

    /// Says that the log has nothing more for it up to this position.
    pub async fn advance(&self, position: u64) -> Result<(), crate::Unavailable> {
        let mut connection = self.pool.acquire().await?;
        Ok(advance(&mut connection, &self.settings.channel(), position).await?)
    }

    /// Says that everything is in that the log has: from now on there is nothing that it does not know of.
    pub async fn catch_up(&self) -> Result<(), crate::Unavailable> {
        let mut connection = self.pool.acquire().await?;
        Ok(catch_up(&mut connection, &self.settings.channel()).await?)
    }
}

/// Folds events into the tables that the connection finds by their names, and tells the channel.
pub(super) async fn apply(
    connection: &mut PgConnection,
    channel: &str,
    events: &[ProjectedEvent],
) -> Result<(), ProjectError> {
    let applied = match apply_together(connection, channel, events).await {
        Err(Failure::Overlap | Failure::NotKept(_)) => apply_one_by_one(connection, channel, events).await,
        applied => applied,
    };
    applied.map_err(|failure| match failure {
        Failure::Misfit(error) => ProjectError::Misfit(error),
        Failure::Overlap | Failure::NotKept(_) => unreachable!("one by one, the event is found"),
        Failure::Database(error) => ProjectError::Unavailable(error.into()),
    })
}

/// Says to the tables that the log has nothing more for them up to this position.
pub(super) async fn advance(
    connection: &mut PgConnection,
    channel: &str,
    position: u64,
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    if load::position_to_write_from(&mut *transaction).await? < position {
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
) -> Result<(), Failure> {
    let mut transaction = connection.begin().await?;
    let position = load::position_to_write_from(&mut *transaction).await?;
    let new: Vec<_> = events.iter().filter(|event| position < event.position).collect();
    let Some(last) = new.last() else { return Ok(()) };
    let mut reached = last.position;
    let new = without_parked(&mut transaction, new).await?;
    let mut batch = Batch::load(&mut transaction, &new).await?;
    let mut failed = None;
    let mut before = position;
    for event in new {
        if let Err(error) = batch.apply(event) {
            reached = before;
            failed = Some(error);
            break;
        }
        before = event.position;
    }
    write(&mut transaction, &batch).await?;
    if position < reached {
        commit(transaction, channel, reached).await?;
    }
    failed.map_or(Ok(()), |error| Err(Failure::Misfit(error)))
}

/// Finds the events that raise the alarm, and the one with a value that cannot be kept.
async fn apply_one_by_one(
    connection: &mut PgConnection,
    channel: &str,
    events: &[ProjectedEvent],
) -> Result<(), Failure> {
    for event in events {
        match apply_together(connection, channel, std::slice::from_ref(event)).await {
            Err(Failure::Overlap) => park(connection, channel, event).await.map_err(Failure::Database)?,
            Err(Failure::NotKept(what)) => {
                return Err(Failure::Misfit(misfit(event, Misfit::NotKept(what))));
            }
            applied => applied?,
        }
    }
    Ok(())
}

async fn park(
    connection: &mut PgConnection,
    channel: &str,
    event: &ProjectedEvent,
) -> Result<(), sqlx::Error> {
    let Event::Agent(agent_id, _) = &event.event else {
        unreachable!("nothing that happens to the office makes a booking");
    };
    tracing::error!(%agent_id, position = event.position, "the agent is parked: {OVERLAP}");
    let mut transaction = connection.begin().await?;
    if event.position <= load::position_to_write_from(&mut *transaction).await? {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO parked_agents (agent_id, position, revision, event_type, reason) VALUES ($1, $2, $3, $4, $5)",
        agent_id.as_str(),
        signed(event.position),
        signed(event.revision),
        event.event.event_type(),
        OVERLAP
    )
    .execute(&mut *transaction)
    .await?;
    tell(&mut transaction, channel, Told::LookAgain).await?;
    commit(transaction, channel, event.position).await
}

/// Everything up to the position is in the tables once this returns.
async fn commit(
    mut transaction: Transaction<'_, Postgres>,
    channel: &str,
    position: u64,
) -> Result<(), sqlx::Error> {
    let update = sqlx::query!("UPDATE projection SET position = $1", signed(position));
    update.execute(&mut *transaction).await?;
    tell(&mut transaction, channel, Told::Position(position)).await?;
    transaction.commit().await
}

async fn without_parked<'a>(
    connection: &mut PgConnection,
    events: Vec<&'a ProjectedEvent>,
) -> Result<Vec<&'a ProjectedEvent>, sqlx::Error> {
    let parked = load::parked_agents(connection).await?;
    let is_parked = |agent_id: &AgentId| parked.iter().any(|parked| parked.agent_id == *agent_id);
    let goes_on = |event: &&ProjectedEvent| match &event.event {
        Event::Agent(agent_id, _) => !is_parked(agent_id),
        Event::Office(_) => true,
    };
    Ok(events.into_iter().filter(goes_on).collect())
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        match not_kept(&error) {
            _ if is_overlap(&error) => Self::Overlap,
            Some(what) => Self::NotKept(what),
            None => Self::Database(error),
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
