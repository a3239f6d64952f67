//! Everything that queries read, as of one position.

use std::collections::BTreeMap;
use std::sync::Arc;

use availability::AgentCalendar;
use calendar_fold::fold_agent;
use imbl::OrdMap;
use schemas::{AgentEvent, AgentId, AppointmentId, BulkMoveEvent, Metadata, MoveId, OfficeEvent};

use super::appointments::{Appointments, Entry};
use super::holds::HoldAgents;
use super::index::Index;
use super::leads::Leads;
use crate::BulkMoveRow;
use crate::agent::{AgentRow, AgentView};
use crate::appointment::AppointmentView;
use crate::calendar::forget_before;
use crate::error::{ApplyError, ApplyErrorReason};
use crate::event::{Event, ProjectedEvent};
use crate::history::{HistoryRecord, is_told};
use crate::lead::BookingContact;
use crate::office::OfficeView;

/// The data of all queries as of one position. Clones are cheap: they share their data, and a change copies only what
/// it touches.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) position: u64,
    pub(super) appointments: Appointments,
    pub(super) agents: OrdMap<AgentId, Arc<AgentView>>,
    pub(super) office: Arc<OfficeView>,
    pub(super) holds: HoldAgents,
    pub(super) moves: OrdMap<MoveId, Arc<BulkMoveRow>>,
    pub(super) leads: Leads,
}

impl State {
    /// Applies one event, unless it was applied before. On an error nothing has changed.
    pub(super) fn apply(&mut self, projected: ProjectedEvent, index: &mut Index) -> Result<(), ApplyError> {
        if projected.position <= self.position {
            return Ok(());
        }
        let position = projected.position;
        self.evolve(projected, index)?;
        self.position = position;
        Ok(())
    }

    /// Applies one event, wherever it is in the log. On an error nothing has changed.
    pub(super) fn evolve(&mut self, projected: ProjectedEvent, index: &mut Index) -> Result<(), ApplyError> {
        let (position, revision) = (projected.position, projected.revision);
        let event_type = projected.event.event_type();
        let evolved = self.try_evolve(projected, index);
        evolved.map_err(|reason| ApplyError { position, revision, event_type, reason })
    }

    fn try_evolve(&mut self, projected: ProjectedEvent, index: &mut Index) -> Result<(), ApplyErrorReason> {
        let ProjectedEvent { position, revision, event_id, event, metadata, stored } = projected;
        match event {
            Event::Office(event) => {
                self.evolve_office(&event, &metadata);
                index.evolve_office(&event);
                Ok(())
            }
            Event::BulkMove(move_id, event) => self.evolve_move(move_id, &event, &metadata),
            Event::Lead(lead_id, event) => {
                self.leads.evolve(&lead_id, &event, &metadata);
                Ok(())
            }
            Event::Agent(agent_id, event) => {
                if let Some(appointment_id) = event.appointment_id() {
                    self.registered(&agent_id)?;
                    let (agent_id, event_type) = (agent_id.clone(), event.event_type());
                    let record = HistoryRecord { position, agent_id, revision, event_id, event_type, stored };
                    self.evolve_appointment(appointment_id, &event, &metadata, record)?;
                }
                self.evolve_agent(agent_id, &event, &metadata, index)?;
                if let Some(of_booking) = BookingContact::of(&event) {
                    self.leads.note_booking(of_booking, position, &metadata);
                }
                Ok(())
            }
        }
    }

    fn registered(&self, agent_id: &AgentId) -> Result<(), ApplyErrorReason> {
        if self.agents.contains_key(agent_id) {
            Ok(())
        } else {
            Err(ApplyErrorReason::AgentNotRegistered(agent_id.clone()))
        }
    }

    fn evolve_office(&mut self, event: &OfficeEvent, metadata: &Metadata) {
        Arc::make_mut(&mut self.office).evolve(event, metadata);
    }

    fn evolve_move(
        &mut self,
        move_id: MoveId,
        event: &BulkMoveEvent,
        metadata: &Metadata,
    ) -> Result<(), ApplyErrorReason> {
        let mut row = self.moves.get(&move_id).map(|row| BulkMoveRow::clone(row));
        BulkMoveRow::evolve(&mut row, move_id, event, metadata)?;
        if let Some(row) = row {
            self.moves.insert(move_id, Arc::new(row));
        }
        Ok(())
    }

    fn evolve_agent(
        &mut self,
        agent_id: AgentId,
        event: &AgentEvent,
        metadata: &Metadata,
        index: &mut Index,
    ) -> Result<(), ApplyErrorReason> {
        if let AgentEvent::AgentRegistered(event) = event {
            let view = || AgentView {
                row: AgentRow::registered(agent_id.clone(), event.profile.clone(), metadata),
                calendar: AgentCalendar::new(event.profile.time_zone, event.profile.inherits_office_hours),
                busy_sources: BTreeMap::new(),
            };
            self.agents.entry(agent_id.clone()).or_insert_with(|| Arc::new(view()));
        }
        let view = self.agents.get_mut(&agent_id).ok_or(ApplyErrorReason::AgentNotRegistered(agent_id))?;
        let AgentView { row, calendar, busy_sources } = Arc::make_mut(view);
        row.evolve(event, metadata);
        if let AgentEvent::ExternalBusyRecorded(event) = event {
            busy_sources.retain(|busy_id, _| calendar.find_busy(busy_id).is_some());
            busy_sources.insert(event.busy_id.clone(), event.source.clone());
        }
        let appointment = event
            .appointment_id()
            .and_then(|id| self.appointments.get(id))
            .map(|entry| entry.view.row.as_booked());
        self.holds.note(&row.agent_id, event, forget_before(metadata));
        fold_agent(calendar, event, appointment, forget_before(metadata));
        index.evolve_agent(event, view, appointment, metadata);
        Ok(())
    }

    fn evolve_appointment(
        &mut self,
        appointment_id: AppointmentId,
        event: &AgentEvent,
        metadata: &Metadata,
        record: HistoryRecord,
    ) -> Result<(), ApplyErrorReason> {
        let mut entry = match self.appointments.get(appointment_id) {
            Some(before) => before.clone(),
            None => Entry {
                view: AppointmentView::stated(&record.agent_id, event, metadata)
                    .ok_or(ApplyErrorReason::AppointmentNotBooked(appointment_id))?,
                history: Vec::new(),
            },
        };
        entry.view.evolve(&record.agent_id, event, metadata);
        if is_told(event) {
            // Almost always the last: only events of parked streams are applied out of order.
            let place = entry.history.partition_point(|other| other.position < record.position);
            entry.history.insert(place, Arc::new(record));
        }
        self.appointments.put(entry);
        Ok(())
    }
}
