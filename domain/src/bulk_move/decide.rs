//! Decisions on a bulk move.

use calendar_fold::{MoveProgress, MoveStatus, Visit, VisitOutcome};
use schemas::event::{
    BulkMoveCompleted, BulkMoveEvent as Event, BulkMoveStarted, BulkMoveUndoStarted, BulkMoveUndone,
    VisitMoved, VisitMovedBack, VisitNotMoved, VisitNotMovedBack,
};
use schemas::value::NotMovedBecause;
use schemas::{AgentId, AppointmentId};

use super::{BulkMove, BulkMoveCommand, BulkMoveRejection, StartBulkMove};
use crate::Command;

impl BulkMove {
    pub(super) fn decide_command(
        &self,
        command: &Command<BulkMoveCommand>,
    ) -> Result<Vec<Event>, BulkMoveRejection> {
        match &command.body {
            BulkMoveCommand::StartBulkMove(start) => Ok(self.decide_start(start, command)),
            BulkMoveCommand::ResumeBulkMove => self.existing().map(|_| Vec::new()),
            BulkMoveCommand::RecordMoved { appointment_id, to_agent_id, version } => {
                self.decide_moved(*appointment_id, to_agent_id, *version)
            }
            BulkMoveCommand::RecordNotMoved { appointment_id, because } => {
                self.decide_not_moved(*appointment_id, because)
            }
            BulkMoveCommand::UndoBulkMove => self.decide_undo(),
            BulkMoveCommand::RecordMovedBack { appointment_id, version } => {
                let back = VisitMovedBack { appointment_id: *appointment_id, version: *version };
                self.decide_back(*appointment_id, back.into())
            }
            BulkMoveCommand::RecordNotMovedBack { appointment_id, because } => {
                let stays = VisitNotMovedBack { appointment_id: *appointment_id, because: because.clone() };
                self.decide_back(*appointment_id, stays.into())
            }
        }
    }

    fn decide_start(&self, start: &StartBulkMove, command: &Command<BulkMoveCommand>) -> Vec<Event> {
        if self.progress.is_some() {
            return Vec::new();
        }
        let move_id = start.move_id;
        let started = BulkMoveStarted {
            move_id,
            agent_id: start.agent_id.clone(),
            from: start.from,
            to: start.to,
            to_agents: start.to_agents.clone(),
            reason: start.reason.clone(),
            started_by: command.actor.clone(),
            origin: command.origin,
            visits: start.visits.clone(),
        };
        let is_over = start.visits.iter().all(|visit| visit.to_agent_id.is_none());
        let mut events = vec![started.into()];
        events.extend(is_over.then(|| BulkMoveCompleted { move_id }.into()));
        events
    }

    /// Even after an undo has begun: what was moved has to be known, to come back.
    fn decide_moved(
        &self,
        appointment_id: AppointmentId,
        to_agent_id: &AgentId,
        version: u64,
    ) -> Result<Vec<Event>, BulkMoveRejection> {
        let (progress, visit) = self.visit(appointment_id)?;
        let was_given_up =
            visit.outcome == VisitOutcome::NotMoved && visit.because == Some(NotMovedBecause::Undone);
        if visit.outcome != VisitOutcome::Pending && !was_given_up {
            return Ok(Vec::new());
        }
        let moved = VisitMoved { appointment_id, to_agent_id: to_agent_id.clone(), version };
        let mut events = vec![moved.into()];
        events.extend(completed(progress, appointment_id));
        Ok(events)
    }

    fn decide_not_moved(
        &self,
        appointment_id: AppointmentId,
        because: &NotMovedBecause,
    ) -> Result<Vec<Event>, BulkMoveRejection> {
        let (progress, visit) = self.visit(appointment_id)?;
        if visit.outcome != VisitOutcome::Pending {
            return Ok(Vec::new());
        }
        let mut events = vec![VisitNotMoved { appointment_id, because: because.clone() }.into()];
        events.extend(completed(progress, appointment_id));
        events.extend(undone(progress, appointment_id));
        Ok(events)
    }

    fn decide_undo(&self) -> Result<Vec<Event>, BulkMoveRejection> {
        let progress = self.existing()?;
        if !matches!(progress.status, MoveStatus::Running | MoveStatus::Completed) {
            return Ok(Vec::new());
        }
        let move_id = progress.move_id;
        let mut events = vec![BulkMoveUndoStarted { move_id }.into()];
        let is_over = !progress.visits.iter().any(is_to_be_taken_back);
        events.extend(is_over.then(|| BulkMoveUndone { move_id }.into()));
        Ok(events)
    }

    /// Only of what was moved, in an undo.
    fn decide_back(
        &self,
        appointment_id: AppointmentId,
        back: Event,
    ) -> Result<Vec<Event>, BulkMoveRejection> {
        let (progress, visit) = self.visit(appointment_id)?;
        if progress.status != MoveStatus::Undoing || visit.outcome != VisitOutcome::Moved {
            return Ok(Vec::new());
        }
        let mut events = vec![back];
        events.extend(undone(progress, appointment_id));
        Ok(events)
    }

    fn existing(&self) -> Result<&MoveProgress, BulkMoveRejection> {
        self.progress.as_ref().ok_or(BulkMoveRejection::MoveNotFound)
    }

    fn visit(&self, appointment_id: AppointmentId) -> Result<(&MoveProgress, &Visit), BulkMoveRejection> {
        let progress = self.existing()?;
        let visit = progress.find(appointment_id);
        Ok((progress, visit.ok_or(BulkMoveRejection::VisitNotFound(appointment_id))?))
    }
}

/// Whether the undo has still to see to the visit: one without an outcome may have been moved.
const fn is_to_be_taken_back(visit: &Visit) -> bool {
    matches!(visit.outcome, VisitOutcome::Pending | VisitOutcome::Moved)
}

/// The end of a bulk move whose last visit has its outcome now.
fn completed(progress: &MoveProgress, last: AppointmentId) -> Option<Event> {
    let mut others = progress.visits.iter().filter(|visit| visit.appointment_id != last);
    let is_over =
        progress.status == MoveStatus::Running && others.all(|visit| visit.outcome != VisitOutcome::Pending);
    is_over.then(|| BulkMoveCompleted { move_id: progress.move_id }.into())
}

/// The end of an undo whose last visit was seen to now.
fn undone(progress: &MoveProgress, last: AppointmentId) -> Option<Event> {
    let mut others = progress.visits.iter().filter(|visit| visit.appointment_id != last);
    let is_over = progress.status == MoveStatus::Undoing && !others.any(is_to_be_taken_back);
    is_over.then(|| BulkMoveUndone { move_id: progress.move_id }.into())
}
