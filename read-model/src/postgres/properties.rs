//! Properties, each in one row.

use std::collections::{BTreeMap, BTreeSet};

use schemas::PropertyId;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::PostgresReadModel;
use super::columns::signed;
use super::queries::rows_of;
use crate::property::PropertyView;
use crate::{Answer, Page, PageRequest, PropertyRow, PropertySearch, QueryError};

struct PropertyRecord {
    property: Json<PropertyView>,
}

impl PostgresReadModel {
    pub(crate) async fn property(&self, property_id: &PropertyId) -> Result<Answer<PropertyRow>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        let found = load(&mut snapshot.transaction, &BTreeSet::from([property_id.clone()])).await?;
        let view = found.into_values().flatten().next();
        let view = view.ok_or_else(|| QueryError::UnknownProperty(property_id.clone()))?;
        Ok(snapshot.answer(view.row()))
    }

    pub(crate) async fn properties(
        &self,
        search: &PropertySearch,
        page: &PageRequest,
    ) -> Result<Answer<Page<PropertyRow>>, QueryError> {
        // Every id comes after the empty text.
        let after = Page::last_property(page)?.map_or_else(String::new, |id| id.to_string());
        let mut snapshot = self.snapshot().await?;
        let found = sqlx::query_as!(
            PropertyRecord,
            r#"SELECT property AS "property: _" FROM properties
            WHERE property_id > $1 AND ($2::text IS NULL OR comuna_code = $2)
                AND ($3::text IS NULL OR position($3 IN searched) > 0)
            ORDER BY property_id LIMIT $4"#,
            after,
            search.comuna_code.as_deref(),
            search.text.as_deref(),
            rows_of(page)
        );
        let found = found.fetch_all(&mut *snapshot.transaction).await?;
        let rows = found.into_iter().map(|record| record.property.0.row()).collect();
        Ok(snapshot.answer(Page::of_properties(rows, page)))
    }
}

/// The known properties among these ids.
pub(super) async fn load(
    connection: &mut PgConnection,
    property_ids: &BTreeSet<PropertyId>,
) -> Result<BTreeMap<PropertyId, Option<PropertyView>>, sqlx::Error> {
    let ids: Vec<&str> = property_ids.iter().map(PropertyId::as_str).collect();
    let found = sqlx::query_as!(
        PropertyRecord,
        r#"SELECT property AS "property: _" FROM properties WHERE property_id = ANY($1)"#,
        ids as _
    );
    let found = found.fetch_all(connection).await?;
    let views = found.into_iter().map(|record| record.property.0);
    Ok(views.map(|view| (view.property_id.clone(), Some(view))).collect())
}

/// Writes those that a batch has changed.
pub(super) async fn write(
    connection: &mut PgConnection,
    properties: &BTreeMap<PropertyId, Option<PropertyView>>,
) -> Result<(), sqlx::Error> {
    let rows: Vec<&PropertyView> = properties.values().flatten().collect();
    if rows.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = rows.iter().map(|row| row.property_id.as_str()).collect();
    let comunas: Vec<&str> = rows.iter().map(|row| row.profile.comuna_code.as_str()).collect();
    let searched: Vec<String> = rows.iter().map(|row| row.searched()).collect();
    let views: Vec<Json<&PropertyView>> = rows.iter().map(|row| Json(*row)).collect();
    let versions: Vec<i64> = rows.iter().map(|row| signed(row.version)).collect();
    sqlx::query!(
        "INSERT INTO properties (property_id, comuna_code, searched, property, version)
        SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::bigint[])
        ON CONFLICT (property_id) DO UPDATE SET (comuna_code, searched, property, version)
            = (EXCLUDED.comuna_code, EXCLUDED.searched, EXCLUDED.property, EXCLUDED.version)",
        ids as _,
        comunas as _,
        &searched[..],
        views as _,
        &versions[..]
    )
    .execute(connection)
    .await?;
    Ok(())
}
