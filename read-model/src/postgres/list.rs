//! The list of appointments, with filters and orders.

use availability::Localized;
use chrono::{DateTime, TimeDelta, Utc};
use schemas::{AgentId, AppointmentTypeCode, LeadId, PropertyId};
use sqlx::{Postgres, QueryBuilder};

use super::load::each;
use super::queries::rows_of;
use super::records::AppointmentRecord;
use super::{PostgresReadModel, Snapshot, rows};
use crate::page::{Cursor, SortKey, micros_up};
use crate::{
    Answer, AppointmentFilter, AppointmentRow, AppointmentSort, Outcomes, Page, PageRequest, QueryError,
};

/// How many rows are read at once where only Citas can evaluate the filter.
const SOME: i64 = 1_000;

/// The columns of [`AppointmentRecord`].
const COLUMNS: &str = r#"id, lead_id, agent_id, appointment_type, status, no_show_by, start, "end", duration_minutes,
    local_start, time_zone, location, property_id, notes,
    (SELECT COALESCE(leads.name, leads.from_booking #>> '{name,value}') FROM leads
        WHERE leads.lead_id = appointments.lead_id) AS lead_name,
    lead_contact, reminder_sent, created_at, updated_at, version,
    sequence, origin, confirm_by, cancellation_cause, behind"#;

impl PostgresReadModel {
    pub(crate) async fn appointments(
        &self,
        filter: &AppointmentFilter,
        sort: AppointmentSort,
        page: &PageRequest,
    ) -> Result<Answer<Page<Localized<AppointmentRow>>>, QueryError> {
        let last = match page.cursor()? {
            None => None,
            Some(Cursor::Appointment(of, key)) if of == sort => Some(key),
            Some(_) => return Err(QueryError::BadCursor),
        };
        let mut snapshot = self.snapshot().await?;
        snapshot.check_agents(&filter.agent_ids).await?;
        let rows = if filter.wall_time_changed.is_none() {
            snapshot.list(filter, sort, last, rows_of(page)).await?
        } else {
            snapshot.search(filter, sort, last, page.limit.get() + 1).await?
        };
        let page =
            Page::cut(rows, page.limit, |row: &AppointmentRow| Cursor::Appointment(sort, row.sort_key(sort)));
        let wording = snapshot.wording();
        Ok(snapshot.answer(page.map(|row| row.localized(&wording))))
    }
}

impl Snapshot {
    /// The appointments that the filters on columns admit, in order, after `last`.
    pub(super) async fn list(
        &mut self,
        filter: &AppointmentFilter,
        sort: AppointmentSort,
        last: Option<SortKey>,
        count: i64,
    ) -> Result<Vec<AppointmentRow>, sqlx::Error> {
        let began_after = self.began_after(filter).await?;
        let mut query = query(filter, began_after, sort, last, count);
        let found = query.build_query_as::<AppointmentRecord>();
        each(found.fetch_all(&mut *self.transaction).await?, rows::appointment)
    }

    /// The instant after which everything began that still lasts at the filter's `from`: nothing lasts longer than the longest.
    /// An index has those of more than four hours, which are few.
    pub(super) async fn began_after(
        &mut self,
        filter: &AppointmentFilter,
    ) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        let Some(from) = filter.from else { return Ok(None) };
        let longest = sqlx::query_scalar!(
            r#"SELECT ceil(EXTRACT(EPOCH FROM max("end" - start)))::bigint FROM appointments
            WHERE "end" - start > interval '4 hours'"#
        );
        let longest = longest.fetch_one(&mut *self.transaction).await?;
        let longest = longest.and_then(TimeDelta::try_seconds).unwrap_or(TimeDelta::hours(4));
        Ok(from.checked_sub_signed(longest))
    }

    /// The appointments that a filter on zone rules admits: evaluated here, as the database's rules may not be those of
    /// Citas.
    async fn search(
        &mut self,
        filter: &AppointmentFilter,
        sort: AppointmentSort,
        mut last: Option<SortKey>,
        count: usize,
    ) -> Result<Vec<AppointmentRow>, sqlx::Error> {
        let mut found = Vec::new();
        loop {
            let some = self.list(filter, sort, last, SOME).await?;
            let Some(key) = some.last().map(|row| row.sort_key(sort)) else { return Ok(found) };
            found.extend(some.into_iter().filter(|row| filter.admits(row)));
            if found.len() >= count {
                found.truncate(count);
                return Ok(found);
            }
            last = Some(key);
        }
    }
}

