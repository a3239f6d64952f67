use availability::{SlotQuery, slots};
use domain::{
    Agent, AgentCommand, Aggregate, BlockRequest, BookAppointment, Command, Fact, HoldSlot, Office,
    OfficeCommand, OnOverlap,
};
use fixtures::{CALL, VISIT};
use proptest::prelude::*;
use schemas::value::{AvailabilityRule, DateException, OfficePolicy};
use schemas::{Actor, ActorKind, AgentId, AppointmentId, BlockId, CommandId, HoldId, Origin};
use uuid::Uuid;

use super::*;
use crate::sample::{Log, begin};
use crate::{Event, MemoryReadModel};

/// How long `domain` keeps what is over; it has no use for last month.
const DOMAIN_KEEPS: TimeDelta = TimeDelta::days(3);

/// What may be asked next, with how many hours after the last command.
fn commands() -> impl Strategy<Value = Vec<(u8, u8, u8, u16)>> {
    prop::collection::vec((0_u8..15, 0_u8..6, 0_u8..30, prop_oneof![9 => 0_u16..6, 1 => 0_u16..2_500]), 1..80)
}

fn profile(inherits_office_hours: bool, time_zone: chrono_tz::Tz) -> AgentProfile {
    AgentProfile { time_zone, inherits_office_hours, ..fixtures::profile("Ana") }
}

fn rule(number: u8, from: &str, until: &str) -> AvailabilityRule {
    AvailabilityRule {
        max_appointments_per_slot: 2,
        ..fixtures::rule(number.into(), number % 7, from, until)
    }
}

fn block(which: u8, start: DateTime<Utc>) -> BlockRequest {
    BlockRequest {
        block_id: BlockId::new(Uuid::from_u128(which.into())),
        start,
        end: start + TimeDelta::hours(1),
        reason: "Almuerzo".to_owned(),
        recurrence: which.is_multiple_of(2).then(|| "FREQ=WEEKLY".to_owned()),
    }
}

fn agent_command(kind: u8, which: u8, slot: u8, now: DateTime<Utc>) -> AgentCommand {
    let agent_id: AgentId = "7".parse().unwrap();
    let appointment_id = AppointmentId::new(Uuid::from_u128(which.into()));
    let hold_id = HoldId::new(Uuid::from_u128(which.into()));
    let midnight = now.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
    let start = midnight
        + TimeDelta::hours(i64::from(slot / 10 * 24))
        + TimeDelta::minutes(i64::from(slot % 10) * 30 + 720);
    match kind {
        0 => AgentCommand::UpdateAgentProfile {
            agent_id,
            profile: profile(
                which.is_multiple_of(2),
                if which == 3 { chrono_tz::UTC } else { chrono_tz::America::Santiago },
            ),
        },
        1 => AgentCommand::DeactivateAgent { keep_appointments: true },
        2 => AgentCommand::AddAvailabilityRule { rule: rule(which, "08:00", "18:00") },
        3 => AgentCommand::RemoveAvailabilityRule { rule_id: rule(which, "08:00", "18:00").rule_id },
        4 => AgentCommand::SetDateException {
            exception: DateException { date: start.date_naive(), intervals: Vec::new() },
        },
        5 => AgentCommand::RemoveDateException { date: start.date_naive() },
        6 => AgentCommand::BlockTime { block: block(which, start), on_overlap: OnOverlap::Keep },
        7 => AgentCommand::UnblockTime { block_id: block(which, start).block_id },
        8 => AgentCommand::HoldSlot(HoldSlot {
            hold_id,
            lead_id: "55".parse().unwrap(),
            appointment_type: VISIT.parse().unwrap(),
            property_id: Some("P-1".parse().unwrap()),
            start,
            expires_at: now + TimeDelta::hours(20),
        }),
        9 => AgentCommand::ReleaseHold { hold_id },
        10 | 11 => AgentCommand::BookAppointment(BookAppointment {
            appointment_id,
            lead_id: "55".parse().unwrap(),
            appointment_type: VISIT.parse().unwrap(),
            start,
            agreed_zone: None,
            hold_id: (kind == 11).then_some(hold_id),
            property_id: Some("P-1".parse().unwrap()),
            location: None,
            notes: None,
            lead_contact: None,
            origin: Origin::Chat,
            taken_over: None,
        }),
        12 => AgentCommand::RescheduleAppointment { appointment_id, start, agreed_zone: None },
        13 if slot < 10 => AgentCommand::ConfirmAppointment { appointment_id },
        13 if slot < 15 => AgentCommand::CompleteAppointment { appointment_id },
        13 if slot < 25 => AgentCommand::CancelAppointment { appointment_id, reason: None },
        13 => AgentCommand::ReassignAppointment { appointment_id, to_agent_id: "8".parse().unwrap() },
        _ => AgentCommand::RecordExternalBusy {
            busy_id: "google-1".parse().unwrap(),
            source: "google".to_owned(),
            start,
            end: start + TimeDelta::hours(2),
        },
    }
}

