use std::collections::BTreeMap;
use std::sync::Arc;

use availability::AgentCalendar;
use imbl::OrdMap;
use schemas::value::{AgentProfile, AppointmentStatus};
use schemas::{AgentEvent, AgentId, AppointmentId, Metadata, OfficeEvent};

use super::appointments::{Appointments, Entry};
use super::index::Index;
use crate::agent::{AgentRow, AgentView};
use crate::appointment::{AppointmentRow, recorded_at};
use crate::error::{ApplyError, Misfit};
use crate::event::{Event, ProjectedEvent, appointment_of};
use crate::fold::{evolve_agent, evolve_office};
use crate::history::HistoryRecord;
use crate::office::OfficeView;

/// Everything that can be asked for, as of one position. A clone shares everything with its original and costs next
/// to nothing; what changes afterwards is copied as far as it changes.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) position: u64,
    pub(super) appointments: Appointments,
    pub(super) agents: OrdMap<AgentId, Arc<AgentView>>,
    pub(super) office: Arc<OfficeView>,
}

impl State {
    /// Folds one event in, unless it was before. On an error nothing has changed.
    pub(super) fn apply(&mut self, projected: ProjectedEvent, index: &mut Index) -> Result<(), ApplyError> {
        if projected.position <= self.position {
            return Ok(());
        }
        let (position, revision) = (projected.position, projected.revision);
        let event_type = projected.event.event_type();
        self.evolve(projected, index).map_err(|reason| ApplyError {
            position,
            revision,
            event_type,
            reason,
        })?;
        self.position = position;
        Ok(())
    }

    fn evolve(&mut self, projected: ProjectedEvent, index: &mut Index) -> Result<(), Misfit> {
        let ProjectedEvent { position, revision, event_id, event, metadata } = projected;
        match event {
            Event::Office(event) => {
                self.evolve_office(&event, revision, &metadata);
                index.evolve_office(&event);
                Ok(())
            }
            Event::Agent(agent_id, event) => {
                if let Some(appointment_id) = appointment_of(&event) {
                    self.registered(&agent_id)?;
                    let record =
                        HistoryRecord::new(position, revision, event_id, agent_id.clone(), &event, &metadata);
                    self.evolve_appointment(appointment_id, &agent_id, &event, revision, &metadata, record)?;
                }
                self.evolve_agent(agent_id, &event, revision, &metadata, index)
            }
        }
    }

    fn registered(&self, agent_id: &AgentId) -> Result<(), Misfit> {
        if self.agents.contains_key(agent_id) {
            Ok(())
        } else {
            Err(Misfit::AgentNotRegistered(agent_id.clone()))
        }
    }

    fn evolve_office(&mut self, event: &OfficeEvent, revision: u64, metadata: &Metadata) {
        let office = Arc::make_mut(&mut self.office);
        if let OfficeEvent::OfficePolicySet(event) = event {
            office.policy = event.policy.clone();
        }
        evolve_office(&mut office.calendar, event);
        office.version = Some(revision);
        office.updated_at = recorded_at(metadata);
    }

    fn evolve_agent(
        &mut self,
        agent_id: AgentId,
        event: &AgentEvent,
        revision: u64,
        metadata: &Metadata,
        index: &mut Index,
    ) -> Result<(), Misfit> {
        if let AgentEvent::AgentRegistered(event) = event {
            let view = || Arc::new(registered(&agent_id, &event.profile, metadata));
            self.agents.entry(agent_id.clone()).or_insert_with(view);
        }
        let view = self.agents.get_mut(&agent_id).ok_or(Misfit::AgentNotRegistered(agent_id))?;
        let AgentView { row, calendar, busy_sources } = Arc::make_mut(view);
        match event {
            AgentEvent::AgentRegistered(event) => {
                row.profile = event.profile.clone();
                row.active = true;
            }
            AgentEvent::AgentProfileUpdated(event) => row.profile = event.profile.clone(),
            AgentEvent::AgentDeactivated(_) => row.active = false,
            AgentEvent::ExternalBusyRecorded(event) => {
                busy_sources.retain(|busy_id, _| calendar.find_busy(busy_id).is_some());
                busy_sources.insert(event.busy_id.clone(), event.source.clone());
            }
            _ => {}
        }
        let appointment = appointment_of(event)
            .and_then(|id| self.appointments.get(id))
            .and_then(|entry| entry.row_of(&row.agent_id));
        evolve_agent(calendar, event, appointment, metadata.recorded_at);
        row.version = revision;
        row.updated_at = recorded_at(metadata);
        index.evolve_agent(event, view, appointment, metadata.recorded_at);
        Ok(())
    }

