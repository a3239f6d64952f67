//! Random histories of an office and three agents, decided by the real rules.

mod bulk_moves;
mod hand_overs;
mod later;
mod leads;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::{
    Agent, AgentCommand, Aggregate, Answer, BlockRequest, BlockScope, BlockedTime, BookAppointment, BulkMove,
    Command, Decision, EventContext, HoldSlot, Lead, Office, OfficeCommand, OnOverlap, Receipt,
    RescheduleAppointment,
};
pub(crate) use fixtures::{CALL, VISIT};
use proptest::prelude::*;
use read_model::Event;
use schemas::value::{
    AgentProfile, AppointmentType, AvailabilityRule, BlockSource, DateException, ForcedRule, LeadContact,
    LocalInterval, LocationKind, NoShowBy, OfficePolicy, PartOfDay, PartsOfDay, RequestedBy,
};
use schemas::{
    Actor, ActorKind, AgentEvent, AgentId, AppointmentId, BlockId, BusyId, CommandId, HoldId, LeadId, MoveId,
    Origin, Personal, PropertyId,
};
use uuid::Uuid;

pub(crate) use bulk_moves::move_id;
use hand_overs::HandOver;

use crate::answers;
use crate::support::{Log, appointment_id, begin};

/// The agents of a history.
pub(crate) const AGENTS: [&str; 3] = ["7", "10", "agent.B"];
pub(crate) const LEADS: [&str; 3] = ["55", "lead-9", "Z"];
/// How many appointments a history can have.
pub(crate) const APPOINTMENTS: u128 = 12;

/// A command to try: kind, agent, numbers to choose its details by, and minutes after the last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Try {
    kind: u8,
    who: usize,
    which: u8,
    slot: u8,
    minutes: i64,
}

pub(crate) fn tries() -> impl Strategy<Value = Vec<Try>> {
    let minutes = prop_oneof![16 => 0..120_i64, 2 => 300..4_000_i64, 1 => 4_000..150_000_i64];
    let one = (kinds(), 0..AGENTS.len(), 0..12_u8, 0..40_u8, minutes)
        .prop_map(|(kind, who, which, slot, minutes)| Try { kind, who, which, slot, minutes });
    proptest::collection::vec(one, 1..190)
}

/// Each kind, and more often what comes to something only after others.
fn kinds() -> impl Strategy<Value = u8> {
    const LONG_STORIES: [u8; 15] = [1, 2, 2, 24, 24, 24, 24, 24, 26, 27, 28, 28, 30, 30, 31];
    prop_oneof![24 => 0..24_u8, 2 => 24..30_u8, 14 => proptest::sample::select(LONG_STORIES.to_vec())]
}

/// An office's aggregates, and the log of the events they decided.
#[derive(Debug)]
pub(crate) struct History {
    pub(crate) log: Log,
    pub(crate) now: DateTime<Utc>,
    agents: BTreeMap<AgentId, Agent>,
    office: Office,
    commands: u128,
    /// Whose stream booked it: no other agent books an appointment of the same id.
    booked_with: BTreeMap<AppointmentId, AgentId>,
    /// Those under way.
    hand_overs: Vec<HandOver>,
    moves: BTreeMap<MoveId, BulkMove>,
    leads: BTreeMap<LeadId, Lead>,
}

impl History {
    /// An office with hours and two types, and three agents, one of them with hours of its own.
    pub(crate) fn new() -> Self {
        let mut history = Self {
            log: Log::default(),
            now: begin(),
            agents: BTreeMap::new(),
            office: Office::default(),
            commands: 0,
            booked_with: BTreeMap::new(),
            hand_overs: Vec::new(),
            moves: BTreeMap::new(),
            leads: BTreeMap::new(),
        };
        for number in 0..10 {
            history.ask_office(office_command(number, begin()));
        }
        for (number, agent_id) in (0..).zip(AGENTS) {
            let register =
                AgentCommand::RegisterAgent { agent_id: agent_id.parse().unwrap(), profile: profile(number) };
            history.ask_agent(agent_id, register);
        }
        history
    }

    pub(crate) fn of(tries: &[Try]) -> Self {
        let mut history = Self::new();
        for one in tries {
            history.attempt(*one);
        }
        history
    }

