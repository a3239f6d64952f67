use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::MemoryReadModel;
use crate::agent::AgentView;
use crate::budget::Budget;
use crate::page::Cursor;
use crate::{Answer, CalendarLayer, CalendarRow, CalendarSearch, Page, QueryError};

impl MemoryReadModel {
    pub(crate) async fn calendar_layers(
        &self,
        question: &CalendarSearch,
        now: DateTime<Utc>,
    ) -> Result<Answer<Page<CalendarRow>>, QueryError> {
        let (state, question) = (self.snapshot(), question.clone());
        let answer = move |budget: &mut Budget| {
            let last = question.last()?;
            state.answer(|state| {
                let mut views = state.searched_agents(&question.agent_ids)?;
                question.check_type(&state.office.calendar)?;
                views.retain(|view| last.as_ref().is_none_or(|last| *last < view.row.agent_id));
                let limit = question.page.limit;
                let page = Page::cut(views, limit, |view| Cursor::Calendar(view.row.agent_id.clone()));
                let shows_appointments = question.shows(CalendarLayer::Appointments);
                let row = |view: &Arc<AgentView>| {
                    let rows = state.appointments.of_agent(&view.row.agent_id, question.range);
                    let rows = rows.filter(|row| shows_appointments && row.status.occupies_time());
                    question.row(
                        view,
                        &state.office,
                        rows.map(|row| state.leads.named(row)).collect(),
                        now,
                        budget,
                    )
                };
                let items = page.items.iter().map(row).collect::<Result<_, _>>()?;
                Ok(Page { items, next_cursor: page.next_cursor })
            })
        };
        self.costly.run(answer).await
    }
}
