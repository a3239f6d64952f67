use availability::Interval;
use chrono_tz::Tz;
use domain::reservation::Attempt as ClaimAttempt;
use domain::{AgentCommand, AgentRejection, Answer, BookAppointment, Command, Refusal};
use operation::{Accepted, Problem};
use schemas::{AppointmentTypeCode, LeadId};
use tokio::time::Instant;
use uuid::Uuid;

use super::refusals::Refusals;
use crate::CommandApi;
use crate::directory::Candidate;
use crate::failure::Failure;
use crate::under_way::Turn;

/// How many of the first candidates are asked for other slots, besides those who are known not to be free: finding them
/// takes longer than the decision.
const OFFERING: usize = 10;

/// A booking with the first candidate that accepts.
pub(super) struct Attempt<'a> {
    pub(super) api: &'a CommandApi,
    pub(super) command: Command<AgentCommand>,
    pub(super) correlation_id: Uuid,
    pub(super) lead_id: LeadId,
    pub(super) appointment_type: AppointmentTypeCode,
    /// When it is to be.
    pub(super) requested: Interval,
    /// The zone that was asked in, or else the office's.
    pub(super) zone: Tz,
    /// Until when it waits for reservations, however many agents are asked.
    pub(super) deadline: Instant,
}

/// What a candidate says.
pub(super) enum Said<T> {
    Accepted(T),
    /// Not this one; another may, unless the refusals are final.
    Refused,
    /// It was ruled out there.
    Over,
}

impl<'a> Attempt<'a> {
    /// Books with the first that accepts, of a request that is sent once.
    pub(super) async fn with_first(&self, candidates: &[Candidate]) -> Result<Accepted<Answer>, Problem> {
        let (mut refusals, mut is_overloaded, mut is_broken) = (Refusals::default(), false, false);
        let mut untried: Vec<_> = candidates.iter().collect();
        while let Some((candidate, _turn)) = self.choose(&mut untried) {
            let command = self.booking(candidate, candidates.len() - untried.len(), None);
            let answer = self.api.execute_at(candidate, command, self.correlation_id, self.deadline).await;
            match refusals.sort(candidate, answer) {
                Ok(Said::Accepted(accepted)) => return Ok(accepted),
                Ok(Said::Refused | Said::Over) if refusals.are_final() => {
                    return Err(self.refused(refusals).await);
                }
                Ok(Said::Refused | Said::Over) => {}
                Err(Failure::Overloaded) => is_overloaded = true,
                // Its stream cannot be read by this release, so nothing was done there.
                Err(Failure::Broken) => is_broken = true,
                Err(failure) => return Err(failure.into()),
            }
        }
        if is_overloaded {
            return Err(Failure::<AgentRejection>::Overloaded.into());
        }
        if is_broken && refusals.is_empty() {
            return Err(Failure::<AgentRejection>::Broken.into());
        }
        Err(self.refused(refusals).await)
    }

    /// Takes the candidate to ask next; the booking counts for that agent until the turn is over.
    pub(super) fn choose<'c>(&self, untried: &mut Vec<&'c Candidate>) -> Option<(&'c Candidate, Turn<'a>)> {
        self.api.under_way.choose(untried, &self.lead_id, self.requested)
    }

    /// The refusal by all who were asked.
    pub(super) async fn refused(&self, refusals: Refusals) -> Problem {
        refusals.problem(self.api, (&self.appointment_type, self.requested), self.zone).await
    }

    /// The command as this candidate gets it, who is the first, the second and so on.
    pub(super) fn booking(
        &self,
        candidate: &Candidate,
        number: usize,
        claim: Option<ClaimAttempt>,
    ) -> Command<AgentCommand> {
        let offers_alternatives = !candidate.is_free || number <= OFFERING;
        self.command.clone().map(|body| match body {
            AgentCommand::BookAppointment(booking) => {
                AgentCommand::BookAppointment(BookAppointment { offers_alternatives, claim, ..booking })
            }
            other => other,
        })
    }
}

impl Refusals {
    /// What the answer of a candidate means for the booking; a refusal is noted.
    pub(super) fn sort<T>(
        &mut self,
        candidate: &Candidate,
        answer: Result<T, Failure<AgentRejection>>,
    ) -> Result<Said<T>, Failure<AgentRejection>> {
        match answer {
            Ok(accepted) => Ok(Said::Accepted(accepted)),
            Err(Failure::Refused(Refusal::Rejected(rejection))) => match rejection {
                AgentRejection::SlotUnavailable { reason, alternatives, .. } => {
                    let agent_id = &candidate.agent_id;
                    self.note(reason, alternatives.into_iter().map(|slot| (agent_id.clone(), slot)));
                    Ok(Said::Refused)
                }
                rejection @ (AgentRejection::LeadHasAppointment(_) | AgentRejection::AlreadyScheduled(_)) => {
                    self.note_of_lead(rejection);
                    Ok(Said::Refused)
                }
                // Deactivated since the directory was read.
                AgentRejection::AgentInactive => Ok(Said::Refused),
                AgentRejection::AttemptOver => Ok(Said::Over),
                rejection => Err(Failure::Refused(Refusal::Rejected(rejection))),
            },
            Err(failure) => Err(failure),
        }
    }
}
