use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use domain::RECEIPT_RETENTION_DAYS;
use schemas::event::AgentEvent;
use schemas::{AgentId, AppointmentId, AppointmentTypeCode, CommandId, HoldId, Metadata, PropertyId};

/// What a hold was placed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeldSlot {
    pub(crate) appointment_type: AppointmentTypeCode,
    pub(crate) property_id: Option<PropertyId>,
    pub(crate) start: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

/// Where a command was carried out, and with which content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SentTo {
    pub(crate) agent_id: AgentId,
    pub(crate) digest: String,
    pub(crate) recorded_at: DateTime<Utc>,
}

#[derive(Debug, Default)]
pub(super) struct Entries {
    appointments: HashMap<AppointmentId, AgentId>,
    holds: HashMap<HoldId, (AgentId, HeldSlot)>,
    commands: HashMap<CommandId, SentTo>,
    /// The commands by the time after which they need not be remembered.
    forgettable: BTreeMap<(DateTime<Utc>, CommandId), ()>,
}

impl Entries {
    pub(super) fn appointment(&self, id: AppointmentId) -> Option<AgentId> {
        self.appointments.get(&id).cloned()
    }

    pub(super) fn hold(&self, id: HoldId) -> Option<(AgentId, HeldSlot)> {
        self.holds.get(&id).cloned()
    }

    pub(super) fn command(&self, id: CommandId) -> Option<SentTo> {
        self.commands.get(&id).cloned()
    }

    pub(super) fn note_command(&mut self, id: CommandId, sent: SentTo) {
        self.forget_before(sent.recorded_at - TimeDelta::days(RECEIPT_RETENTION_DAYS));
        self.forgettable.insert((sent.recorded_at, id), ());
        self.commands.insert(id, sent);
    }

    pub(super) fn note(&mut self, agent_id: &AgentId, event: Option<&AgentEvent>, metadata: Metadata) {
        match event {
            Some(AgentEvent::AppointmentBooked(event)) => {
                self.appointments.insert(event.appointment_id, agent_id.clone());
            }
            Some(AgentEvent::SlotHeld(event)) => {
                self.holds.retain(|_, (_, held)| metadata.recorded_at < held.expires_at);
                let held = HeldSlot {
                    appointment_type: event.appointment_type.clone(),
                    property_id: event.property_id.clone(),
                    start: event.start,
                    expires_at: event.expires_at,
                };
                self.holds.insert(event.hold_id, (agent_id.clone(), held));
            }
            _ => {}
        }
        let sent = SentTo {
            agent_id: agent_id.clone(),
            digest: metadata.command_digest,
            recorded_at: metadata.recorded_at,
        };
        self.note_command(metadata.command_id, sent);
    }

    fn forget_before(&mut self, limit: DateTime<Utc>) {
        while let Some(entry) = self.forgettable.first_entry() {
            let (recorded_at, id) = *entry.key();
            if recorded_at >= limit {
                break;
            }
            entry.remove();
            if self.commands.get(&id).is_some_and(|sent| sent.recorded_at == recorded_at) {
                self.commands.remove(&id);
            }
        }
    }
}
