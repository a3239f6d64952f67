//! A bulk move as its events tell it: the plan, and the outcome of each visit.

use availability::{InWords, TimeText, Wording};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use schemas::event::{BulkMoveEvent as Event, BulkMoveStarted};
use schemas::value::{NotMovedBecause, OtherSlot, PlannedVisit};
use schemas::{AgentId, AppointmentId, AppointmentTypeCode, MoveId};
use serde::{Deserialize, Serialize};

/// A bulk move: an agent's visits of some days, which go to other agents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MoveProgress {
    /// Its id.
    pub move_id: MoveId,
    /// The agent whose visits they were.
    pub agent_id: AgentId,
    /// The visits overlap the time from here.
    pub from: DateTime<Utc>,
    /// To here.
    pub to: DateTime<Utc>,
    /// Why, for people to read.
    pub reason: String,
    /// How far it is.
    pub status: MoveStatus,
    /// How many of its visits have which outcome.
    pub counts: VisitCounts,
    /// Its visits, earliest first.
    pub visits: Vec<Visit>,
    /// When it was started.
    pub started_at: DateTime<Utc>,
    /// When its last event was recorded.
    pub updated_at: DateTime<Utc>,
}

/// How far a bulk move is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MoveStatus {
    /// Only tried: nothing is moved.
    Planned,
    /// Some visits have no outcome yet.
    Running,
    /// Every visit has its outcome.
    Completed,
    /// It is being taken back.
    Undoing,
    /// What could be taken back was.
    Undone,
}

/// How many visits of a bulk move have which outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VisitCounts {
    /// All of them.
    pub visits: usize,
    /// Without an outcome yet.
    pub pending: usize,
    /// With their new agent.
    pub moved: usize,
    /// Where they were.
    pub not_moved: usize,
    /// Back with the agent whose they were.
    pub moved_back: usize,
    /// Moved, and not taken back.
    pub not_moved_back: usize,
}

/// A visit of a bulk move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Visit {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// Its type.
    pub appointment_type: AppointmentTypeCode,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// The version that it had before, and after it was moved.
    pub appointment_version: u64,
    /// The agent whose it was.
    pub from_agent_id: AgentId,
    /// The agent who is to get it, or got it.
    pub to_agent_id: Option<AgentId>,
    /// What became of it.
    pub outcome: VisitOutcome,
    /// Why it stays where it is.
    pub because: Option<NotMovedBecause>,
    /// The nearest other times that were free when the plan was made, if nobody could take it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<InWords<OtherSlot>>,
    /// Its time in the office's zone, as people read it; only in answers.
    #[serde(flatten)]
    pub time: Option<TimeText>,
}

/// What became of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VisitOutcome {
    /// It has no outcome yet.
    Pending,
    /// It went to the agent named.
    Moved,
    /// It stays where it was.
    NotMoved,
    /// It was moved, and came back.
    MovedBack,
    /// It was moved, and does not come back.
    NotMovedBack,
}

impl MoveProgress {
    /// The bulk move that was started.
    pub fn started(event: &BulkMoveStarted, at: DateTime<Utc>) -> Self {
        let BulkMoveStarted { move_id, agent_id, from, to, reason, visits, .. } = event;
        let planned = Self::planned(*move_id, agent_id.clone(), (*from, *to), reason.clone(), visits, at);
        Self { status: MoveStatus::Running, ..planned }
    }

    /// A plan that is only tried.
    pub fn planned(
        move_id: MoveId,
        agent_id: AgentId,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        reason: String,
        visits: &[PlannedVisit],
        at: DateTime<Utc>,
    ) -> Self {
        let visits = visits.iter().map(|planned| Visit::planned(planned, &agent_id)).collect();
        let (status, counts) = (MoveStatus::Planned, VisitCounts::default());
        let (started_at, updated_at) = (at, at);
        let mut planned =
            Self { move_id, agent_id, from, to, reason, status, counts, visits, started_at, updated_at };
        planned.recount();
        planned
    }

