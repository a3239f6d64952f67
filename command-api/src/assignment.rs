//! Bookings without an agent: those who are free by the log are tried in turn, the least loaded first. Each decides on
//! its own stream, so a log that has gone on since costs a refusal, and never a wrong booking.

mod proposal;

use std::sync::Arc;

use availability::{Reason, SlotRequest};
use chrono::{DateTime, Utc};
use domain::{AgentCommand, AgentRejection, Answer, BookAppointment, Command, Refusal};
use operation::{Accepted, CommandCall, Problem};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::CommandApi;
use crate::directory::Candidate;
use crate::failure::Failure;
use crate::refusal::{Alternative, slot_unavailable};

/// How many other slots a refusal offers.
const ALTERNATIVES: usize = 3;
/// How many of the first candidates are asked for them, besides those who are known not to be free: finding them takes
/// longer than the decision.
const OFFERING: usize = 10;

/// Books with the first candidate that accepts.
///
/// A repeated request waits for the one before it and returns its result, so that nothing is booked twice. For the
/// same reason the booking continues if the client disconnects. A request with an idempotency key (`may_repeat`) can
/// run in another process at the same time, so it tries the candidates in an order that all processes share.
pub(crate) async fn book_with_any(
    api: Arc<CommandApi>,
    call: &CommandCall,
    booking: BookAppointment,
) -> Result<Accepted<Answer>, Problem> {
    let runtime = api.runtime.clone();
    let may_repeat = call.delivery.idempotency_key.is_some();
    let (command, correlation_id) = api.command(call, booking);
    let booking = async move {
        let _turn = api.locks.take(command.command_id.uuid()).await;
        try_candidates(&api, command, correlation_id, may_repeat).await
    };
    runtime.spawn(booking.in_current_span()).await.unwrap_or_else(|error| Err(Problem::internal(&error)))
}

async fn try_candidates(
    api: &CommandApi,
    command: Command<BookAppointment>,
    correlation_id: Uuid,
    may_repeat: bool,
) -> Result<Accepted<Answer>, Problem> {
    let start = command.body.start;
    // Read once for all candidates, so that no refusal has to be checked against the store by itself.
    let (read, office) = tokio::join!(api.directory.reach_end(), api.refresh_office());
    read?;
    if let Some(agent_id) = api.carried_out_by(&command)? {
        let command = command.map(AgentCommand::BookAppointment);
        return Ok(api.execute(&agent_id, command, correlation_id).await?);
    }
    let request = SlotRequest {
        appointment_type: &command.body.appointment_type,
        start,
        property_id: command.body.property_id.as_ref(),
        lead_id: Some(&command.body.lead_id),
        moving: None,
    };
    let mut candidates = api.directory.candidates(office.calendar(), &request, api.now());
    let command = command.map(AgentCommand::BookAppointment);
    let attempt = Attempt { api, command, correlation_id, may_repeat, start };
    if may_repeat {
        // A booking that nobody can take leaves no proposal behind.
        attempt.first(&candidates, Step::Check).await?;
        let Attempt { command, .. } = &attempt;
        candidates = proposal::settled(&api.store, command, correlation_id, api.now(), candidates).await?;
    }
    let booked = attempt.first(&candidates, Step::CarryOut).await?;
    Ok(booked.expect("carried out"))
}

/// What is asked of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Check,
    CarryOut,
}

/// A booking with the first candidate that accepts.
struct Attempt<'a> {
    api: &'a CommandApi,
    command: Command<AgentCommand>,
    correlation_id: Uuid,
    may_repeat: bool,
    start: DateTime<Utc>,
}

impl Attempt<'_> {
    /// The answer of the first candidate that accepts; none after a check.
    async fn first(&self, candidates: &[Candidate], step: Step) -> Result<Option<Accepted<Answer>>, Problem> {
        let (mut refusals, mut is_overloaded, mut is_broken) = (Refusals::default(), false, false);
        for (number, candidate) in candidates.iter().enumerate() {
            let offers = !candidate.is_free || number < OFFERING;
            match self.ask(candidate, offers, step).await {
                Ok(answer) => return Ok(answer),
                Err(Failure::Refused(Refusal::Rejected(AgentRejection::SlotUnavailable {
                    reason,
                    alternatives,
                }))) => {
                    let agent_id = Some(&candidate.agent_id);
                    refusals.note(reason, alternatives.iter().map(|slot| Alternative::new(agent_id, slot)));
                }
                // Deactivated since the directory was read.
                Err(Failure::Refused(Refusal::Rejected(AgentRejection::AgentInactive))) => {}
                // Another process may book this agent under the same key, or may have done so already: no other agent
                // is tried.
                Err(Failure::Overloaded) if !self.may_repeat => is_overloaded = true,
                // Its stream cannot be read by this release, so nothing was done there.
                Err(Failure::Broken) if !self.may_repeat => is_broken = true,
                Err(failure) => return Err(failure.into()),
            }
        }
        if is_overloaded {
            return Err(Failure::<AgentRejection>::Overloaded.into());
        }
        if is_broken && refusals.reason.is_none() {
            return Err(Failure::<AgentRejection>::Broken.into());
        }
        Err(refusals.problem(self.start))
    }

    async fn ask(
        &self,
        candidate: &Candidate,
        offers_alternatives: bool,
        step: Step,
    ) -> Result<Option<Accepted<Answer>>, Failure<AgentRejection>> {
        let Self { api, correlation_id, .. } = *self;
        let command = self.command.clone().map(|body| match body {
            AgentCommand::BookAppointment(booking) => {
                AgentCommand::BookAppointment(BookAppointment { offers_alternatives, ..booking })
            }
            other => other,
        });
        match step {
            Step::Check => api.check_at(candidate, command, correlation_id).await.map(|()| None),
            Step::CarryOut => api.execute_at(candidate, command, correlation_id).await.map(Some),
        }
    }
}

/// Why the candidates refused, and the alternatives that they offered.
#[derive(Debug, Default)]
struct Refusals {
    reason: Option<Reason>,
    alternatives: Vec<Alternative>,
}

impl Refusals {
    /// Keeps the first reason that is more specific than `OutsideHours`.
    fn note(&mut self, reason: Reason, alternatives: impl Iterator<Item = Alternative>) {
        if self.reason.is_none_or(|known| known == Reason::OutsideHours) {
            self.reason = Some(reason);
        }
        self.alternatives.extend(alternatives);
    }

    fn problem(mut self, start: DateTime<Utc>) -> Problem {
        self.alternatives.sort_by_key(|slot| ((slot.start - start).abs(), slot.start));
        self.alternatives.truncate(ALTERNATIVES);
        let (detail, reason) = match self.reason {
            Some(reason) => (format!("No agent can take the appointment: {reason}."), reason),
            None => ("There is no active agent.".to_owned(), Reason::OutsideHours),
        };
        slot_unavailable(&detail, reason, &self.alternatives)
    }
}
