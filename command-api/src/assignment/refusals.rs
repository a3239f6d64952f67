use availability::Reason;
use chrono::{DateTime, Utc};
use domain::{AgentRejection, Refusal};
use operation::Problem;

use crate::failure::Failure;
use crate::refusal::{Alternative, slot_unavailable};

/// How many other slots a refusal offers.
const ALTERNATIVES: usize = 3;

/// Why the candidates refused, and the alternatives that they offered.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    reason: Option<Reason>,
    alternatives: Vec<Alternative>,
    /// What the lead has already: then nobody else is asked.
    of_lead: Option<AgentRejection>,
}

/// How much a reason says of why the wished time cannot be had of anybody.
const fn says(reason: Reason) -> u8 {
    match reason {
        Reason::OutsideHours => 0,
        Reason::OffGrid => 1,
        _ => 2,
    }
}

impl Refusals {
    /// Whether nobody gave a reason.
    pub(super) const fn is_empty(&self) -> bool {
        self.reason.is_none() && self.of_lead.is_none()
    }

    /// Whether nobody else is to be asked.
    pub(super) const fn are_final(&self) -> bool {
        self.of_lead.is_some()
    }

    /// Keeps what the lead has already with one of the candidates: with another, it would have it twice.
    pub(super) fn note_of_lead(&mut self, rejection: AgentRejection) {
        self.of_lead = Some(rejection);
    }

    /// Keeps the first reason that says more than that it is no start of the agent's.
    pub(super) fn note(&mut self, reason: Reason, alternatives: impl Iterator<Item = Alternative>) {
        if self.reason.is_none_or(|known| says(known) < says(reason)) {
            self.reason = Some(reason);
        }
        self.alternatives.extend(alternatives);
    }

    pub(super) fn problem(mut self, start: DateTime<Utc>) -> Problem {
        if let Some(rejection) = self.of_lead {
            return Failure::Refused(Refusal::Rejected(rejection)).into();
        }
        self.alternatives.sort_by_key(|slot| ((slot.start - start).abs(), slot.start));
        self.alternatives.truncate(ALTERNATIVES);
        let (detail, reason) = match self.reason {
            Some(reason) => (format!("No agent can take the appointment: {reason}."), reason),
            None => ("There is no active agent.".to_owned(), Reason::OutsideHours),
        };
        slot_unavailable(&detail, reason, &self.alternatives)
    }
}
