//! A booking without an agent that may be sent twice, perhaps to two processes at once: it is claimed for one agent
//! before it is made. If that agent refuses, it is ruled out there before it goes on to the next.

use std::collections::HashSet;

use domain::reservation::Attempt as ClaimAttempt;
use domain::{AgentCommand, Answer, Command, ReservationAnswer, ReservationOutcome};
use operation::{Accepted, Problem};
use schemas::{AgentId, CommandId, stream};

use super::attempt::{Attempt, Said};
use super::claim_book::Claim;
use super::refusals::Refusals;
use crate::directory::Candidate;
use crate::identity::step_id;
use crate::send::always_elsewhere;
use crate::system_commands::system_command;

/// How often a claim is looked for that others have changed meanwhile.
const MAX_OVERTAKEN: usize = 5;

/// The first candidate that could take it.
enum Possible {
    /// It was booked before.
    Booked(Accepted<Answer>),
    Next(AgentId),
    Nobody,
}

impl Attempt<'_> {
    /// Books with the first that accepts, once for however many of the same request.
    pub(super) async fn with_claim(&self, candidates: &[Candidate]) -> Result<Accepted<Answer>, Problem> {
        let claims = &self.api.claims;
        let (mut refusals, mut tried, mut overtaken) = (Refusals::default(), HashSet::new(), 0);
        let mut known = None;
        while overtaken < MAX_OVERTAKEN {
            let claim = match known.take() {
                Some(claim) => claim,
                None => match self.first_possible(candidates, &tried, &mut refusals).await? {
                    Possible::Booked(accepted) => return Ok(accepted),
                    Possible::Next(agent_id) => claims.claim(&self.command, agent_id).await?,
                    Possible::Nobody => return Err(refusals.problem(self.start)),
                },
            };
            let candidate = find(candidates, &claim.agent_id);
            let attempt = ClaimAttempt { reservation_id: claim.id, made_at: claim.read_at };
            let command = self.booking(&candidate, 0, Some(attempt));
            let answer = self.api.execute_at(&candidate, command, self.correlation_id).await;
            match refusals.sort(&candidate, answer).map_err(Problem::from)? {
                Said::Accepted(accepted) => return Ok(accepted),
                Said::Over => {
                    overtaken += 1;
                    known = claims.find(&self.command).await?;
                }
                Said::Refused => {
                    tried.insert(claim.agent_id.clone());
                    if !self.rule_out(&claim).await? {
                        // Another process has booked there: its answer is found.
                        overtaken += 1;
                        known = Some(claim);
                        continue;
                    }
                    known = match self.first_possible(candidates, &tried, &mut refusals).await? {
                        Possible::Booked(accepted) => return Ok(accepted),
                        Possible::Next(next) => claims.pass_on(&self.command, &claim, next).await?,
                        Possible::Nobody => {
                            claims.release(&self.command, &claim).await?;
                            return Err(refusals.problem(self.start));
                        }
                    };
                }
            }
        }
        Err(always_elsewhere())
    }

    /// The first candidate who was not tried and could take it; nothing is stored.
    async fn first_possible(
        &self,
        candidates: &[Candidate],
        tried: &HashSet<AgentId>,
        refusals: &mut Refusals,
    ) -> Result<Possible, Problem> {
        for (number, candidate) in candidates.iter().enumerate() {
            if tried.contains(&candidate.agent_id) {
                continue;
            }
            let command = self.booking(candidate, number, None);
            let answer = self.api.check_at(candidate, command, self.correlation_id).await;
            match refusals.sort(candidate, answer).map_err(Problem::from)? {
                Said::Accepted(Some(before)) => return Ok(Possible::Booked(before)),
                Said::Accepted(None) => return Ok(Possible::Next(candidate.agent_id.clone())),
                Said::Refused | Said::Over => {}
            }
        }
        Ok(Possible::Nobody)
    }

    /// Rules the booking out on the stream of the agent whom it is claimed for. Returns whether it was not made there.
    async fn rule_out(&self, claim: &Claim) -> Result<bool, Problem> {
        let body = AgentCommand::FenceReservation {
            reservation_id: claim.id,
            reserved_on: stream::claimed(claim.day),
            of_command: Some(self.command.command_id),
        };
        let of = CommandId::new(claim.id.uuid());
        let fence: Command<_> = system_command(step_id(of, "fence"), "fence", body);
        let agent = Candidate::unknown(claim.agent_id.clone());
        let answered = self.api.execute_once(&agent, fence, self.correlation_id).await;
        let fenced = Answer::Reservation(ReservationAnswer {
            reservation_id: claim.id,
            outcome: ReservationOutcome::Fenced,
        });
        Ok(answered.map_err(Problem::from)?.answer == fenced)
    }
}

/// The candidate of this name; one who is not free by what this process has read may have been for another, or may have
/// the booking now.
fn find(candidates: &[Candidate], agent_id: &AgentId) -> Candidate {
    let known = candidates.iter().find(|candidate| candidate.agent_id == *agent_id);
    known.cloned().unwrap_or_else(|| Candidate::unknown(agent_id.clone()))
}
