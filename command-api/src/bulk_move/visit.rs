//! One visit of a bulk move: it goes to its agent or to the next who can take it, or comes back.

use std::collections::VecDeque;
use std::sync::Arc;

use domain::{
    Answer, BulkMove, BulkMoveAnswer, BulkMoveCommand, Command, MoveProgress, MoveStatus,
    RescheduleAppointment, Visit, VisitOutcome,
};
use operation::{Accepted, Code, CommandCall, Delivery, Problem};
use schemas::value::NotMovedBecause;
use schemas::{AgentId, CommandId, IfMatch};

use crate::CommandApi;
use crate::across_streams::reschedule;
use crate::identity::system_command;

/// How many agents are asked to take a visit, the planned one first.
const MAX_ASKED: usize = 10;
/// How often a visit is looked at again that others have changed meanwhile.
const MAX_LOOKS: usize = 4;

/// What came of a visit.
enum Came {
    /// The appointment went to this agent, and has this version since.
    To(AgentId, u64),
    /// It stays where it is.
    Stays(NotMovedBecause),
}

/// What an agent's answer means.
enum Said {
    Moved(AgentId, u64),
    /// Not this agent; another may.
    Refused(NotMovedBecause),
    /// The appointment is not as it was.
    Changed,
}

/// Which way a visit goes: each is one command, however often it is sent.
#[derive(Clone, Copy)]
enum Way {
    There,
    Back,
}

/// A bulk move whose visits are seen to.
pub(super) struct Mover<'a> {
    pub(super) api: &'a Arc<CommandApi>,
    pub(super) state: &'a BulkMove,
    pub(super) progress: &'a MoveProgress,
    /// Whether it is only asked what would come of them: nothing is moved then.
    pub(super) dry_run: bool,
}

