//! Bulk moves, each in one row.

use std::collections::{BTreeMap, BTreeSet};

use calendar_fold::MoveProgress;
use schemas::MoveId;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::PostgresReadModel;
use super::columns::{number, signed};
use super::load::each;
use super::queries::rows_of;
use crate::bulk_move::BulkMoveOutline;
use crate::{Answer, BulkMoveRow, BulkMoveSummary, Page, PageRequest, QueryError};

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

struct OutlineRecord {
    outline: Json<BulkMoveOutline>,
    version: i64,
}

impl PostgresReadModel {
    pub(crate) async fn bulk_moves(
        &self,
        page: &PageRequest,
    ) -> Result<Answer<Page<BulkMoveSummary>>, QueryError> {
        // No id comes after the greatest.
        let before = BulkMoveSummary::last_of(page)?.map_or(Uuid::max(), MoveId::uuid);
        let mut snapshot = self.snapshot().await?;
        let found = sqlx::query_as!(
            OutlineRecord,
            r#"SELECT progress - 'visits' AS "outline!: _", version FROM bulk_moves WHERE move_id < $1 ORDER BY move_id DESC LIMIT $2"#,
            before,
            rows_of(page)
        );
        let summary = |record: OutlineRecord| {
            let version = number("version", record.version)?;
            Ok(BulkMoveSummary { outline: record.outline.0, version })
        };
        let summaries = each(found.fetch_all(&mut *snapshot.transaction).await?, summary)?;
        Ok(snapshot.answer(BulkMoveSummary::page(summaries, page)))
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
