//! A booking without an agent that may be sent twice, perhaps to two processes at once: it is claimed for one agent
//! before it is made. If that agent refuses, it is ruled out there before it goes on to the next.

use std::collections::HashSet;

use domain::reservation::Attempt as ClaimAttempt;
use domain::{AgentCommand, Answer, Command, ReservationAnswer, ReservationOutcome};
use operation::{Accepted, Problem};
use schemas::{AgentId, CommandId, stream};

use super::attempt::{Attempt, Said};
use super::refusals::Refusals;
use crate::claims::Claim;
use crate::directory::Candidate;
use crate::failure::Failure;
use crate::identity::{step_id, system_command};
use crate::send::always_elsewhere;
use crate::under_way::Turn;

/// How often a claim is looked for that others have changed meanwhile.
const MAX_OVERTAKEN: usize = 5;

/// The first candidate that could take it.
enum Possible<'a> {
    /// It was booked before.
    Booked(Box<Accepted<Answer>>),
    Next(AgentId, Turn<'a>),
    Nobody,
}

impl<'a> Attempt<'a> {
    /// Books with the first that accepts, once for however many of the same request.
    pub(super) async fn with_claim(&self, candidates: &[Candidate]) -> Result<Accepted<Answer>, Problem> {
        let claims = &self.api.claims;
        let (mut refusals, mut tried, mut overtaken) = (Refusals::default(), HashSet::new(), 0);
        let mut known = None;
        while overtaken < MAX_OVERTAKEN {
            // As long as it is tried, it counts for the agent who was chosen.
            let (claim, _turn) = match known.take() {
                Some(known) => known,
                None => match self.first_possible(candidates, &tried, &mut refusals).await? {
                    Possible::Booked(accepted) => return Ok(*accepted),
                    Possible::Next(next, turn) => (claims.claim(&self.command, next).await?, Some(turn)),
                    Possible::Nobody => return Err(self.refused(refusals).await),
                },
            };
            match self.book_as_claimed(&claim, candidates, &mut refusals).await? {
                Said::Accepted(accepted) => return Ok(accepted),
                Said::Refused => {
                    tried.insert(claim.agent_id.clone());
                }
                Said::Over => {
                    overtaken += 1;
                    let found = claims.find(&self.command).await?;
                    if !found.as_ref().is_some_and(|found| found.is_same(&claim)) {
                        known = found.map(|found| (found, None));
                        continue;
                    }
                    // Whoever has ruled it out there may have stopped: it goes on from here.
                }
            }
            if !self.rule_out(&claim).await? {
                // Another process has booked there: its answer is found.
                overtaken += 1;
                known = Some((claim, None));
                continue;
            }
            known = match self.first_possible(candidates, &tried, &mut refusals).await? {
                Possible::Booked(accepted) => return Ok(*accepted),
                Possible::Next(next, turn) => {
                    let passed_on = claims.pass_on(&self.command, &claim, next).await?;
                    passed_on.map(|claim| (claim, Some(turn)))
                }
                Possible::Nobody => {
                    claims.release(&self.command, &claim).await?;
                    return Err(self.refused(refusals).await);
                }
            };
        }
        Err(always_elsewhere())
    }

    /// Books with the agent whom it is claimed for.
    async fn book_as_claimed(
        &self,
        claim: &Claim,
        candidates: &[Candidate],
        refusals: &mut Refusals,
    ) -> Result<Said<Accepted<Answer>>, Problem> {
        let candidate = find(candidates, &claim.agent_id);
        let attempt = ClaimAttempt { reservation_id: claim.id, made_at: claim.read_at };
        let command = self.booking(&candidate, 1, Some(attempt));
        let answer = self.api.execute_at(&candidate, command, self.correlation_id, self.deadline).await;
        refusals.sort(&candidate, answer).map_err(Problem::from)
    }

    /// The first candidate who was not tried and could take it; nothing is stored.
    async fn first_possible(
        &self,
        candidates: &[Candidate],
        tried: &HashSet<AgentId>,
        refusals: &mut Refusals,
    ) -> Result<Possible<'a>, Problem> {
        let mut failed = None;
        let is_untried = |candidate: &&Candidate| !tried.contains(&candidate.agent_id);
        let mut untried: Vec<_> = candidates.iter().filter(is_untried).collect();
        while !refusals.are_final()
            && let Some((candidate, turn)) = self.choose(&mut untried)
        {
            let command = self.booking(candidate, candidates.len() - untried.len(), None);
            let answer = self.api.check_at(candidate, command, self.correlation_id, self.deadline).await;
            match refusals.sort(candidate, answer) {
                Ok(Said::Accepted(Some(before))) => return Ok(Possible::Booked(Box::new(before))),
                Ok(Said::Accepted(None)) => return Ok(Possible::Next(candidate.agent_id.clone(), turn)),
                Ok(Said::Refused | Said::Over) => {}
                // Nothing is done by a question; another can take it.
                Err(failure @ (Failure::Overloaded | Failure::Broken)) => failed = Some(failure),
                Err(failure) => return Err(failure.into()),
            }
        }
        match failed {
            _ if refusals.are_final() => Ok(Possible::Nobody),
            Some(failure) if refusals.is_empty() || failure == Failure::Overloaded => Err(failure.into()),
            _ => Ok(Possible::Nobody),
        }
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
