use availability::{Interval, Reason, Slot};
use chrono_tz::Tz;
use domain::{AgentRejection, Refusal};
use operation::Problem;
use schemas::{AgentId, AppointmentTypeCode};

use crate::CommandApi;
use crate::failure::Failure;

/// Why the candidates refused, and the alternatives that they offered.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    reason: Option<Reason>,
    alternatives: Vec<(AgentId, Slot)>,
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
    pub(super) fn note(&mut self, reason: Reason, alternatives: impl Iterator<Item = (AgentId, Slot)>) {
        if self.reason.is_none_or(|known| says(known) < says(reason)) {
            self.reason = Some(reason);
        }
        self.alternatives.extend(alternatives);
    }

    /// The refusal by all of them, told in this zone.
    pub(super) async fn problem(
        mut self,
        api: &CommandApi,
        (appointment_type, requested): (&AppointmentTypeCode, Interval),
        zone: Tz,
    ) -> Problem {
        if let Some(rejection) = self.of_lead {
            return api.refused(Failure::Refused(Refusal::Rejected(rejection)), Some(zone)).await;
        }
        let start = requested.start;
        self.alternatives.sort_by_key(|(_, slot)| ((slot.start - start).abs(), slot.start));
        let reason = self.reason;
        let detail = |slot: &str| match reason {
            Some(reason) => format!("No agent can take the appointment ({slot}): {reason}."),
            None => "There is no active agent.".to_owned(),
        };
        api.slot_unavailable(
            detail,
            reason.unwrap_or(Reason::OutsideHours),
            (appointment_type, requested),
            self.alternatives.into_iter(),
            zone,
        )
    }
}
