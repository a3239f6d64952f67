//! How many starts of a range are free, and how many each rule removes.

use std::collections::BTreeMap;
use std::iter;

use availability::{Finding, Interval, Reason, SlotRequest, explain, hours};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use schemas::AgentId;
use serde::Serialize;

use crate::agent::AgentView;
use crate::budget::{Budget, OF_A_START};
use crate::calendar::recurring_blocks;
use crate::moving::Moving;
use crate::office::OfficeView;
use crate::{QueryError, SlotSearch};

/// Hours of a neighbouring date can reach into the range; a day is 25 hours at the most.
const MARGIN: TimeDelta = TimeDelta::days(2);

/// How many free slots an agent has in a range, and why not more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SlotsSummary {
    /// The agent.
    pub agent_id: AgentId,
    /// Whether the agent takes appointments at all.
    pub active: bool,
    /// The type's hours within the range; empty = closed.
    pub hours: Vec<Interval>,
    /// How many starts the grid of these hours has.
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
    question: &SlotSearch,
    moving: Option<&Moving>,
    now: DateTime<Utc>,
    budget: &mut Budget,
) -> Result<SlotsSummary, QueryError> {
    let of_a_start = OF_A_START + recurring_blocks(&agent.calendar, &office.calendar);
    budget.spend(of_a_start)?;
    let range = Interval::new(question.from, question.to);
    let wide = Interval::new(range.start - MARGIN, range.end + MARGIN);
    let open = hours(&agent.calendar, &office.calendar, Some(&question.appointment_type), wide);
    let step = office
        .calendar
        .appointment_type(&question.appointment_type)
        .map_or(TimeDelta::MAX, |kind| TimeDelta::minutes(i64::from(kind.slot_step_minutes)));
    let mut summary = SlotsSummary {
        agent_id: agent.row.agent_id.clone(),
        active: agent.row.active,
        hours: open
            .iter()
            .map(|hours| hours.intersection(&range))
            .filter(|hours| !hours.is_empty())
            .collect(),
        starts: 0,
        free: 0,
        reasons: Vec::new(),
    };
    let mut reasons: BTreeMap<Reason, ReasonSummary> = BTreeMap::new();
    for start in open.iter().flat_map(|hours| grid(*hours, step)).filter(|start| range.contains(*start)) {
        budget.spend(of_a_start)?;
        summary.starts += 1;
        let request = SlotRequest {
            appointment_type: &question.appointment_type,
            start,
            property_id: question.property_id.as_ref(),
            lead_id: question.lead_id.as_ref(),
            moving: None,
            duration_minutes: None,
        };
        let findings = match moving {
            Some(moving) => moving.judge((&agent.row.agent_id, &agent.calendar), office, start, now).1,
            None => explain(&agent.calendar, &office.calendar, &request, now),
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

fn grid(hours: Interval, step: TimeDelta) -> impl Iterator<Item = DateTime<Utc>> {
    iter::successors(Some(hours.start), move |start| start.checked_add_signed(step))
        .take_while(move |start| *start < hours.end)
}
