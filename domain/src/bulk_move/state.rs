use calendar_fold::{MoveProgress, MoveStatus, VisitOutcome};
use chrono::{DateTime, Utc};
use schemas::event::{BulkMoveEvent as Event, CommandHadNoEffect};
use schemas::{Actor, AgentId, CommandId, Origin};
use serde::{Deserialize, Serialize};

use super::{BulkMoveAnswer, BulkMoveCommand, BulkMoveRejection};
use crate::{Aggregate, Command, EventContext, Receipts, StreamTime};

/// A bulk move, folded from its events.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BulkMove {
    pub(super) progress: Option<MoveProgress>,
    /// Who started it, by which channel, and for whom only.
    sender: Option<Sender>,
    /// As it was when its last visit had its outcome.
    completed: Option<Completion>,
    started_with: Option<CommandId>,
    version: u64,
    time: StreamTime,
    receipts: Receipts<BulkMoveAnswer>,
    revision: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Sender {
    actor: Actor,
    origin: Origin,
    to_agents: Option<Vec<AgentId>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Completion {
    version: u64,
    position: u64,
    at: DateTime<Utc>,
}

impl BulkMove {
    /// The plan and the outcomes; none before it was started.
    pub const fn progress(&self) -> Option<&MoveProgress> {
        self.progress.as_ref()
    }

    /// How often it has changed, counted from 1.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// In whose name, and through which channel, its visits are moved.
    pub fn started_by(&self) -> Option<(&Actor, Origin)> {
        self.sender.as_ref().map(|sender| (&sender.actor, sender.origin))
    }

    /// Whether this is the command that started it.
    pub fn was_started_with(&self, command_id: CommandId) -> bool {
        self.started_with == Some(command_id)
    }

    /// Whether this agent may get a visit of it.
    pub fn may_go_to(&self, agent_id: &AgentId) -> bool {
        let only = self.sender.as_ref().and_then(|sender| sender.to_agents.as_ref());
        only.is_none_or(|only| only.contains(agent_id))
    }

    /// As it would be after these commands, decided in their order at that time. One that is refused changes nothing.
    #[must_use]
    pub fn after(
        &self,
        commands: impl IntoIterator<Item = Command<BulkMoveCommand>>,
        at: DateTime<Utc>,
    ) -> Self {
        let mut after = self.clone();
        for command in commands {
            for event in after.decide_command(&command).unwrap_or_default() {
                if let Some(progress) = &mut after.progress {
                    progress.evolve(&event, at);
                }
            }
        }
        after
    }

    /// As it was when its last visit had its outcome, with version and position then: before anything of it was taken
    /// back. None if it was never completed.
    pub fn as_completed(&self) -> Option<(MoveProgress, u64, u64)> {
        let Completion { version, position, at } = self.completed?;
        let mut progress = self.progress.clone()?;
        progress.status = MoveStatus::Completed;
        progress.updated_at = at;
        for visit in &mut progress.visits {
            if matches!(visit.outcome, VisitOutcome::MovedBack | VisitOutcome::NotMovedBack) {
                // Coming back is one change of the appointment.
                visit.appointment_version -= u64::from(visit.outcome == VisitOutcome::MovedBack);
                visit.outcome = VisitOutcome::Moved;
                visit.because = None;
            }
        }
        progress.recount();
        Some((progress, version, position))
    }
}

impl Aggregate for BulkMove {
    type Command = BulkMoveCommand;
    type Event = Event;
    type Answer = BulkMoveAnswer;
    type Rejection = BulkMoveRejection;
    type Context = ();

    const SNAPSHOT_VERSION: u16 = 1;

    fn evolve(&mut self, event: &Event, context: &EventContext) {
        if let Event::BulkMoveStarted(event) = event {
            self.progress = Some(MoveProgress::started(event, context.recorded_at));
            let (actor, to_agents) = (event.started_by.clone(), event.to_agents.clone());
            self.started_with = Some(context.command_id);
            self.sender = Some(Sender { actor, origin: event.origin, to_agents });
        } else if let Some(progress) = &mut self.progress {
            progress.evolve(event, context.recorded_at);
        }
        if !matches!(event, Event::CommandHadNoEffect(_)) {
            self.version += 1;
        }
        if matches!(event, Event::BulkMoveCompleted(_)) {
            let (version, position, at) = (self.version, context.position, context.recorded_at);
            self.completed = Some(Completion { version, position, at });
        }
        self.time.observe(context.clock_showed, context.recorded_at);
        self.revision = Some(context.revision);
        let answer = self.answer();
        self.receipts.note(context, self.time.passed(), answer, self.version);
    }

    fn decide(
        &self,
        command: &Command<BulkMoveCommand>,
        (): &(),
        _now: DateTime<Utc>,
    ) -> Result<Vec<Event>, BulkMoveRejection> {
        self.decide_command(command)
    }

    fn answer_unchanged(&self, _: &BulkMoveCommand) -> BulkMoveAnswer {
        self.answer()
    }

    fn no_effect(event: CommandHadNoEffect) -> Option<Event> {
        Some(event.into())
    }

    fn version_of(&self, _: &BulkMoveCommand) -> Option<u64> {
        (self.version > 0).then_some(self.version)
    }

    fn time(&self) -> &StreamTime {
        &self.time
    }

    fn receipts(&self) -> &Receipts<BulkMoveAnswer> {
        &self.receipts
    }

    fn record_position(&mut self, command_id: CommandId, position: u64) {
        self.receipts.set_position(command_id, position);
    }

    fn revision(&self) -> Option<u64> {
        self.revision
    }
}

impl BulkMove {
    fn answer(&self) -> BulkMoveAnswer {
        let status = self.progress.as_ref().map_or(MoveStatus::Planned, |progress| progress.status);
        BulkMoveAnswer { status }
    }
}