    fn evolve_appointment(
        &mut self,
        appointment_id: AppointmentId,
        agent_id: &AgentId,
        event: &AgentEvent,
        revision: u64,
        metadata: &Metadata,
        record: HistoryRecord,
    ) -> Result<(), Misfit> {
        let before = self.appointments.get(appointment_id);
        let mut entry = match (before, event) {
            (Some(before), _) => before.clone(),
            (None, AgentEvent::AppointmentBooked(event)) => Entry {
                row: AppointmentRow::booked(event.clone(), revision, metadata),
                left_behind: None,
                history: Vec::new(),
            },
            (None, _) => return Err(Misfit::AppointmentNotBooked(appointment_id)),
        };
        entry.history.push(Arc::new(record));
        entry.evolve(agent_id, event, revision, metadata);
        self.appointments.put(entry);
        Ok(())
    }
}

fn registered(agent_id: &AgentId, profile: &AgentProfile, metadata: &Metadata) -> AgentView {
    let at = recorded_at(metadata);
    AgentView {
        row: AgentRow {
            agent_id: agent_id.clone(),
            profile: profile.clone(),
            active: true,
            registered_at: at,
            updated_at: at,
            version: 0,
        },
        calendar: AgentCalendar::new(profile.time_zone, profile.inherits_office_hours),
        busy_sources: BTreeMap::new(),
    }
}

impl Entry {
    /// The row as this agent has it.
    fn row_of(&self, agent_id: &AgentId) -> Option<&AppointmentRow> {
        let rows = std::iter::once(&self.row).chain(self.left_behind.as_deref());
        rows.into_iter().find(|row| row.agent_id == *agent_id)
    }

    /// Two streams can tell of one appointment while it moves from one agent to another: it is booked with the new
    /// one first and then given up by the old one. The row shown is the new agent's from the booking on; if the new
    /// agent gives it up instead, the old agent's row is shown again.
    fn evolve(&mut self, agent_id: &AgentId, event: &AgentEvent, revision: u64, metadata: &Metadata) {
        match event {
            AgentEvent::AppointmentBooked(event) => {
                let booked = AppointmentRow::booked(event.clone(), revision, metadata);
                let booked = AppointmentRow { created_at: self.row.created_at, ..booked };
                let before = std::mem::replace(&mut self.row, booked);
                if before.agent_id != *agent_id {
                    self.left_behind = Some(Box::new(before));
                }
            }
            AgentEvent::AppointmentReassigned(event) if self.row.agent_id == *agent_id => {
                match self.left_behind.take().filter(|row| row.agent_id == event.to_agent_id) {
                    Some(left_behind) => self.row = *left_behind,
                    None => self.row.touch(revision, metadata),
                }
            }
            AgentEvent::AppointmentReassigned(_) => self.left_behind = None,
            _ => {
                let row = match &mut self.left_behind {
                    Some(left_behind) if left_behind.agent_id == *agent_id => left_behind,
                    _ => &mut self.row,
                };
                row.evolve(event, revision, metadata);
            }
        }
    }
}

impl AppointmentRow {
    fn evolve(&mut self, event: &AgentEvent, revision: u64, metadata: &Metadata) {
        match event {
            AgentEvent::AppointmentConfirmed(_) => self.status = AppointmentStatus::Confirmed,
            AgentEvent::AppointmentRescheduled(event) => self.reschedule(event),
            AgentEvent::AppointmentCancelled(_) => self.status = AppointmentStatus::Cancelled,
            AgentEvent::AppointmentCompleted(_) => self.status = AppointmentStatus::Completed,
            AgentEvent::AppointmentNoShow(_) => self.status = AppointmentStatus::NoShow,
            _ => return,
        }
        self.touch(revision, metadata);
    }
}