    fn attempt(&mut self, Try { kind, who, which, slot, minutes }: Try) {
        self.now += TimeDelta::minutes(minutes);
        let midnight = self.now.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
        let start = midnight
            + TimeDelta::days(i64::from(slot / 10))
            + TimeDelta::minutes(i64::from(slot % 10) * 30 + 720);
        let id = appointment_id(u128::from(which) % APPOINTMENTS);
        let agent_id = AGENTS[who];
        // Beside the others: it is of a stream of its own.
        if slot % 5 == 2 {
            self.say_of_lead(which, slot);
        }
        let other = AGENTS[(who + 1 + usize::from(slot % 2)) % AGENTS.len()];
        match kind {
            0 => self.ask_office(office_change(which, slot, start)),
            1 if slot.is_multiple_of(4) => self.begin_and_give_up(),
            1 if slot % 4 == 1 => self.begin_any(2),
            1 => self.begin_hand_over(id, other, slot % 3),
            2 => self.go_on_with_hand_over(which, slot % 4 > 0),
            10 | 21 | 23 if which >= 5 => self.undo(kind, agent_id, slot),
            5 | 7 if which >= 8 => self.undo(kind, agent_id, slot),
            24 | 25 => self.go_on_with_move(which % 2, slot),
            26..=31 => self.say_later(kind, agent_id, id, slot),
            3..=5 => {
                self.ask_agent(agent_id, settings_command(agent_id, kind, which, start));
            }
            kind => {
                let hold_id = hold_id(4 * who as u128 + u128::from(which) % 4);
                let command = calendar_command(kind, which, slot, start, self.now, hold_id);
                let owner = command.appointment_id().and_then(|id| self.owner(id));
                self.ask_agent(owner.as_ref().map_or(agent_id, AgentId::as_str), command);
            }
        }
    }

    /// Ends the last exception, hold, appointment or busy time in the agent's stream.
    fn undo(&mut self, kind: u8, agent_id: &str, slot: u8) {
        let command = match kind {
            5 => self.last(agent_id, |event| match event {
                AgentEvent::DateExceptionSet(event) => {
                    Some(AgentCommand::RemoveDateException { date: event.exception.date })
                }
                _ => None,
            }),
            7 => self.last(agent_id, |event| match event {
                AgentEvent::TimeBlocked(event) => {
                    Some(AgentCommand::UnblockTime { block_id: event.block.block_id })
                }
                _ => None,
            }),
            10 => self.last(agent_id, |event| match event {
                AgentEvent::SlotHeld(event) => Some(AgentCommand::ReleaseHold { hold_id: event.hold_id }),
                _ => None,
            }),
            21 => self.last(agent_id, |event| match event {
                AgentEvent::AppointmentConfirmed(event) => {
                    let appointment_id = event.appointment_id;
                    Some(if slot < 20 {
                        AgentCommand::CompleteAppointment { appointment_id }
                    } else {
                        AgentCommand::MarkNoShow { appointment_id, by: NoShowBy::Lead }
                    })
                }
                _ => None,
            }),
            _ => self.last(agent_id, |event| match event {
                AgentEvent::ExternalBusyRecorded(event) => {
                    Some(AgentCommand::RemoveExternalBusy { busy_id: event.busy_id.clone() })
                }
                _ => None,
            }),
        };
        if let Some(command) = command {
            self.ask_agent(agent_id, command);
        }
    }

    fn last<T>(&self, agent_id: &str, pick: impl Fn(&AgentEvent) -> Option<T>) -> Option<T> {
        self.log.events.iter().rev().find_map(|stored| match &stored.event {
            Event::Agent(of, event) if of.as_str() == agent_id => pick(event),
            _ => None,
        })
    }

    fn command<C>(&mut self, body: C) -> Command<C> {
        self.commands += 1;
        Command {
            command_id: CommandId::new(Uuid::from_u128(self.commands)),
            digest: String::new(),
            actor: Actor { kind: ActorKind::Chat, id: "chat-1".to_owned() },
            origin: Origin::Chat,
            if_match: None,
            if_none_match: None,
            dry_run: false,
            may_repeat: self.commands.is_multiple_of(2),
            body,
        }
    }

    /// The agent who has an appointment that is not over.
    fn owner(&self, id: AppointmentId) -> Option<AgentId> {
        let mut agents = self.agents.iter();
        agents.find(|(_, agent)| agent.appointment(id).is_some()).map(|(agent_id, _)| agent_id.clone())
    }

