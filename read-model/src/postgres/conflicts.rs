use std::collections::{BTreeMap, BTreeSet};

use availability::Interval;

use super::{PostgresReadModel, calendars, load};
use crate::budget::Budget;
use crate::conflict::LOOKED_AT;
use crate::{Answer, AppointmentSort, ConflictRow, ConflictSearch, Page, QueryError};

impl PostgresReadModel {
    pub(crate) async fn conflicts(
        &self,
        question: &ConflictSearch,
    ) -> Result<Answer<Page<ConflictRow>>, QueryError> {
        let last = question.last()?;
        let mut snapshot = self.snapshot().await?;
        snapshot.check_agents(&question.agent_ids).await?;
        let count = i64::try_from(LOOKED_AT + 1).expect("a few thousand");
        let rows = snapshot.list(&question.filter(), AppointmentSort::Start, last, count).await?;
        let agent_ids: BTreeSet<_> = rows.iter().map(|row| row.agent_id.clone()).collect();
        let agents = load::agents(&mut snapshot.transaction, &agent_ids).await?;
        let start = rows.first().map_or(question.range.start, |first| first.start);
        let end = rows.iter().map(|row| row.end).max().unwrap_or(start);
        let office = load::office(&mut snapshot.transaction).await?;
        let (agents, range) = (agents.into_values().collect(), Interval::new(start, end));
        // Holds are no conflict: whichever are live.
        let views = calendars::views(&mut snapshot.transaction, agents, range, end).await?;
        let views: BTreeMap<_, _> = views.into_iter().map(|view| (view.row.agent_id.clone(), view)).collect();
        let (position, question) = (snapshot.end(), question.clone());
        let answer =
            move |budget: &mut Budget| question.page(rows, |agent_id| views.get(agent_id), &office, budget);
        Ok(Answer { position, value: self.costly.run(answer).await? })
    }
}
