//! What the directory knows: the agent of each appointment and hold, open reservations, and recent commands.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{HoldSlot, RECEIPT_RETENTION_DAYS, StreamTime};
use schemas::event::AgentEvent;
use schemas::{
    AgentId, AppointmentId, AppointmentTypeCode, CommandId, HoldId, LeadId, Metadata, MoveId, PropertyId,
    ReservationId,
};

use super::unconfirmed::Unconfirmed;
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
    /// On whose stream.
    pub(crate) on: CarriedOutOn,
    pub(crate) digest: String,
}

/// On whose stream a command was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CarriedOutOn {
    Agent(AgentId),
    Office,
    Lead(LeadId),
    BulkMove(MoveId),
}

/// An open reservation on an agent's stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenReservation {
    pub(crate) reservation_id: ReservationId,
    pub(crate) on: AgentId,
    pub(crate) deciding_stream: String,
    pub(crate) expires_at: DateTime<Utc>,
}

/// How many requests under one key are kept apart.
const MAX_RECORDS: usize = 16;

/// For how much passed time a hold is found, at the least: longer than any hold lasts, and than one wrong reading of a
/// clock makes pass.
const HOLD_RETENTION: TimeDelta = TimeDelta::hours(3);

#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) workloads: Workloads,
    pub(super) unconfirmed: Unconfirmed,
    /// The time of the log, by which entries are forgotten.
    time: StreamTime,
    appointments: HashMap<AppointmentId, AgentId>,
    holds: HashMap<HoldId, (AgentId, HeldSlot)>,
    oldest_hold_first: VecDeque<(TimeDelta, HoldId)>,
    reservations: HashMap<ReservationId, OpenReservation>,
    /// The bulk moves that are not over, with the time of their last event.
    moves: HashMap<MoveId, DateTime<Utc>>,
    /// With the passed time at which each was noted last.
    ///
    /// Of one command there are several only if processes that did not know of each other carried out different requests
    /// under one key.
    commands: HashMap<CommandId, (TimeDelta, Vec<CommandRecord>)>,
    oldest_command_first: VecDeque<(TimeDelta, CommandId)>,
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

    pub(super) fn command(&self, id: CommandId) -> Vec<CommandRecord> {
        self.commands.get(&id).map(|(_, sent)| sent.clone()).unwrap_or_default()
    }

    pub(super) fn reservations(&self) -> Vec<OpenReservation> {
        self.reservations.values().cloned().collect()
    }

    /// The latest time at which anything was recorded.
    pub(super) fn recorded(&self) -> Option<DateTime<Utc>> {
        self.time.recorded()
    }

    pub(super) fn note_command(&mut self, id: CommandId, sent: CommandRecord) {
        let passed = self.time.passed();
        self.forget_commands_before(passed - TimeDelta::days(RECEIPT_RETENTION_DAYS));
        let none = || (TimeDelta::MIN, Vec::with_capacity(1));
        let (noted, records) = self.commands.entry(id).or_insert_with(none);
        if !records.contains(&sent) && records.len() < MAX_RECORDS {
            records.push(sent);
        }
        if *noted != passed {
            *noted = passed;
            self.oldest_command_first.push_back((passed, id));
        }
    }

    pub(super) fn note(
        &mut self,
        agent_id: &AgentId,
        event: Option<&AgentEvent>,
        metadata: Metadata,
        revision: u64,
    ) {
        self.time.note(&metadata);
        if let Some(event) = event {
            self.workloads.note(agent_id, event, metadata.recorded_at, &self.time);
            self.unconfirmed.note(event);
            if let Some(past) = self.time.lowest() {
                self.unconfirmed.forget_started_by(past);
            }
            self.note_place(agent_id, event);
        }
        self.workloads.note_revision(agent_id, revision);
        // Nobody asks for one that was sent without a key.
        if metadata.may_repeat {
            let on = CarriedOutOn::Agent(agent_id.clone());
            self.note_command(metadata.command_id, CommandRecord { on, digest: metadata.command_digest });
        }
    }

    /// An event of the office was seen.
    pub(super) fn note_of_office(&mut self, metadata: Metadata) {
        self.time.note(&metadata);
        let sent = CommandRecord { on: CarriedOutOn::Office, digest: metadata.command_digest };
        self.note_command(metadata.command_id, sent);
    }

    /// An event of a lead was seen. Only a command that may be sent again is kept.
    pub(super) fn note_of_lead(&mut self, lead_id: LeadId, metadata: Metadata) {
        self.time.note(&metadata);
        if metadata.may_repeat {
            let sent = CommandRecord { on: CarriedOutOn::Lead(lead_id), digest: metadata.command_digest };
            self.note_command(metadata.command_id, sent);
        }
    }

    /// An event of a bulk move was seen.
    pub(super) fn note_of_move(&mut self, move_id: MoveId, event_type: &str, metadata: Metadata) {
        self.time.note(&metadata);
        match event_type {
            "BulkMoveCompleted" | "BulkMoveUndone" => {
                self.moves.remove(&move_id);
            }
            "CommandHadNoEffect" => {}
            _ => {
                self.moves.insert(move_id, metadata.recorded_at);
            }
        }
        let sent = CommandRecord { on: CarriedOutOn::BulkMove(move_id), digest: metadata.command_digest };
        self.note_command(metadata.command_id, sent);
    }

    /// The bulk moves that are not over, with the time of their last event.
    pub(super) fn unfinished_moves(&self) -> Vec<(MoveId, DateTime<Utc>)> {
        self.moves.iter().map(|(move_id, at)| (*move_id, *at)).collect()
    }

    fn note_place(&mut self, agent_id: &AgentId, event: &AgentEvent) {
        match event {
            AgentEvent::AppointmentBooked(event) => {
                self.appointments.insert(event.appointment_id, agent_id.clone());
                if let Some(hold_id) = event.hold_id {
                    self.end_hold(hold_id);
                }
            }
            AgentEvent::TimeReserved(event) => {
                let reservation_id = event.reservation_id;
                let open = OpenReservation {
                    reservation_id,
                    on: agent_id.clone(),
                    deciding_stream: event.deciding_stream.clone(),
                    expires_at: event.expires_at,
                };
                self.reservations.insert(reservation_id, open);
            }
            AgentEvent::AppointmentHandedOver(event) => {
                self.appointments.insert(event.appointment.appointment_id, event.to_agent_id.clone());
            }
            AgentEvent::ReservationReleased(event) => {
                self.reservations.remove(&event.reservation_id);
            }
            AgentEvent::AppointmentReceived(event) => {
                self.reservations.remove(&event.reservation_id);
                // The stream that handed it over may be parked.
                self.appointments.insert(event.appointment.appointment_id, agent_id.clone());
                if let Some(hold_id) = event.hold_id {
                    self.end_hold(hold_id);
                }
            }
            AgentEvent::AppointmentReinstated(event) => {
                if let Some(hold_id) = event.hold_id {
                    self.end_hold(hold_id);
                }
            }
            AgentEvent::SlotHeld(event) => {
                self.forget_holds();
                for hold_id in &event.replaces {
                    self.end_hold(*hold_id);
                }
                self.oldest_hold_first.push_back((self.time.passed(), event.hold_id));
                let held = HeldSlot {
                    lead_id: event.lead_id.clone(),
                    appointment_type: event.appointment_type.clone(),
                    property_id: event.property_id.clone(),
                    start: event.start,
                    expires_at: event.expires_at,
                };
                self.holds.insert(event.hold_id, (agent_id.clone(), held));
            }
            AgentEvent::HoldReleased(event) => self.end_hold(event.hold_id),
            AgentEvent::AppointmentRescheduled(event) => {
                if let Some(hold_id) = event.hold_id {
                    self.end_hold(hold_id);
                }
            }
            _ => {}
        }
    }

    /// Keeps the entry for a while, so that a command on the hold reaches its stream, which reports that the hold has
    /// ended.
    fn end_hold(&mut self, id: HoldId) {
        if let Some((_, held)) = self.holds.get_mut(&id) {
            held.expires_at = DateTime::<Utc>::MIN_UTC;
        }
    }

    /// A hold may have expired by a wrong clock only: so it has to be long ago, too.
    fn forget_holds(&mut self) {
        let limit = self.time.passed() - HOLD_RETENTION;
        while let Some((_, id)) = self.oldest_hold_first.pop_front_if(|(held, _)| *held < limit) {
            self.holds.remove(&id);
        }
    }

    fn forget_commands_before(&mut self, limit: TimeDelta) {
        while let Some((noted, id)) = self.oldest_command_first.pop_front_if(|(noted, _)| *noted < limit) {
            if self.commands.get(&id).is_some_and(|(latest, _)| *latest == noted) {
                self.commands.remove(&id);
            }
        }
    }
}