    /// The event and the receipt of the command, if it changed anything.
    fn ask_agent(&mut self, agent_id: &str, body: AgentCommand) -> Option<(AgentEvent, Receipt<Answer>)> {
        let agent_id: AgentId = agent_id.parse().unwrap();
        if let AgentCommand::BookAppointment(booking) = &body
            && self.booked_with.get(&booking.appointment_id).is_some_and(|with| *with != agent_id)
        {
            return None;
        }
        let command = self.command(body);
        let agent = self.agents.entry(agent_id.clone()).or_default();
        let events = accepted(Decision::of(agent, &command, &self.office, self.now));
        assert!(events.len() <= 1, "a command is one event: {events:?}");
        let event = on_another_clock(events.into_iter().next()?);
        if let AgentEvent::AppointmentBooked(event) = &event {
            self.booked_with.insert(event.appointment_id, agent_id.clone());
        }
        let told = Event::Agent(agent_id.clone(), event.clone());
        let stored = self.log.append(told, self.now);
        agent.evolve(&event, &EventContext::new(stored.revision, stored.position, &stored.metadata));
        let receipt = agent.receipts().get(stored.metadata.command_id).expect("just noted").clone();
        answers::assert_agents_shown(&self.log.memory, &agent_id, &receipt, self.now);
        Some((event, receipt))
    }

    fn ask_office(&mut self, body: OfficeCommand) {
        let command = self.command(body);
        for event in accepted(Decision::of(&self.office, &command, &(), self.now)) {
            let stored = self.log.append(Event::Office(event.clone()), self.now);
            self.office
                .evolve(&event, &EventContext::new(stored.revision, stored.position, &stored.metadata));
            let receipt = self.office.receipts().get(stored.metadata.command_id).expect("just noted");
            answers::assert_offices_shown(&self.log.memory, receipt);
        }
    }
}

fn accepted<A: Aggregate, R>(decision: Result<Decision<A>, R>) -> Vec<A::Event> {
    match decision {
        Ok(Decision::Accepted(events)) => events,
        _ => Vec::new(),
    }
}

/// Some appointments were agreed on under other zone rules than today's.
fn on_another_clock(mut event: AgentEvent) -> AgentEvent {
    if let AgentEvent::AppointmentBooked(booked) = &mut event
        && booked.appointment_id.uuid().as_u128() % 4 == 1
    {
        booked.local_start += TimeDelta::hours(1);
    }
    event
}

fn profile(number: u8) -> AgentProfile {
    AgentProfile {
        time_zone: [Tz::America__Santiago, Tz::America__Punta_Arenas, Tz::Pacific__Easter]
            [usize::from(number % 3)],
        email: number.is_multiple_of(2).then(|| "agente@example.com".to_owned()),
        meeting_room_url: number.is_multiple_of(3).then(|| format!("https://meet.example.cl/{number}")),
        inherits_office_hours: number % 4 != 1,
        comunas: vec![format!("Comuna {number}")],
        regions: number.is_multiple_of(2).then(|| "Norte".to_owned()).into_iter().collect(),
        ..fixtures::profile(&format!("Agente {number} Núñez"))
    }
}

fn rule(number: u8, from: &str, until: &str) -> AvailabilityRule {
    AvailabilityRule {
        valid_from: (number == 9).then(|| begin().date_naive()),
        appointment_type: (number == 8).then(|| CALL.parse().unwrap()),
        max_appointments_per_slot: 1 + u16::from(number % 3),
        ..fixtures::rule(number.into(), number % 7, from, until)
    }
}

/// Every number of a hold is below this.
pub(crate) const HOLDS: u128 = 4 * AGENTS.len() as u128;

pub(crate) fn hold_id(number: u128) -> HoldId {
    HoldId::new(Uuid::from_u128(number))
}

pub(crate) fn block_id(number: u8) -> BlockId {
    BlockId::new(Uuid::from_u128(number.into()))
}

fn block(which: u8, start: DateTime<Utc>) -> BlockRequest {
    BlockRequest {
        block_id: block_id(which),
        time: if which % 3 == 1 {
            let date = start.date_naive();
            BlockedTime::Days { date, until: (which % 2 == 1).then(|| date + chrono::Days::new(2)) }
        } else {
            BlockedTime::Between { start, end: start + TimeDelta::hours(1) }
        },
        reason: "Almuerzo".to_owned(),
        recurrence: which.is_multiple_of(2).then(|| "FREQ=WEEKLY".to_owned()),
        scope: BlockScope::default(),
        source: None,
    }
}

