use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemas::AgentId;
use schemas::value::AppointmentStatus;

use super::load::each;
use super::queries::rows_of;
use super::{PostgresReadModel, Snapshot, calendars, load, records, rows};
use crate::agent::AgentView;
use crate::budget::{Budget, OF_AN_APPOINTMENT};
use crate::page::Cursor;
use crate::{
    AgentRow, Answer, AppointmentFilter, AppointmentRow, AppointmentSort, CalendarLayer, CalendarRow,
    CalendarSearch, Page, QueryError,
};

/// The statuses of what takes an agent's time.
const OCCUPYING: [AppointmentStatus; 4] = [
    AppointmentStatus::Scheduled,
    AppointmentStatus::Confirmed,
    AppointmentStatus::Completed,
    AppointmentStatus::NoShow,
];

impl PostgresReadModel {
    /// So many statements, however many agents there are.
    pub(crate) async fn calendar_layers(
        &self,
        question: &CalendarSearch,
        now: DateTime<Utc>,
    ) -> Result<Answer<Page<CalendarRow>>, QueryError> {
        let last = question.last()?;
        let mut snapshot = self.snapshot().await?;
        let agents = snapshot.agents_of_calendars(question, last).await?;
        let office = load::office(&mut snapshot.transaction).await?;
        question.check_type(&office.calendar)?;
        let Page { items: agents, next_cursor } =
            Page::cut(agents, question.page.limit, |agent| Cursor::Calendar(agent.agent_id.clone()));
        let most = self.costly.max_units() / OF_AN_APPOINTMENT;
        let mut appointments = snapshot.shown_appointments(question, &agents, most).await?;
        let views = if question.layers.iter().all(|layer| *layer == CalendarLayer::Appointments) {
            agents.into_iter().map(calendars::without_entries).collect()
        } else {
            calendars::views(&mut snapshot.transaction, agents, question.range, now).await?
        };
        let (position, question) = (snapshot.end(), question.clone());
        let answer = move |budget: &mut Budget| {
            let row = |view: AgentView| {
                let appointments = appointments.remove(&view.row.agent_id).unwrap_or_default();
                question.row(&view, &office, appointments, now, budget)
            };
            let items = views.into_iter().map(row).collect::<Result<_, _>>()?;
            Ok(Page { items, next_cursor })
        };
        Ok(Answer { position, value: self.costly.run(answer).await? })
    }
}

impl Snapshot {
    /// The agents of a page, by id, and one more if there is another page.
    async fn agents_of_calendars(
        &mut self,
        question: &CalendarSearch,
        last: Option<AgentId>,
    ) -> Result<Vec<AgentRow>, QueryError> {
        if !question.agent_ids.is_empty() {
            let named = self.agents_named(&question.agent_ids).await?.into_values();
            return Ok(named
                .filter(|agent| last.as_ref().is_none_or(|last| *last < agent.agent_id))
                .collect());
        }
        // Every id comes after the empty text.
        let (after, count) = (last.as_ref().map_or("", AgentId::as_str), rows_of(&question.page));
        let active =
            records::agents!("WHERE active AND agent_id > $1 ORDER BY agent_id LIMIT $2", after, count);
        Ok(each(active.fetch_all(&mut *self.transaction).await?, rows::agent)?)
    }

    /// The appointments shown of each agent, earliest first. An error if there are more than `most`.
    async fn shown_appointments(
        &mut self,
        question: &CalendarSearch,
        agents: &[AgentRow],
        most: usize,
    ) -> Result<BTreeMap<AgentId, Vec<AppointmentRow>>, QueryError> {
        let mut shown: BTreeMap<AgentId, Vec<AppointmentRow>> = BTreeMap::new();
        if agents.is_empty() || !question.shows(CalendarLayer::Appointments) {
            return Ok(shown);
        }
        let filter = shown_of(question, agents.iter().map(|agent| agent.agent_id.clone()).collect());
        let count = i64::try_from(most.saturating_add(1)).unwrap_or(i64::MAX);
        let rows = self.list(&filter, AppointmentSort::Start, None, count).await?;
        if rows.len() > most {
            return Err(QueryError::TooCostly);
        }
        for row in rows {
            shown.entry(row.agent_id.clone()).or_default().push(row);
        }
        Ok(shown)
    }
}

/// The appointments shown of these agents.
fn shown_of(question: &CalendarSearch, agent_ids: Vec<AgentId>) -> AppointmentFilter {
    let statuses = OCCUPYING.to_vec();
    let (from, to) = (Some(question.range.start), Some(question.range.end));
    AppointmentFilter { agent_ids, statuses, from, to, ..AppointmentFilter::default() }
}
