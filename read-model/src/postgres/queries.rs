//! The queries, except those for the list of appointments and for slots.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use availability::{Interval, Localized, Wording};
use chrono::{DateTime, Utc};
use schemas::{AgentId, AppointmentId, BlockId, HoldId, LeadId, stream};

use super::columns::named;
use super::load::each;
use super::records::{self, HistoryEntryRecord};
use super::{PostgresReadModel, Snapshot, calendars, load, rows};
use crate::appointment_summary::LONGEST;
use crate::budget::Budget;
use crate::calendar::{availability_of, calendar_of};
use crate::page::Cursor;
use crate::{
    AgentCalendarAnswer, AgentDetail, AgentRow, Answer, AppointmentRow, AvailabilityAnswer, BlockRow,
    HistoryEntry, HoldRow, LeadContext, OfficeRow, Page, PageRequest, QueryError, block,
};

impl PostgresReadModel {
    pub(crate) async fn appointment(
        &self,
        id: AppointmentId,
    ) -> Result<Answer<Localized<AppointmentRow>>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        let found = load::appointments(&mut snapshot.transaction, &BTreeSet::from([id])).await?;
        let view = found.into_values().next().ok_or(QueryError::AppointmentNotFound(id))?;
        Ok(snapshot.answer(view.row.localized(&snapshot.wording())))
    }

    pub(crate) async fn history(&self, id: AppointmentId) -> Result<Answer<Vec<HistoryEntry>>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        let entries = sqlx::query_as!(
            HistoryEntryRecord,
            "SELECT position, agent_id, revision, event_id, event_type, data, metadata
            FROM appointment_history WHERE appointment_id = $1 ORDER BY position",
            id.uuid()
        );
        let records = entries.fetch_all(&mut *snapshot.transaction).await?;
        // Of a parked stream's appointment, everything may be left out that is told of it.
        if records.is_empty() {
            let found = load::appointments(&mut snapshot.transaction, &BTreeSet::from([id])).await?;
            found.get(&id).ok_or(QueryError::AppointmentNotFound(id))?;
        }
        Ok(snapshot.answer(each(records, rows::history_entry)?))
    }

    pub(crate) async fn agents(&self, page: &PageRequest) -> Result<Answer<Page<AgentRow>>, QueryError> {
        let last = match page.cursor()? {
            None => None,
            Some(Cursor::Agent(agent_id)) => Some(agent_id),
            Some(_) => return Err(QueryError::BadCursor),
        };
        let mut snapshot = self.snapshot().await?;
        // Every id comes after the empty text.
        let after = last.as_ref().map_or("", AgentId::as_str);
        let next = records::agents!("WHERE agent_id > $1 ORDER BY agent_id LIMIT $2", after, rows_of(page));
        let rows = each(next.fetch_all(&mut *snapshot.transaction).await?, rows::agent)?;
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
        let overlapping = records::appointments!(
            r#"WHERE agent_id = $1 AND $2 <= start AND start < $3 AND $4 < "end" ORDER BY start, id"#,
            agent_id.as_str(),
            range.start.checked_sub_signed(LONGEST).unwrap_or(range.start),
            range.end,
            range.start
        );
        let mut rows = each(overlapping.fetch_all(&mut *snapshot.transaction).await?, rows::appointment)?;
        rows.retain(|row| row.status.occupies_time() && Interval::new(row.start, row.end).overlaps(&range));
        let position = snapshot.end();
        let answer = move |budget: &mut Budget| calendar_of(&view, &office, rows, range, now, budget);
        Ok(Answer { position, value: self.costly.run(answer).await? })
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
        let position = snapshot.end();
        let answer = move |budget: &mut Budget| availability_of(&view, &office.calendar, range, now, budget);
        Ok(Answer { position, value: self.costly.run(answer).await? })
    }

    pub(crate) async fn lead_context(
        &self,
        lead_id: &LeadId,
        now: DateTime<Utc>,
    ) -> Result<Answer<LeadContext>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        let office = load::office(&mut snapshot.transaction).await?;
        let at_most = |count: usize| i64::try_from(count).expect("a few dozen");
        // The same condition as `LeadContext::is_upcoming`.
        let upcoming = records::appointments!(
            r#"WHERE lead_id = $1 AND status IN ('scheduled', 'confirmed') AND $2 < "end"
            ORDER BY start, id LIMIT $3"#,
            lead_id.as_str(),
            now,
            at_most(LeadContext::MAX_UPCOMING)
        );
        let upcoming = each(upcoming.fetch_all(&mut *snapshot.transaction).await?, rows::appointment)?;
        let past = records::appointments!(
            r#"WHERE lead_id = $1 AND NOT (status IN ('scheduled', 'confirmed') AND $2 < "end")
            ORDER BY start DESC, id DESC LIMIT $3"#,
            lead_id.as_str(),
            now,
            at_most(LeadContext::MAX_PAST)
        );
        let past = each(past.fetch_all(&mut *snapshot.transaction).await?, rows::appointment)?;
        let agent_ids =
            upcoming.iter().chain(&past).map(|row: &AppointmentRow| row.agent_id.clone()).collect();
        let agents = load::agents(&mut snapshot.transaction, &agent_ids).await?;
        let name = |agent_id: &AgentId| agents.get(agent_id).map(|agent| agent.profile.name.clone());
        let context = LeadContext::new(lead_id.clone(), now, &office, upcoming, past, name);
        Ok(snapshot.answer(context))
    }

    pub(crate) async fn hold(
        &self,
        hold_id: HoldId,
        now: DateTime<Utc>,
    ) -> Result<Answer<HoldRow>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        let found = records::holds!("WHERE hold_id = $1 AND $2 < expires_at", hold_id.uuid(), now);
        let record = found.fetch_optional(&mut *snapshot.transaction).await?;
        let record = record.ok_or(QueryError::HoldNotFound(hold_id))?;
        let agent = snapshot.agent(&named("agent_id", &record.agent_id)?).await?;
        let (agent_id, zone) = (agent.agent_id, agent.profile.time_zone);
        Ok(snapshot.answer(HoldRow::new(agent_id, zone, &snapshot.wording(), &rows::hold(&record)?)))
    }

    pub(crate) async fn agent_block(
        &self,
        agent_id: &AgentId,
        block_id: BlockId,
    ) -> Result<Answer<BlockRow>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        let version = snapshot.agent(agent_id).await?.version;
        let streams = [stream::agent(agent_id)];
        let found = records::blocks!("stream = ANY($1) AND block_id = $2", &streams[..], block_id.uuid());
        let record = found.fetch_optional(&mut *snapshot.transaction).await?;
        let record = record.ok_or_else(|| QueryError::BlockNotFound(agent_id.clone(), block_id))?;
        Ok(snapshot.answer(BlockRow::new(&rows::block(record)?, version, &snapshot.wording())))
    }

    pub(crate) async fn agent_blocks(
        &self,
        agent_id: &AgentId,
        page: &PageRequest,
    ) -> Result<Answer<Page<BlockRow>>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        let agent = snapshot.agent(agent_id).await?;
        let version = agent.version;
        let calendar = calendars::with_blocks(&mut snapshot.transaction, &agent).await?;
        Ok(snapshot.answer(block::page_of(calendar.blocks(), version, page, &snapshot.wording())?))
    }

    pub(crate) async fn office_block(&self, block_id: BlockId) -> Result<Answer<BlockRow>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        let office = load::office(&mut snapshot.transaction).await?;
        Ok(snapshot.answer(office.block(block_id)?))
    }

    pub(crate) async fn office_blocks(
        &self,
        page: &PageRequest,
    ) -> Result<Answer<Page<BlockRow>>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        let office = load::office(&mut snapshot.transaction).await?;
        Ok(snapshot.answer(office.blocks(page)?))
    }

    pub(crate) async fn office(&self) -> Result<Answer<OfficeRow>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        let office = load::office(&mut snapshot.transaction).await?;
        let row = office.row().ok_or(QueryError::OfficeNotSet)?;
        Ok(snapshot.answer(row))
    }
}