/// Bounds that overlap, and leave one part out.
fn parts_of_day() -> PartsOfDay {
    let bounds = |part, from: &str, until: &str| {
        (part, LocalInterval { start_time: fixtures::time(from), end_time: fixtures::time(until) })
    };
    PartsOfDay::new(
        [
            bounds(PartOfDay::Morning, "09:30", "12:30"),
            bounds(PartOfDay::Midday, "12:00", "15:00"),
            bounds(PartOfDay::Afternoon, "14:00", "19:00"),
        ]
        .into(),
    )
}

fn office_command(number: u8, start: DateTime<Utc>) -> OfficeCommand {
    match number {
        0 => OfficeCommand::SetOfficePolicy {
            policy: OfficePolicy {
                travel_minutes: 15,
                meeting_link_template: Some("https://meet.example.cl/{appointment_id}".to_owned()),
                parts_of_day: parts_of_day(),
                ..fixtures::policy()
            },
        },
        1 | 2 => OfficeCommand::DefineAppointmentType {
            appointment_type: AppointmentType {
                buffer_before_minutes: 10,
                buffer_after_minutes: if number == 1 { 20 } else { 0 },
                daily_limit: (number == 2).then_some(2),
                location_kind: if number == 1 { LocationKind::Property } else { LocationKind::Video },
                confirm_before_minutes: (number == 1).then_some(600),
                ..fixtures::appointment_type(if number == 1 { VISIT } else { CALL }, 30)
            },
        },
        10 => OfficeCommand::RetireAppointmentType { code: CALL.parse().unwrap() },
        11 => OfficeCommand::BlockOffice { block: block(200, start) },
        number => OfficeCommand::AddOfficeRule { rule: rule(number - 3, "09:00", "20:00") },
    }
}

/// Later changes of the office: other blocks and hours, a type with another buffer, or one retired.
fn office_change(which: u8, slot: u8, start: DateTime<Utc>) -> OfficeCommand {
    let rule = rule(slot % 7, "09:00", "20:00");
    let block = block(200 + slot % 4, start);
    match which {
        0 | 1 => {
            let mut define = office_command(1 + which, start);
            if let OfficeCommand::DefineAppointmentType { appointment_type } = &mut define {
                appointment_type.buffer_after_minutes = u16::from(slot % 4) * 10;
            }
            define
        }
        2 | 3 => OfficeCommand::RemoveOfficeRule { rule_id: rule.rule_id },
        4 | 5 => OfficeCommand::AddOfficeRule { rule },
        6 => OfficeCommand::UnblockOffice { block_id: block.block_id },
        7 => OfficeCommand::BlockOffice { block },
        8 => OfficeCommand::BlockOffice {
            block: BlockRequest {
                scope: BlockScope {
                    regions: vec!["NORTE".to_owned()],
                    agent_ids: vec![AGENTS[0].parse().unwrap()],
                },
                source: Some(BlockSource { rule: "Ley 1".to_owned(), version: slot.to_string() }),
                ..block
            },
        },
        9 => OfficeCommand::SkipOccurrence { block_id: block.block_id, date: start.date_naive() },
        10 => OfficeCommand::ChangeBlock { block: BlockRequest { reason: "Aseo".to_owned(), ..block } },
        which => office_command(which, start),
    }
}

fn settings_command(agent_id: &str, kind: u8, which: u8, start: DateTime<Utc>) -> AgentCommand {
    let agent_id = agent_id.parse().unwrap();
    match (kind, which % 4) {
        (3, 0) => AgentCommand::DeactivateAgent { keep_appointments: true },
        (3, 1) => AgentCommand::RegisterAgent { agent_id, profile: profile(which) },
        (3, _) => AgentCommand::UpdateAgentProfile { agent_id, profile: profile(which) },
        (4, 0) => AgentCommand::RemoveAvailabilityRule { rule_id: rule(which + 2, "08:00", "18:00").rule_id },
        (4, 1) => AgentCommand::ReplaceWeeklyHours {
            rules: (20..27)
                .map(|number| rule(number, "07:30", if number % 2 == 0 { "02:15" } else { "24:00" }))
                .collect(),
        },
        (4, _) => AgentCommand::AddAvailabilityRule { rule: rule(which, "08:00", "18:00") },
        _ => {
            // At times over midnight.
            let end_time = if which % 4 == 1 { "16:00" } else { "01:30" };
            let hours =
                LocalInterval { start_time: "10:00".parse().unwrap(), end_time: end_time.parse().unwrap() };
            let intervals = if which.is_multiple_of(2) { Vec::new() } else { vec![hours] };
            AgentCommand::SetDateException {
                exception: DateException { date: start.date_naive(), intervals },
            }
        }
    }
}