fn office_command(number: u8) -> OfficeCommand {
    match number {
        0 => OfficeCommand::SetOfficePolicy {
            policy: OfficePolicy {
                time_zone: chrono_tz::America::Punta_Arenas,
                travel_minutes: 15,
                ..fixtures::policy()
            },
        },
        1 | 2 => OfficeCommand::DefineAppointmentType {
            appointment_type: fixtures::appointment_type(if number == 1 { VISIT } else { CALL }, 30),
        },
        3 => OfficeCommand::RetireAppointmentType { code: CALL.parse().unwrap() },
        4 => OfficeCommand::BlockOffice { block: block(0, begin()) },
        5 => OfficeCommand::BlockOffice { block: block(1, begin()) },
        6 => OfficeCommand::UnblockOffice { block_id: block(0, begin()).block_id },
        14 => OfficeCommand::RemoveOfficeRule { rule_id: rule(13, "09:00", "20:00").rule_id },
        _ => OfficeCommand::AddOfficeRule { rule: rule(number, "09:00", "20:00") },
    }
}

/// Decides commands and projects what was decided, as the two sides of Citas do.
#[derive(Default)]
struct BothSides {
    log: Log,
    read_model: MemoryReadModel,
    agent: Agent,
    office: Office,
    last_recorded_at: DateTime<Utc>,
}

impl BothSides {
    fn command<C>(&self, body: C) -> Command<C> {
        Command {
            command_id: CommandId::new(Uuid::from_u128(self.read_model.position().into())),
            digest: String::new(),
            actor: Actor { kind: ActorKind::Chat, id: "chat-1".to_owned() },
            origin: Origin::Chat,
            if_match: None,
            body,
        }
    }

    fn project(&mut self, event: Event, now: DateTime<Utc>) -> Fact {
        let stream = match &event {
            Event::Agent(agent_id, _) => Some(agent_id.clone()),
            Event::Office(_) => None,
        };
        self.log.append_at(stream, event, now);
        let stored = self.log.events.last().unwrap();
        self.read_model.apply([stored.clone()]).unwrap();
        self.last_recorded_at = now;
        Fact::new(stored.revision, stored.position, &stored.metadata)
    }

    fn ask_agent(&mut self, body: AgentCommand, now: DateTime<Utc>) -> usize {
        let decided = self.agent.decide(&self.command(body), &self.office, now).unwrap_or_default();
        for event in &decided {
            let fact = self.project(Event::Agent("7".parse().unwrap(), event.clone()), now);
            self.agent.evolve(event, &fact);
        }
        decided.len()
    }

    fn ask_office(&mut self, body: OfficeCommand, now: DateTime<Utc>) {
        for event in self.office.decide(&self.command(body), &(), now).unwrap() {
            let fact = self.project(Event::Office(event.clone()), now);
            self.office.evolve(&event, &fact);
        }
    }
}

proptest! {
    #[test]
    fn what_is_offered_and_what_is_decided_on_are_the_same_calendar(commands in commands()) {
        let mut sides = BothSides::default();
        let mut now = begin();
        for number in 0..15 {
            sides.ask_office(office_command(number), now);
        }
        let registered = AgentCommand::RegisterAgent {
            agent_id: "7".parse().unwrap(),
            profile: profile(true, chrono_tz::America::Santiago),
        };
        sides.ask_agent(registered, now);
        for (kind, which, slot, hours) in commands {
            now += TimeDelta::hours(hours.into());
            sides.ask_agent(agent_command(kind, which, slot, now), now);
            let (mut agent, office) = sides.read_model.calendars(&"7".parse().unwrap());
            for kind in office.types() {
                let query = SlotQuery {
                    appointment_type: &kind.code,
                    from: now,
                    to: now + TimeDelta::days(20),
                    property_id: None,
                    lead_id: None,
                    limit: 1_000,
                };
                let exact = if sides.agent.is_active() { slots(&agent, &office, &query, now) } else { Vec::new() };
                prop_assert_eq!(sides.read_model.indexed_slots(&"7".parse().unwrap(), &query, now), exact);
            }
            agent.drop_before(sides.last_recorded_at - DOMAIN_KEEPS);
            prop_assert_eq!(&agent, sides.agent.calendar());
            prop_assert_eq!(&office, sides.office.calendar());
        }
    }
}

#[test]
fn an_appointment_moved_long_after_it_was_over_takes_its_new_time() {
    let mut sides = BothSides::default();
    for number in 0..15 {
        sides.ask_office(office_command(number), begin());
    }
    let registered = AgentCommand::RegisterAgent {
        agent_id: "7".parse().unwrap(),
        profile: profile(true, chrono_tz::America::Santiago),
    };
    sides.ask_agent(registered, begin());
    assert_eq!(sides.ask_agent(agent_command(10, 1, 11, begin()), begin()), 1);
    let much_later = begin() + TimeDelta::days(100);
    assert_eq!(sides.ask_agent(agent_command(2, 1, 0, much_later), much_later), 1);
    assert_eq!(sides.ask_agent(agent_command(12, 1, 11, much_later), much_later), 1);
    let (agent, _) = sides.read_model.calendars(&"7".parse().unwrap());
    let moved = agent.find_booking(AppointmentId::new(Uuid::from_u128(1))).unwrap();
    assert!(much_later < moved.start);
}
