//! How many starts of a range are free, and how many each rule removes.

use std::collections::BTreeMap;

use availability::{Finding, Interval, Reason, SlotRequest, explain, grid_starts, hours};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use schemas::AgentId;
use serde::Serialize;

use crate::QueryError;
use crate::agent::AgentView;
use crate::budget::{Budget, OF_A_START};
use crate::calendar::recurring_blocks;
use crate::moving::Moving;
use crate::office::OfficeView;
use crate::slot_question::SlotQuestion;

/// How many free slots an agent has in a range, and why not more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SlotsSummary {
    /// The agent.
    pub agent_id: AgentId,
    /// Whether the agent takes appointments at all.
    pub active: bool,
    /// The type's hours within the range; empty = closed.
    pub hours: Vec<Interval>,
    /// How many starts the type's grid has in these hours.
    pub starts: usize,
    /// How many of them are free.
    pub free: usize,
    /// What speaks against the others, in the order of the rules. A start counts once, for the first rule that applies.
    pub reasons: Vec<ReasonSummary>,
}

/// How many starts one rule removes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReasonSummary {
    /// The rule.
    pub reason: Reason,
    /// How many starts.
    pub starts: usize,
    /// The finding at the first of them.
    pub first: Finding,
}

/// Checks every start within the hours in the range as a booking would be checked.
pub(crate) fn summary_of(
    agent: &AgentView,
    office: &OfficeView,
    asked: &SlotQuestion,
    moving: Option<&Moving>,
    now: DateTime<Utc>,
    budget: &mut Budget,
) -> Result<SlotsSummary, QueryError> {
    let question = &asked.search;
    let of_a_start = OF_A_START + recurring_blocks(&agent.calendar, &office.calendar);
    budget.spend(of_a_start)?;
    let range = Interval::new(question.from, question.to);
    let (calendar, code) = (&agent.calendar, &question.appointment_type);
    let mut summary = SlotsSummary {
        agent_id: agent.row.agent_id.clone(),
        active: agent.row.active,
        hours: hours(calendar, &office.calendar, Some(code), range)
            .iter()
            .flat_map(|hours| asked.wanted_of(*hours))
            .collect(),
        starts: 0,
        free: 0,
        reasons: Vec::new(),
    };
    let mut reasons: BTreeMap<Reason, ReasonSummary> = BTreeMap::new();
    for start in grid_starts(calendar, &office.calendar, code, range).filter(|start| asked.is_wanted(*start))
    {
        budget.spend(of_a_start)?;
        summary.starts += 1;
        let request = SlotRequest {
            appointment_type: code,
            start,
            property_id: question.property_id.as_ref(),
            lead_id: question.lead_id.as_ref(),
            moving: None,
            duration_minutes: None,
        };
        let findings = match moving {
            Some(moving) => moving.judge((&agent.row.agent_id, calendar), office, start, now).1,
            None => explain(calendar, &office.calendar, &request, now),
        };
        match findings.into_iter().next() {
            None => summary.free += 1,
            Some(first) => {
                let known = reasons.entry(first.reason).or_insert(ReasonSummary {
                    reason: first.reason,
                    starts: 0,
                    first,
                });
                known.starts += 1;
            }
        }
    }
    summary.reasons = reasons.into_values().collect();
    Ok(summary)
}
