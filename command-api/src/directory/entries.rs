//! What the directory knows: the agent of each appointment and hold, open handovers, and recent commands.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{HoldSlot, RECEIPT_RETENTION_DAYS};
use schemas::event::AgentEvent;
use schemas::{AgentId, AppointmentId, AppointmentTypeCode, CommandId, HoldId, LeadId, Metadata, PropertyId};

use super::workload::Workloads;

/// The slot that a hold reserves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeldSlot {
    pub(crate) lead_id: LeadId,
    pub(crate) appointment_type: AppointmentTypeCode,
    pub(crate) property_id: Option<PropertyId>,
    pub(crate) start: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

/// Where a command was carried out, and with which content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommandRecord {
    pub(crate) agent_id: AgentId,
    pub(crate) digest: String,
    pub(crate) recorded_at: DateTime<Utc>,
}

/// A reassignment that is half done: booked with the new agent, not yet released by the old one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Handover {
    pub(crate) appointment_id: AppointmentId,
    pub(crate) from: AgentId,
    pub(crate) to: AgentId,
}

#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) workloads: Workloads,
    appointments: HashMap<AppointmentId, AgentId>,
    holds: HashMap<HoldId, (AgentId, HeldSlot)>,
    handovers: HashMap<AppointmentId, Handover>,
    commands: HashMap<CommandId, CommandRecord>,
    oldest_command_first: BTreeSet<(DateTime<Utc>, CommandId)>,
}

impl Entries {
    pub(super) fn appointment(&self, id: AppointmentId) -> Option<AgentId> {
        self.appointments.get(&id).cloned()
    }

    pub(super) fn hold(&self, id: HoldId) -> Option<(AgentId, HeldSlot)> {
        self.holds.get(&id).cloned()
    }

    /// The number of live holds that the lead has on other slots.
    pub(super) fn other_holds(&self, agent_id: &AgentId, hold: &HoldSlot, now: DateTime<Utc>) -> usize {
        let other = |holder: &AgentId, held: &HeldSlot| {
            holder != agent_id || held.appointment_type != hold.appointment_type || held.start != hold.start
        };
        self.holds
            .values()
            .filter(|(_, held)| held.lead_id == hold.lead_id && now < held.expires_at)
            .filter(|(holder, held)| other(holder, held))
            .count()
    }

    pub(super) fn command(&self, id: CommandId) -> Option<CommandRecord> {
        self.commands.get(&id).cloned()
    }

    pub(super) fn handovers(&self) -> Vec<Handover> {
        self.handovers.values().cloned().collect()
    }

    pub(super) fn note_command(&mut self, id: CommandId, sent: CommandRecord) {
        self.forget_before(sent.recorded_at - TimeDelta::days(RECEIPT_RETENTION_DAYS));
        self.oldest_command_first.insert((sent.recorded_at, id));
        self.commands.insert(id, sent);
    }

    pub(super) fn note(&mut self, agent_id: &AgentId, event: Option<&AgentEvent>, metadata: Metadata) {
        if let Some(event) = event {
            self.workloads.note(agent_id, event, metadata.recorded_at);
            self.note_place(agent_id, event, metadata.recorded_at);
        }
        let sent = CommandRecord {
            agent_id: agent_id.clone(),
            digest: metadata.command_digest,
            recorded_at: metadata.recorded_at,
        };
        self.note_command(metadata.command_id, sent);
    }

    fn note_place(&mut self, agent_id: &AgentId, event: &AgentEvent, recorded_at: DateTime<Utc>) {
        match event {
            AgentEvent::AppointmentBooked(event) => {
                let appointment_id = event.appointment_id;
                self.appointments.insert(appointment_id, agent_id.clone());
                if let Some(hold_id) = event.hold_id {
                    self.end_hold(hold_id, recorded_at);
                }
                if let Some(from) = event.reassigned_from.clone() {
                    let handover = Handover { appointment_id, from, to: agent_id.clone() };
                    self.handovers.insert(appointment_id, handover);
                }
            }
            // Given up by the old agent, or given back by the new one: either way the handover is over.
            AgentEvent::AppointmentReassigned(event) => {
                self.handovers.remove(&event.appointment_id);
                self.appointments.insert(event.appointment_id, event.to_agent_id.clone());
            }
            AgentEvent::SlotHeld(event) => {
                self.holds.retain(|_, (_, held)| recorded_at < held.expires_at);
                let held = HeldSlot {
                    lead_id: event.lead_id.clone(),
                    appointment_type: event.appointment_type.clone(),
                    property_id: event.property_id.clone(),
                    start: event.start,
                    expires_at: event.expires_at,
                };
                self.holds.insert(event.hold_id, (agent_id.clone(), held));
            }
            AgentEvent::HoldReleased(event) => self.end_hold(event.hold_id, recorded_at),
            _ => {}
        }
    }

    /// Keeps the entry for a while, so that a command on the hold reaches its stream, which reports that the hold has
    /// ended.
    fn end_hold(&mut self, id: HoldId, ended_at: DateTime<Utc>) {
        if let Some((_, held)) = self.holds.get_mut(&id) {
            held.expires_at = held.expires_at.min(ended_at);
        }
    }

    fn forget_before(&mut self, limit: DateTime<Utc>) {
        while let Some((recorded_at, id)) = self.oldest_command_first.first().copied() {
            if recorded_at >= limit {
                break;
            }
            self.oldest_command_first.pop_first();
            if self.commands.get(&id).is_some_and(|sent| sent.recorded_at == recorded_at) {
                self.commands.remove(&id);
            }
        }
    }
}
