//! The last event that is in the tables, by which the log that they follow is recognised.

use schemas::{EventId, Landmark};
use sqlx::{AssertSqlSafe, PgConnection, PgExecutor, Row as _};
use uuid::Uuid;

use super::columns::{number, signed};
use super::{PostgresReadModel, load};
use crate::{ProjectedEvent, Unavailable};

impl PostgresReadModel {
    /// The last event that is in the tables; none before the first.
    pub async fn landmark(&self) -> Result<Option<Landmark>, Unavailable> {
        let mut connection = self.pool.acquire().await?;
        Ok(landmark(&mut *connection).await?)
    }
}

/// The last event in the tables on the connection's search path.
pub(super) async fn landmark(executor: impl PgExecutor<'_>) -> Result<Option<Landmark>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT landmark_stream, landmark_revision, landmark_position, landmark_id FROM projection"
    );
    let row = load::kept(row.fetch_optional(executor).await?)?;
    read(row.landmark_stream, row.landmark_revision, row.landmark_position, row.landmark_id)
}

/// The same of the tables in another schema than the connection's, which may be of a release that keeps none.
pub(super) async fn landmark_in(
    connection: &mut PgConnection,
    schema: &str,
) -> Result<Option<Landmark>, sqlx::Error> {
    let landmark = format!(
        "SELECT one ->> 'landmark_stream' AS stream, (one ->> 'landmark_revision')::bigint AS revision,
            (one ->> 'landmark_position')::bigint AS position, (one ->> 'landmark_id')::uuid AS id
        FROM (SELECT to_jsonb(projection) AS one FROM {schema}.projection) AS every"
    );
    let Some(row) = sqlx::query(AssertSqlSafe(landmark)).fetch_optional(connection).await? else {
        return Ok(None);
    };
    read(row.try_get("stream")?, row.try_get("revision")?, row.try_get("position")?, row.try_get("id")?)
}

/// Records that everything up to this event is in the tables.
pub(super) async fn reach(connection: &mut PgConnection, event: &ProjectedEvent) -> Result<(), sqlx::Error> {
    let Landmark { stream, revision, position, event_id } = event.landmark();
    sqlx::query!(
        "UPDATE projection SET position = $3,
            landmark_stream = $1, landmark_revision = $2, landmark_position = $3, landmark_id = $4",
        stream,
        signed(revision),
        signed(position),
        event_id.uuid()
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Records that this event, of a stream that was parked, is in the tables, unless a later one is.
pub(super) async fn keep(connection: &mut PgConnection, event: &ProjectedEvent) -> Result<(), sqlx::Error> {
    let Landmark { stream, revision, position, event_id } = event.landmark();
    sqlx::query!(
        "UPDATE projection SET landmark_stream = $1, landmark_revision = $2, landmark_position = $3, landmark_id = $4
        WHERE landmark_position IS NULL OR landmark_position < $3",
        stream,
        signed(revision),
        signed(position),
        event_id.uuid()
    )
    .execute(connection)
    .await
    .map(drop)
}

fn read(
    stream: Option<String>,
    revision: Option<i64>,
    position: Option<i64>,
    id: Option<Uuid>,
) -> Result<Option<Landmark>, sqlx::Error> {
    let (Some(stream), Some(revision), Some(position), Some(id)) = (stream, revision, position, id) else {
        return Ok(None);
    };
    Ok(Some(Landmark {
        stream,
        revision: number("landmark_revision", revision)?,
        position: number("landmark_position", position)?,
        event_id: EventId::new(id),
    }))
}
