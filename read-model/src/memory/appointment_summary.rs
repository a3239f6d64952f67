use std::collections::BTreeMap;

use super::MemoryReadModel;
use crate::appointment_summary::{LocalDays, MAX_GROUPS};
use crate::budget::{Budget, OF_A_COUNT};
use crate::{Answer, QueryError, SummaryAnswer, SummaryGroup, SummaryKey, SummarySearch};

impl MemoryReadModel {
    pub(crate) async fn summary(
        &self,
        question: &SummarySearch,
    ) -> Result<Answer<SummaryAnswer>, QueryError> {
        let (state, question) = (self.snapshot(), question.clone());
        let answer = move |budget: &mut Budget| {
            state.answer(|state| {
                state.check_agents(&question.agent_ids)?;
                let zone = question.zone.unwrap_or(state.office.time_zone());
                let (days, filter) = (LocalDays::around(zone, question.range), question.filter());
                let [by_day, by_status, by_agent, by_type] =
                    [SummaryKey::Day, SummaryKey::Status, SummaryKey::Agent, SummaryKey::Type]
                        .map(|key| question.is_by(key));
                let mut counts: BTreeMap<_, u64> = BTreeMap::new();
                for row in state.appointments.all(&filter) {
                    budget.spend(OF_A_COUNT)?;
                    let key = (
                        by_day.then(|| days.begun_at(row.start)),
                        by_status.then_some(row.status),
                        by_agent.then_some(&row.agent_id),
                        by_type.then_some(&row.appointment_type),
                    );
                    *counts.entry(key).or_default() += 1;
                    if counts.len() > MAX_GROUPS {
                        return Err(QueryError::TooManyGroups(MAX_GROUPS));
                    }
                }
                let groups = counts.into_iter().map(|((day, status, agent_id, appointment_type), count)| {
                    let day = day.map(|number| days.date(number));
                    let (agent_id, appointment_type) = (agent_id.cloned(), appointment_type.cloned());
                    SummaryGroup { day, status, agent_id, appointment_type, count }
                });
                Ok(question.answer(zone, groups.collect()))
            })
        };
        self.costly.run(answer).await
    }
}