impl Mover<'_> {
    /// Sees to the visit and records the outcome.
    pub(super) async fn see_to(&self, visit: &Visit) -> Result<BulkMoveAnswer, Problem> {
        let command = self.recording(self.outcome(visit).await?);
        let move_id = self.progress.move_id;
        let recorded = self.api.moves.writer(&move_id).execute(command, move_id.uuid(), None).await;
        Ok(recorded.map_err(Problem::from)?.answer)
    }

    /// The command that records an outcome.
    pub(super) fn recording(&self, outcome: BulkMoveCommand) -> Command<BulkMoveCommand> {
        system_command(CommandId::new(self.api.new_id()), outcome.name(), outcome)
    }

    /// Moves the visit, or takes it back, unless that was done before; returns what is to be recorded.
    pub(super) async fn outcome(&self, visit: &Visit) -> Result<BulkMoveCommand, Problem> {
        match self.progress.status {
            MoveStatus::Undoing => self.take_back(visit).await,
            _ => Ok(moved(visit, self.hand_over(visit).await?)),
        }
    }

    /// A visit without an outcome is given up, unless it was moved already.
    async fn take_back(&self, visit: &Visit) -> Result<BulkMoveCommand, Problem> {
        let appointment_id = visit.appointment_id;
        if visit.outcome == VisitOutcome::Pending {
            return Ok(moved(visit, self.give_up(visit).await?));
        }
        Ok(match self.hand_back(visit).await? {
            Came::To(_, version) => BulkMoveCommand::RecordMovedBack { appointment_id, version },
            Came::Stays(because) => BulkMoveCommand::RecordNotMovedBack { appointment_id, because },
        })
    }

    async fn hand_over(&self, visit: &Visit) -> Result<Came, Problem> {
        let mut version = visit.appointment_version;
        for _ in 0..MAX_LOOKS {
            let (mut candidates, mut refused, mut asked) =
                (VecDeque::from_iter(visit.to_agent_id.clone()), None, Vec::new());
            let mut has_changed = false;
            while let Some(candidate) = candidates.pop_front() {
                match self.send(visit, &candidate, version, Way::There).await? {
                    Said::Moved(agent_id, version) => return Ok(Came::To(agent_id, version)),
                    Said::Refused(because) => refused = refused.or(Some(because)),
                    Said::Changed => {
                        has_changed = true;
                        break;
                    }
                }
                let is_planned = asked.is_empty();
                asked.push(candidate);
                if is_planned {
                    candidates.extend(self.others(visit).await?);
                }
                candidates.retain(|candidate| !asked.contains(candidate));
                candidates.truncate(MAX_ASKED.saturating_sub(asked.len()));
            }
            if !has_changed {
                return Ok(Came::Stays(refused.unwrap_or(NotMovedBecause::Changed)));
            }
            match self.version_with(visit, &visit.from_agent_id).await? {
                Some(present) => version = present,
                None => break,
            }
        }
        Ok(Came::Stays(NotMovedBecause::Changed))
    }

    async fn hand_back(&self, visit: &Visit) -> Result<Came, Problem> {
        let Some(owner) = &visit.to_agent_id else { return Ok(Came::Stays(NotMovedBecause::Changed)) };
        let mut version = visit.appointment_version;
        for _ in 0..MAX_LOOKS {
            match self.send(visit, &visit.from_agent_id, version, Way::Back).await? {
                Said::Moved(agent_id, version) => return Ok(Came::To(agent_id, version)),
                Said::Refused(because) => return Ok(Came::Stays(because)),
                Said::Changed => {}
            }
            match self.version_with(visit, owner).await? {
                Some(present) => version = present,
                None => break,
            }
        }
        Ok(Came::Stays(NotMovedBecause::Changed))
    }

    /// A visit without an outcome that is with its agent was not moved; any other may have been, which its command tells:
    /// it is one that was carried out before, or is for a version that the appointment has no more.
    async fn give_up(&self, visit: &Visit) -> Result<Came, Problem> {
        let owner = self.api.directory.last_agent_of(visit.appointment_id).await?;
        let candidate = visit.to_agent_id.as_ref();
        let candidate = candidate.filter(|_| owner.as_ref() != Some(&visit.from_agent_id));
        let Some(candidate) = candidate else { return Ok(Came::Stays(NotMovedBecause::Undone)) };
        match self.send(visit, candidate, visit.appointment_version, Way::There).await? {
            Said::Moved(agent_id, version) => Ok(Came::To(agent_id, version)),
            Said::Refused(_) | Said::Changed => Ok(Came::Stays(NotMovedBecause::Changed)),
        }
    }

    /// Sends the command that hands the visit over, if it has this version.
    async fn send(&self, visit: &Visit, to: &AgentId, version: u64, way: Way) -> Result<Said, Problem> {
        let (move_id, appointment_id) = (self.progress.move_id, visit.appointment_id);
        let step = match way {
            Way::There => "there",
            Way::Back => "back",
        };
        let Some((actor, origin)) = self.state.started_by() else { return Ok(Said::Changed) };
        let delivery = Delivery {
            actor: actor.clone(),
            origin,
            correlation_id: Some(move_id.uuid()),
            idempotency_key: Some(format!("bulk move {move_id} {appointment_id} {step}")),
            if_match: Some(IfMatch::version(version)),
            if_none_match: None,
            dry_run: self.dry_run,
        };
        // The same whichever agent is asked: with whom it was, the first answer tells.
        let call = CommandCall { delivery, digest: format!("bulk move {move_id} {step}") };
        let reason = &self.progress.reason;
        let asked = RescheduleAppointment {
            to_agent_id: Some(to.clone()),
            reason: (!reason.is_empty()).then(|| reason.clone()),
            ..RescheduleAppointment::of(appointment_id)
        };
        match reschedule(self.api, &call, asked).await {
            Ok(Accepted { answer: Answer::Appointment(answer), version, .. }) => {
                Ok(Said::Moved(answer.agent_id, version))
            }
            Ok(_) => Ok(Said::Changed),
            Err(problem) => said_by(problem),
        }
    }

    /// The others who could take it by now, least loaded first.
    async fn others(&self, visit: &Visit) -> Result<Vec<AgentId>, Problem> {
        let (read, office) = tokio::join!(self.api.directory.reach_end(), self.api.refresh_office());
        read?;
        let asked = RescheduleAppointment {
            to_agent_id: visit.to_agent_id.clone(),
            ..RescheduleAppointment::of(visit.appointment_id)
        };
        let (directory, now) = (&self.api.directory, self.api.now());
        let others = directory.others_for(office.calendar(), &asked, &visit.from_agent_id, now);
        let others = others.into_iter().map(|(agent_id, _)| agent_id);
        Ok(others.filter(|agent_id| self.state.may_go_to(agent_id)).collect())
    }

    /// The version of the appointment, if it is live, with this agent and at the time that it had in the plan.
    async fn version_with(&self, visit: &Visit, owner: &AgentId) -> Result<Option<u64>, Problem> {
        if self.api.directory.last_agent_of(visit.appointment_id).await?.as_ref() != Some(owner) {
            return Ok(None);
        }
        let agent = self.api.load_agent(owner).await?;
        let present = agent.appointment(visit.appointment_id);
        let as_planned = present.filter(|present| (present.start, present.end) == (visit.start, visit.end));
        Ok(as_planned.map(|present| present.version))
    }
}

fn moved(visit: &Visit, came: Came) -> BulkMoveCommand {
    let appointment_id = visit.appointment_id;
    match came {
        Came::To(to_agent_id, version) => {
            BulkMoveCommand::RecordMoved { appointment_id, to_agent_id, version }
        }
        Came::Stays(because) => BulkMoveCommand::RecordNotMoved { appointment_id, because },
    }
}

/// What a refusal means. A failure of the service is none: it is tried again.
fn said_by(problem: Problem) -> Result<Said, Problem> {
    Ok(match problem.code() {
        Code::SlotUnavailable => {
            let finding = problem.member("reason").and_then(|reason| reason.as_str()).unwrap_or_default();
            Said::Refused(NotMovedBecause::SlotUnavailable { finding: finding.to_owned() })
        }
        Code::AgentInactive | Code::UnknownAgent => Said::Refused(NotMovedBecause::AgentInactive),
        Code::StaleVersion | Code::AppointmentNotFound | Code::InvalidTransition => Said::Changed,
        code if code.status() < 500 => {
            Said::Refused(NotMovedBecause::Refused { code: code.as_str().to_owned() })
        }
        _ => return Err(problem),
    })
}