/// The text has only the filters in use, so that each combination is planned by itself. There are too many combinations
/// to check at build time.
fn query(
    filter: &AppointmentFilter,
    began_after: Option<DateTime<Utc>>,
    sort: AppointmentSort,
    last: Option<SortKey>,
    count: i64,
) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM appointments"));
    push_filter(&mut query, filter, began_after);
    let column = match sort {
        AppointmentSort::Start | AppointmentSort::StartDescending => "start",
        AppointmentSort::CreatedAt | AppointmentSort::CreatedAtDescending => "created_at",
        AppointmentSort::UpdatedAt | AppointmentSort::UpdatedAtDescending => "updated_at",
    };
    let (after, direction) = if sort.is_descending() { ("<", "DESC") } else { (">", "ASC") };
    if let Some(SortKey(micros, id)) = last {
        query.push(format!(" AND ({column}, id) {after} ("));
        query.push_bind(at(micros)).push(", ").push_bind(id.uuid()).push(")");
    }
    query.push(format!(" ORDER BY {column} {direction}, id {direction} LIMIT ")).push_bind(count);
    query
}

/// Adds the condition that the filter admits an appointment, as far as columns tell it. `began_after` is that of
/// [`Snapshot::began_after`].
pub(super) fn push_filter(
    query: &mut QueryBuilder<Postgres>,
    filter: &AppointmentFilter,
    began_after: Option<DateTime<Utc>>,
) {
    query.push(if filter.is_of_no_time() { " WHERE FALSE" } else { " WHERE TRUE" });
    let mut among = |column: &str, values: Vec<String>| {
        if !values.is_empty() {
            query.push(format!(" AND {column} = ANY(")).push_bind(values).push(")");
        }
    };
    among("agent_id", texts(&filter.agent_ids, AgentId::as_str));
    among("lead_id", texts(&filter.lead_ids, LeadId::as_str));
    among("status", filter.statuses.iter().map(ToString::to_string).collect());
    among("appointment_type", texts(&filter.appointment_types, AppointmentTypeCode::as_str));
    among("property_id", texts(&filter.property_ids, PropertyId::as_str));
    if let Some(Outcomes { recorded, unresolved_at }) = &filter.outcomes {
        let recorded: Vec<_> = recorded.iter().map(|outcome| outcome.status().to_string()).collect();
        query.push(" AND (status = ANY(").push_bind(recorded).push(")");
        if let Some(now) = unresolved_at {
            query.push(r#" OR (status IN ('scheduled', 'confirmed') AND "end" <= "#);
            query.push_bind(at(now.timestamp_micros())).push(")");
        }
        query.push(")");
    }
    if let Some(from) = filter.from {
        query.push(r#" AND "end" > "#).push_bind(at(from.timestamp_micros()));
    }
    if let Some(instant) = began_after {
        query.push(" AND start >= ").push_bind(at(instant.timestamp_micros()));
    }
    if let Some(to) = filter.to {
        query.push(" AND start < ").push_bind(at(micros_up(to)));
    }
    if filter.wall_time_changed == Some(true) {
        query.push(" AND status IN ('scheduled', 'confirmed')");
    }
}

fn texts<T>(values: &[T], text: impl Fn(&T) -> &str) -> Vec<String> {
    values.iter().map(|value| text(value).to_owned()).collect()
}

/// An instant in the database's range: a cursor can have any value, and no appointment lies before the year 0 or after
/// 9999.
fn at(micros: i64) -> DateTime<Utc> {
    const YEAR_0: i64 = -62_167_219_200_000_000;
    const YEAR_10_000: i64 = 253_402_300_800_000_000;
    DateTime::from_timestamp_micros(micros.clamp(YEAR_0, YEAR_10_000)).expect("a year from 0 to 10000")
}
