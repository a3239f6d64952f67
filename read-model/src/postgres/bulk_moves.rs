//! Bulk moves, each in one row.

use std::collections::{BTreeMap, BTreeSet};

use calendar_fold::MoveProgress;
use schemas::MoveId;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::PostgresReadModel;
use super::columns::{number, signed};
use crate::{Answer, BulkMoveRow, QueryError};

struct BulkMoveRecord {
    move_id: Uuid,
    progress: Json<MoveProgress>,
    version: i64,
}

impl PostgresReadModel {
    pub(crate) async fn bulk_move(&self, move_id: MoveId) -> Result<Answer<BulkMoveRow>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        let found = load(&mut snapshot.transaction, &BTreeSet::from([move_id])).await?;
        let row = found.into_values().flatten().next().ok_or(QueryError::MoveNotFound(move_id))?;
        Ok(snapshot.answer(row))
    }
}

/// The existing bulk moves among these ids.
pub(super) async fn load(
    connection: &mut PgConnection,
    move_ids: &BTreeSet<MoveId>,
) -> Result<BTreeMap<MoveId, Option<BulkMoveRow>>, sqlx::Error> {
    let ids: Vec<Uuid> = move_ids.iter().map(|id| id.uuid()).collect();
    let found = sqlx::query_as!(
        BulkMoveRecord,
        r#"SELECT move_id, progress AS "progress: _", version FROM bulk_moves WHERE move_id = ANY($1)"#,
        &ids[..]
    );
    let row = |record: BulkMoveRecord| {
        let row = BulkMoveRow { progress: record.progress.0, version: number("version", record.version)? };
        Ok((MoveId::new(record.move_id), Some(row)))
    };
    found.fetch_all(connection).await?.into_iter().map(row).collect()
}

/// Writes those that a batch has changed.
pub(super) async fn write(
    connection: &mut PgConnection,
    moves: &BTreeMap<MoveId, Option<BulkMoveRow>>,
) -> Result<(), sqlx::Error> {
    let rows: Vec<(Uuid, &BulkMoveRow)> =
        moves.iter().filter_map(|(move_id, row)| Some((move_id.uuid(), row.as_ref()?))).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = rows.iter().map(|(move_id, _)| *move_id).collect();
    let progress: Vec<Json<&MoveProgress>> = rows.iter().map(|(_, row)| Json(&row.progress)).collect();
    let versions: Vec<i64> = rows.iter().map(|(_, row)| signed(row.version)).collect();
    sqlx::query!(
        "INSERT INTO bulk_moves (move_id, progress, version)
        SELECT * FROM UNNEST($1::uuid[], $2::jsonb[], $3::bigint[])
        ON CONFLICT (move_id) DO UPDATE SET (progress, version) = (EXCLUDED.progress, EXCLUDED.version)",
        &ids[..],
        progress as _,
        &versions[..]
    )
    .execute(connection)
    .await?;
    Ok(())
}