fn calendar_command(
    kind: u8,
    which: u8,
    slot: u8,
    start: DateTime<Utc>,
    now: DateTime<Utc>,
    hold_id: HoldId,
) -> AgentCommand {
    let id = appointment_id(u128::from(which) % APPOINTMENTS);
    let appointment_type = if which % 4 == 3 { CALL } else { VISIT }.parse().unwrap();
    let lead_id: LeadId = LEADS[usize::from(which) % LEADS.len()].parse().unwrap();
    let personal = |text: &str| Personal::new(lead_id.clone(), text.to_owned());
    let contact = LeadContact { name: Some("Carla Ñ".to_owned()), ..LeadContact::default() };
    // Many at two properties, and others at one of their own: a lead has one visit to each.
    let property = if slot.is_multiple_of(3) { which % 2 } else { which };
    let property_id: Option<PropertyId> = (which % 5 != 4).then(|| format!("P-{property}").parse().unwrap());
    match kind {
        6 => AgentCommand::BlockTime { block: block(which, start), on_overlap: OnOverlap::Keep },
        7 => match slot % 4 {
            0 => AgentCommand::UnblockTime { block_id: block(which, start).block_id },
            1 => AgentCommand::SkipOccurrence { block_id: block_id(which), date: start.date_naive() },
            2 => AgentCommand::MoveOccurrence {
                block_id: block_id(which),
                date: start.date_naive(),
                time: BlockedTime::Between { start, end: start + TimeDelta::minutes(20) },
                on_overlap: OnOverlap::Keep,
            },
            _ => AgentCommand::ChangeBlock {
                block: block(which, start + TimeDelta::minutes(30)),
                on_overlap: OnOverlap::Keep,
            },
        },
        8 | 9 => AgentCommand::HoldSlot(HoldSlot {
            hold_id,
            lead_id,
            appointment_type,
            property_id,
            start,
            expires_at: now + TimeDelta::minutes(200) + TimeDelta::nanoseconds(777),
        }),
        10 => AgentCommand::ReleaseHold { hold_id },
        11..=16 => AgentCommand::BookAppointment(BookAppointment {
            appointment_id: id,
            lead_id: lead_id.clone(),
            appointment_type,
            start,
            agreed_zone: (which % 2 == 1).then_some(Tz::America__Santiago),
            hold_id: (kind == 16).then_some(hold_id),
            property_id,
            location: which.is_multiple_of(3).then(|| personal("Av. Providencia 1234")),
            notes: (which % 3 == 1).then(|| personal("Llamar antes\n«por favor»")),
            lead_contact: which.is_multiple_of(2).then(|| Personal::new(lead_id.clone(), contact)),
            origin: Origin::Chat,
            confirm: which.is_multiple_of(5),
            claim: None,
            offers_alternatives: false,
            force: if kind == 15 { vec![ForcedRule::Past, ForcedRule::OutsideHours] } else { Vec::new() },
        }),
        17 | 18 => AgentCommand::RescheduleAppointment(RescheduleAppointment {
            start: Some(start),
            duration_minutes: (which % 4 == 1).then_some(45),
            keep_confirmed: which % 4 < 2,
            reason: which.is_multiple_of(2).then(|| "Viaje".to_owned()),
            requested_by: which.is_multiple_of(3).then_some(RequestedBy::Lead),
            ..RescheduleAppointment::of(id)
        }),
        19 | 20 => AgentCommand::ConfirmAppointment { appointment_id: id },
        21 => AgentCommand::CompleteAppointment { appointment_id: id },
        22 => {
            let reason = (slot < 20).then(|| "Viaje".to_owned());
            AgentCommand::CancelAppointment { appointment_id: id, reason, requested_by: None }
        }
        _ => busy_command(which, start),
    }
}

fn busy_command(which: u8, start: DateTime<Utc>) -> AgentCommand {
    let busy_id: BusyId = format!("google-{}", which % 3).parse().unwrap();
    let start = start + TimeDelta::nanoseconds(1_234_567);
    AgentCommand::RecordExternalBusy {
        busy_id,
        source: "google".to_owned(),
        start,
        end: start + TimeDelta::hours(2),
    }
}
