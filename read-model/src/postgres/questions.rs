use std::collections::BTreeSet;

use availability::Interval;
use chrono::{DateTime, TimeDelta, Utc};
use schemas::{AgentId, AppointmentId, LeadId};
use sqlx::AssertSqlSafe;

use super::load::each;
use super::rows::{self, APPOINTMENT_COLUMNS};
use super::{PostgresReadModel, Snapshot, calendars, load};
use crate::calendar::{availability_of, calendar_of};
use crate::page::Cursor;
use crate::{
    AgentCalendarAnswer, AgentDetail, AgentRow, Answer, AppointmentRow, AvailabilityAnswer, HistoryEntry,
    LeadContext, OfficeRow, Page, PageRequest, QueryError,
};

/// No appointment is longer: its minutes are a `u16`.
const LONGEST: TimeDelta = TimeDelta::minutes(u16::MAX as i64);

impl PostgresReadModel {
    pub(crate) async fn appointment(&self, id: AppointmentId) -> Result<Answer<AppointmentRow>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        let found = load::appointments(&mut snapshot.transaction, &BTreeSet::from([id])).await?;
        let view = found.into_values().next().ok_or(QueryError::AppointmentNotFound(id))?;
        Ok(snapshot.answer(view.row))
    }

    pub(crate) async fn history(&self, id: AppointmentId) -> Result<Answer<Vec<HistoryEntry>>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        let told =
            sqlx::query("SELECT * FROM appointment_history WHERE appointment_id = $1 ORDER BY position");
        let rows = told.bind(id.uuid()).fetch_all(&mut *snapshot.transaction).await?;
        if rows.is_empty() {
            return Err(QueryError::AppointmentNotFound(id));
        }
        Ok(snapshot.answer(each(&rows, rows::history_entry)?))
    }

    pub(crate) async fn agents(&self, page: &PageRequest) -> Result<Answer<Page<AgentRow>>, QueryError> {
        let last = match page.cursor()? {
            None => None,
            Some(Cursor::Agent(agent_id)) => Some(agent_id),
            Some(_) => return Err(QueryError::BadCursor),
        };
        let mut snapshot = self.snapshot().await?;
        let next = "SELECT * FROM agents WHERE agent_id > $1 ORDER BY agent_id LIMIT $2";
        // Every id comes after the empty text.
        let found = sqlx::query(next)
            .bind(last.as_ref().map_or("", AgentId::as_str))
            .bind(rows_of(page))
            .fetch_all(&mut *snapshot.transaction)
            .await?;
        let rows = each(&found, rows::agent)?;
        let page = Page::cut(rows, page.limit, |row| Cursor::Agent(row.agent_id.clone()));
        Ok(snapshot.answer(page))
    }

    pub(crate) async fn agent(&self, agent_id: &AgentId) -> Result<Answer<AgentDetail>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        let agent = snapshot.agent(agent_id).await?;
        let view = calendars::with_hours(&mut snapshot.transaction, agent).await?;
        Ok(snapshot.answer(view.detail()))
    }

    pub(crate) async fn agent_calendar(
        &self,
        agent_id: &AgentId,
        range: Interval,
        now: DateTime<Utc>,
    ) -> Result<Answer<AgentCalendarAnswer>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        let agent = snapshot.agent(agent_id).await?;
        let office = load::office(&mut snapshot.transaction).await?;
        let view = calendars::view(&mut snapshot.transaction, agent, range, now).await?;
        let overlapping = format!(
            r#"SELECT {APPOINTMENT_COLUMNS} FROM appointments
                WHERE agent_id = $1 AND $2 <= start AND start < $3 AND $4 < "end" ORDER BY start, id"#
        );
        let found = sqlx::query(AssertSqlSafe(overlapping))
            .bind(agent_id.as_str())
            .bind(range.start.checked_sub_signed(LONGEST).unwrap_or(range.start))
            .bind(range.end)
            .bind(range.start)
            .fetch_all(&mut *snapshot.transaction)
            .await?;
        let mut rows = each(&found, rows::appointment)?;
        rows.retain(|row| row.status.occupies_time() && Interval::new(row.start, row.end).overlaps(&range));
        Ok(snapshot.answer(calendar_of(&view, &office.calendar, rows, range, now)))
    }

    pub(crate) async fn agent_availability(
        &self,
        agent_id: &AgentId,
        range: Interval,
        now: DateTime<Utc>,
    ) -> Result<Answer<AvailabilityAnswer>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        let agent = snapshot.agent(agent_id).await?;
        let office = load::office(&mut snapshot.transaction).await?;
        let view = calendars::view(&mut snapshot.transaction, agent, range, now).await?;
        Ok(snapshot.answer(availability_of(&view, &office.calendar, range, now)))
    }

    pub(crate) async fn lead_context(
        &self,
        lead_id: &LeadId,
        now: DateTime<Utc>,
    ) -> Result<Answer<LeadContext>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        let office = load::office(&mut snapshot.transaction).await?;
        // As `LeadContext::is_upcoming` says it.
        let is_upcoming = r#"status IN ('scheduled', 'confirmed') AND $2 < "end""#;
        let of_lead = format!("SELECT {APPOINTMENT_COLUMNS} FROM appointments WHERE lead_id = $1");
        let upcoming = format!("{of_lead} AND {is_upcoming} ORDER BY start, id LIMIT $3");
        let past = format!("{of_lead} AND NOT ({is_upcoming}) ORDER BY start DESC, id DESC LIMIT $3");
        let mut found = Vec::new();
        for (query, count) in [(upcoming, LeadContext::MAX_UPCOMING), (past, LeadContext::MAX_PAST)] {
            let rows = sqlx::query(AssertSqlSafe(query))
                .bind(lead_id.as_str())
                .bind(now)
                .bind(i64::try_from(count).expect("a few dozen"))
                .fetch_all(&mut *snapshot.transaction)
                .await?;
            found.push(each(&rows, rows::appointment)?);
        }
        let [upcoming, past] = <[_; 2]>::try_from(found).expect("two were asked for");
        let agent_ids =
            upcoming.iter().chain(&past).map(|row: &AppointmentRow| row.agent_id.clone()).collect();
        let agents = load::agents(&mut snapshot.transaction, &agent_ids).await?;
        let name = |agent_id: &AgentId| agents.get(agent_id).map(|agent| agent.profile.name.clone());
        let context = LeadContext::new(lead_id.clone(), now, &office, upcoming, past, name);
        Ok(snapshot.answer(context))
    }

    pub(crate) async fn office(&self) -> Result<Answer<OfficeRow>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        let office = load::office(&mut snapshot.transaction).await?;
        let row = office.row().ok_or(QueryError::OfficeNotSet)?;
        Ok(snapshot.answer(row))
    }
}

impl Snapshot {
    pub(super) fn answer<T>(&self, value: T) -> Answer<T> {
        Answer { position: self.position, value }
    }

    pub(super) async fn agent(&mut self, agent_id: &AgentId) -> Result<AgentRow, QueryError> {
        let found = load::agents(&mut self.transaction, &BTreeSet::from([agent_id.clone()])).await?;
        found.into_values().next().ok_or_else(|| QueryError::UnknownAgent(agent_id.clone()))
    }
}

/// One more than the page has room for says that there is another page.
pub(super) fn rows_of(page: &PageRequest) -> i64 {
    i64::try_from(page.limit.get() + 1).expect("a page has 200 entries at most")
}