    /// Applies an event after the first.
    pub fn evolve(&mut self, event: &Event, at: DateTime<Utc>) {
        match event {
            Event::BulkMoveStarted(_) | Event::CommandHadNoEffect(_) => return,
            Event::VisitMoved(event) => {
                if let Some(visit) = self.find_mut(event.appointment_id) {
                    visit.outcome = VisitOutcome::Moved;
                    visit.because = None;
                    visit.to_agent_id = Some(event.to_agent_id.clone());
                    visit.appointment_version = event.version;
                }
                // Its undo was over, as this was not known.
                if self.status == MoveStatus::Undone {
                    self.status = MoveStatus::Undoing;
                }
            }
            Event::VisitNotMoved(event) => {
                self.settle(event.appointment_id, VisitOutcome::NotMoved, &event.because);
            }
            Event::BulkMoveCompleted(_) => self.status = MoveStatus::Completed,
            Event::BulkMoveUndoStarted(_) => self.status = MoveStatus::Undoing,
            Event::VisitMovedBack(event) => {
                if let Some(visit) = self.find_mut(event.appointment_id) {
                    visit.outcome = VisitOutcome::MovedBack;
                    visit.appointment_version = event.version;
                }
            }
            Event::VisitNotMovedBack(event) => {
                self.settle(event.appointment_id, VisitOutcome::NotMovedBack, &event.because);
            }
            Event::BulkMoveUndone(_) => self.status = MoveStatus::Undone,
        }
        self.updated_at = at;
        self.recount();
    }

    /// The visit with this appointment.
    pub fn find(&self, appointment_id: AppointmentId) -> Option<&Visit> {
        self.visits.iter().find(|visit| visit.appointment_id == appointment_id)
    }

    /// Gives each time that is offered instead the reference under which it can be booked, as of when the plan was made:
    /// so it is the same whenever it is asked for.
    #[must_use]
    pub fn with_slot_refs(
        mut self,
        issue: impl Fn(&AgentId, &AppointmentTypeCode, DateTime<Utc>, DateTime<Utc>) -> String,
    ) -> Self {
        for visit in &mut self.visits {
            for slot in &mut visit.alternatives {
                let issued = issue(&slot.agent_id, &visit.appointment_type, slot.start, self.started_at);
                slot.slot_ref = Some(issued);
            }
        }
        self
    }

    /// Tells each time as people read it.
    #[must_use]
    pub fn with_texts(mut self, wording: &Wording, zone: Tz) -> Self {
        for visit in &mut self.visits {
            visit.time = Some(wording.time(visit.start, visit.end, zone));
            for slot in &mut visit.alternatives {
                slot.time = Some(wording.time(slot.start, slot.end, zone));
            }
        }
        self
    }

    fn find_mut(&mut self, appointment_id: AppointmentId) -> Option<&mut Visit> {
        self.visits.iter_mut().find(|visit| visit.appointment_id == appointment_id)
    }

    fn settle(&mut self, appointment_id: AppointmentId, outcome: VisitOutcome, because: &NotMovedBecause) {
        if let Some(visit) = self.find_mut(appointment_id) {
            visit.outcome = outcome;
            visit.because = Some(because.clone());
        }
    }

    /// Counts the outcomes again, after one was set by hand.
    pub fn recount(&mut self) {
        let mut counts = VisitCounts { visits: self.visits.len(), ..VisitCounts::default() };
        for visit in &self.visits {
            *match visit.outcome {
                VisitOutcome::Pending => &mut counts.pending,
                VisitOutcome::Moved => &mut counts.moved,
                VisitOutcome::NotMoved => &mut counts.not_moved,
                VisitOutcome::MovedBack => &mut counts.moved_back,
                VisitOutcome::NotMovedBack => &mut counts.not_moved_back,
            } += 1;
        }
        self.counts = counts;
    }
}

impl Visit {
    fn planned(planned: &PlannedVisit, from_agent_id: &AgentId) -> Self {
        let is_placed = planned.to_agent_id.is_some();
        Self {
            appointment_id: planned.appointment_id,
            appointment_type: planned.appointment_type.clone(),
            start: planned.start,
            end: planned.end,
            appointment_version: planned.version,
            from_agent_id: from_agent_id.clone(),
            to_agent_id: planned.to_agent_id.clone(),
            outcome: if is_placed { VisitOutcome::Pending } else { VisitOutcome::NotMoved },
            because: planned.because.clone(),
            alternatives: planned.alternatives.iter().cloned().map(InWords::from).collect(),
            time: None,
        }
    }
}
