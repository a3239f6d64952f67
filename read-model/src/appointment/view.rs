//! An appointment's row, from the events of every agent who has had it.

use std::collections::BTreeMap;

use schemas::value::{AppointmentStatus, CancellationCause, Outcome};
use schemas::{AgentEvent, AgentId, Metadata};

use super::AppointmentRow;

/// An appointment as the read model keeps it.
///
/// At a hand-over, the old agent's event has the appointment as a whole: from then on it is the new agent's. The new
/// agent's stream says the same again when it receives it, which changes nothing. In log order, the row simply follows.
///
/// While a stream is parked, the events of other streams come before those of that one. An appointment's changes are
/// counted, and both events of a hand-over state the count: so what comes late does not bring back an older row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AppointmentView {
    /// As of the latest change that is known.
    pub(crate) row: AppointmentRow,
    /// By agent whose events have not come to that change yet: the version that they have come to. Empty, unless a stream
    /// is parked.
    pub(crate) behind: BTreeMap<AgentId, u64>,
}

impl AppointmentView {
    /// The appointment as an event of this agent states it; none if the event states a change only.
    pub(crate) fn stated(agent_id: &AgentId, event: &AgentEvent, metadata: &Metadata) -> Option<Self> {
        let row = match event {
            AgentEvent::AppointmentBooked(event) => AppointmentRow::booked(event.clone(), metadata),
            AgentEvent::AppointmentHandedOver(event) => {
                AppointmentRow::whole(&event.to_agent_id, event.appointment.clone(), metadata)
            }
            AgentEvent::AppointmentReceived(event) => {
                AppointmentRow::whole(agent_id, event.appointment.clone(), metadata)
            }
            _ => return None,
        };
        Some(Self { row, behind: BTreeMap::new() })
    }

    /// Takes in an event of this agent.
    pub(crate) fn evolve(&mut self, agent_id: &AgentId, event: &AgentEvent, metadata: &Metadata) {
        match event {
            AgentEvent::AppointmentBooked(_) => {
                self.row.created_at = metadata.recorded_at;
                self.come_to(agent_id, AppointmentRow::FIRST_VERSION);
            }
            AgentEvent::AppointmentHandedOver(event) => {
                // The new agent may have received it already: it was changed here, and not there.
                if self.row.version <= event.appointment.version {
                    self.replace(AppointmentRow::whole(
                        &event.to_agent_id,
                        event.appointment.clone(),
                        metadata,
                    ));
                }
                self.behind.remove(agent_id);
            }
            AgentEvent::AppointmentReceived(event) => {
                if self.row.version < event.appointment.version {
                    self.replace(AppointmentRow::whole(agent_id, event.appointment.clone(), metadata));
                }
                self.come_to(agent_id, event.appointment.version);
            }
            event => match self.behind.get(agent_id) {
                Some(version) => self.come_to(agent_id, version + 1),
                None if self.row.agent_id == *agent_id => self.row.evolve(event, metadata),
                None => {}
            },
        }
    }

    /// The agent's events have come to this version.
    fn come_to(&mut self, agent_id: &AgentId, version: u64) {
        if version < self.row.version {
            self.behind.insert(agent_id.clone(), version);
        } else {
            self.behind.remove(agent_id);
        }
    }

    /// Shows a later row. If it is not from the agent who had the appointment, that agent's events are now behind.
    fn replace(&mut self, later: AppointmentRow) {
        let created_at = self.row.created_at;
        let before = std::mem::replace(&mut self.row, AppointmentRow { created_at, ..later });
        if before.version < self.row.version {
            self.behind.entry(before.agent_id).or_insert(before.version);
        }
    }
}

impl AppointmentRow {
    fn evolve(&mut self, event: &AgentEvent, metadata: &Metadata) {
        match event {
            AgentEvent::AppointmentConfirmed(_) => self.status = AppointmentStatus::Confirmed,
            AgentEvent::AppointmentRescheduled(event) => self.reschedule(event),
            AgentEvent::AppointmentCancelled(_) => self.status = AppointmentStatus::Cancelled,
            AgentEvent::AppointmentDetailsChanged(event) => {
                return self.restate(&event.appointment, metadata);
            }
            AgentEvent::AppointmentReinstated(event) => return self.restate(&event.appointment, metadata),
            AgentEvent::AppointmentCompleted(_) => self.conclude(Outcome::Completed, None),
            AgentEvent::AppointmentNoShow(event) => self.conclude(Outcome::NoShow, Some(event.by)),
            AgentEvent::OutcomeCorrected(event) => self.conclude(event.outcome, event.by),
            AgentEvent::AppointmentReleased(_) => {
                self.status = AppointmentStatus::Cancelled;
                self.cancellation_cause = Some(CancellationCause::Released);
            }
            _ => return,
        }
        if self.status != AppointmentStatus::Scheduled {
            self.confirm_by = None;
        }
        self.touch(metadata);
    }
}