impl Snapshot {
    /// Ends it, so that others can use its connection. Returns its position.
    pub(super) fn end(self) -> u64 {
        self.position
    }

    /// The language of the office's times.
    pub(super) fn wording(&self) -> Arc<Wording> {
        Wording::of(&self.locale, self.time_zone)
    }

    pub(super) fn answer<T>(&self, value: T) -> Answer<T> {
        Answer { position: self.position, value }
    }

    pub(super) async fn agent(&mut self, agent_id: &AgentId) -> Result<AgentRow, QueryError> {
        let found = load::agents(&mut self.transaction, &BTreeSet::from([agent_id.clone()])).await?;
        found.into_values().next().ok_or_else(|| QueryError::UnknownAgent(agent_id.clone()))
    }

    /// Refuses an agent of a filter who was never registered.
    pub(super) async fn check_agents(&mut self, agent_ids: &[AgentId]) -> Result<(), QueryError> {
        if agent_ids.is_empty() { Ok(()) } else { self.agents_named(agent_ids).await.map(|_| ()) }
    }

    /// All of these agents.
    pub(super) async fn agents_named(
        &mut self,
        agent_ids: &[AgentId],
    ) -> Result<BTreeMap<AgentId, AgentRow>, QueryError> {
        let found = load::agents(&mut self.transaction, &agent_ids.iter().cloned().collect()).await?;
        match agent_ids.iter().find(|agent_id| !found.contains_key(agent_id)) {
            Some(unknown) => Err(QueryError::UnknownAgent(unknown.clone())),
            None => Ok(found),
        }
    }
}

/// One row more than the page holds: its presence shows that there is another page.
pub(super) fn rows_of(page: &PageRequest) -> i64 {
    i64::try_from(page.limit.get() + 1).expect("a page has 200 entries at most")
}
