//! The rows that a batch of events changes, folded in memory between load and write.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use availability::AgentCalendar;
use calendar_fold::{changes_calendar, fold_agent};
use chrono_tz::Tz;
use schemas::{AgentEvent, AgentId, AppointmentId, LeadId, MoveId};
use sqlx::PgConnection;

use super::changes::{CalendarChanges, CalendarEntry, needs_hours};
use super::leads::LeadChange;
use super::{bulk_moves, leads, load};
use crate::appointment::AppointmentView;
use crate::calendar::forget_before;
use crate::error::{ApplyError, ApplyErrorReason};
use crate::event::{Event, ProjectedEvent};
use crate::history::{HistoryRecord, is_told};
use crate::lead::{BookingContact, LeadView};
use crate::office::OfficeView;
use crate::{AgentRow, BulkMoveRow};

/// The rows that events change: first as loaded, then as changed, with new history.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) agents: BTreeMap<AgentId, AgentRow>,
    pub(super) appointments: BTreeMap<AppointmentId, AppointmentView>,
    pub(super) calendars: BTreeMap<AgentId, CalendarChanges>,
    /// Only if the batch has events of the office.
    pub(super) office: Option<OfficeView>,
    /// The position of the office's last event in the batch, if any.
    pub(super) office_position: Option<u64>,
    pub(super) history: Vec<(AppointmentId, HistoryRecord)>,
    pub(super) moves: BTreeMap<MoveId, Option<BulkMoveRow>>,
    pub(super) leads: BTreeMap<LeadId, LeadChange>,
}

impl Batch {
    /// Loads the rows as they are before these events.
    pub(super) async fn load(
        connection: &mut PgConnection,
        events: &[&ProjectedEvent],
    ) -> Result<Self, sqlx::Error> {
        let mut agent_ids = BTreeSet::new();
        let mut appointment_ids = BTreeSet::new();
        let mut hours = BTreeMap::new();
        let mut move_ids = BTreeSet::new();
        let mut lead_ids = BTreeSet::new();
        let mut of_office = false;
        for event in events {
            match &event.event {
                Event::Office(_) => of_office = true,
                Event::BulkMove(move_id, _) => {
                    move_ids.insert(*move_id);
                }
                Event::Lead(lead_id, _) => {
                    lead_ids.insert(lead_id.clone());
                }
                Event::Agent(agent_id, event) => {
                    lead_ids.extend(BookingContact::of(event).map(|of_booking| of_booking.lead_id));
                    agent_ids.insert(agent_id.clone());
                    appointment_ids.extend(event.appointment_id());
                    if needs_hours(event) {
                        // Its zone is not used: blocks are stored as they are in the agent's.
                        hours.insert(agent_id.clone(), AgentCalendar::new(Tz::UTC, false));
                    }
                }
            }
        }
        let mut batch = Self::default();
        if !agent_ids.is_empty() {
            batch.agents = load::agents(connection, &agent_ids).await?;
        }
        if !appointment_ids.is_empty() {
            batch.appointments = load::appointments(connection, &appointment_ids).await?;
        }
        if !hours.is_empty() {
            load::hours(connection, &mut hours).await?;
            load::blocks(connection, &mut hours).await?;
        }
        for (agent_id, hours) in hours {
            batch.calendars.insert(agent_id, CalendarChanges { hours: Some(hours), ..Default::default() });
        }
        if !move_ids.is_empty() {
            batch.moves = bulk_moves::load(connection, &move_ids).await?;
        }
        if !lead_ids.is_empty() {
            batch.leads = leads::load(connection, &lead_ids).await?;
        }
        if of_office {
            batch.office = Some(load::office(connection).await?);
        }
        Ok(batch)
    }

    /// Applies one event. On an error nothing has changed.
    pub(super) fn apply(&mut self, projected: &ProjectedEvent) -> Result<(), ApplyError> {
        self.evolve(projected).map_err(|reason| misfit(projected, reason))
    }

    fn evolve(&mut self, projected: &ProjectedEvent) -> Result<(), ApplyErrorReason> {
        let ProjectedEvent { position, metadata, .. } = projected;
        match &projected.event {
            Event::Office(event) => {
                self.office.get_or_insert_default().evolve(event, metadata);
                self.office_position = Some(*position);
                Ok(())
            }
            Event::BulkMove(move_id, event) => {
                BulkMoveRow::evolve(self.moves.entry(*move_id).or_default(), *move_id, event, metadata)
            }
            Event::Lead(lead_id, event) => {
                let lead = self.leads.entry(lead_id.clone()).or_default();
                LeadView::evolve(&mut lead.now, lead_id, event, metadata);
                Ok(())
            }
            Event::Agent(agent_id, event) => self.evolve_agent(agent_id, event, projected),
        }
    }

    fn evolve_agent(
        &mut self,
        agent_id: &AgentId,
        event: &AgentEvent,
        projected: &ProjectedEvent,
    ) -> Result<(), ApplyErrorReason> {
        let ProjectedEvent { position, revision, event_id, metadata, stored, .. } = projected;
        if let AgentEvent::AgentRegistered(event) = event {
            let row = || AgentRow::registered(agent_id.clone(), event.profile.clone(), metadata);
            self.agents.entry(agent_id.clone()).or_insert_with(row);
        }
        let row = self
            .agents
            .get_mut(agent_id)
            .ok_or_else(|| ApplyErrorReason::AgentNotRegistered(agent_id.clone()))?;
        let mut appointment = None;
        if let Some(id) = event.appointment_id() {
            let view = match self.appointments.entry(id) {
                Entry::Occupied(view) => view.into_mut(),
                Entry::Vacant(none) => none.insert(
                    AppointmentView::stated(agent_id, event, metadata)
                        .ok_or(ApplyErrorReason::AppointmentNotBooked(id))?,
                ),
            };
            view.evolve(agent_id, event, metadata);
            appointment = Some(view.row.as_booked());
            let record = HistoryRecord {
                position: *position,
                agent_id: agent_id.clone(),
                revision: *revision,
                event_id: *event_id,
                event_type: event.event_type(),
                stored: stored.clone(),
            };
            if is_told(event) {
                self.history.push((id, record));
            }
        }
        row.evolve(event, metadata);
        let changes = self.calendars.entry(agent_id.clone()).or_default();
        if changes_calendar(event) {
            changes.position = Some(*position);
        }
        let forget_before = forget_before(metadata);
        fold_agent(&mut CalendarEntry { changes, event }, event, appointment, forget_before);
        if let Some(of_booking) = BookingContact::of(event) {
            let lead = self.leads.entry(of_booking.lead_id.clone()).or_default();
            LeadView::note_booking(&mut lead.now, of_booking, *position, metadata);
        }
        Ok(())
    }
}

/// The error of an event that cannot be applied.
pub(super) fn misfit(projected: &ProjectedEvent, reason: ApplyErrorReason) -> ApplyError {
    ApplyError {
        position: projected.position,
        revision: projected.revision,
        event_type: projected.event.event_type(),
        reason,
    }
}
