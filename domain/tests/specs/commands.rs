//! One example of every command, and properties that hold for all of them.

use std::collections::HashSet;

use chrono::TimeDelta;
use domain::reservation::Attempt;
use domain::{
    Agent, AgentCommand, AgentRejection, Aggregate, BlockRequest, BlockedTime, Decision, DetailsChange,
    OnOverlap, ProfileChange, ReceiveAppointment, Refusal, Reserved,
};
use proptest::prelude::*;
use schemas::AppointmentId;
use schemas::event::{
    AgentDeactivated, AgentRegistered, AppointmentBooked, DateExceptionSet, ExternalBusyRecorded, TimeBlocked,
};
use schemas::value::{AgentProfile, DateException, KeptTime, NoShowBy, Outcome};

use crate::given::Given;
use crate::samples::{
    A, B, HOLD, agent, agent_id, appointment_id, block, block_id, block_request, book, booked, busy_id,
    cancelled, completed, confirmed, date, day, held, hold, hold_id, lead, monday, nobody, other_agent,
    profile, reassign_to, reschedule, rule, rule_id,
};
use crate::two_agents::{
    R, booking, fence, hand_over, reassign, reservation_id, reserve, reserved, time_reserved,
};

/// How many commands there are; a new one has to be added to [`examples`].
const COMMANDS: usize = 34;

/// An agent with something to do for every command: A is confirmed and begins at 09:00, B is scheduled for 12:00, and was
/// to be confirmed by now; one has taken place, and one at 10:00 was cancelled. For one of another agent's, 17:00 is
/// reserved.
fn busy_agent() -> Given<Agent> {
    let lunch = block(&block_request(1, day(1, "13:00"), day(1, "14:00")), profile().time_zone);
    let every_week = BlockRequest {
        recurrence: Some("FREQ=WEEKLY".to_owned()),
        ..block_request(3, day(3, "16:00"), day(3, "17:00"))
    };
    let weekly = block(&every_week, profile().time_zone);
    agent()
        .and(booked(A, monday("09:00")))
        .and(confirmed(A))
        .and(booked(OVER, monday("08:00")))
        .and(completed(OVER))
        .and(booked(GONE, monday("10:00")))
        .and(cancelled(GONE))
        .and(AppointmentBooked { confirm_by: Some(monday("09:00")), ..booked(B, monday("12:00")) })
        .and(held(HOLD, lead(2), monday("15:00"), monday("09:10")))
        .and(TimeBlocked { block: lunch })
        .and(TimeBlocked { block: weekly })
        .and(DateExceptionSet {
            exception: DateException { date: date("2026-12-24"), intervals: Vec::new() },
        })
        .and(ExternalBusyRecorded {
            busy_id: busy_id("dentista"),
            source: "google_calendar".to_owned(),
            start: day(2, "09:00"),
            end: day(2, "10:00"),
        })
        .and(AppointmentBooked {
            local_start: day(2, "11:00").naive_utc(),
            ..booked(AGREED_ELSE, day(2, "11:00"))
        })
        .and(time_reserved(R, booking(ON_ITS_WAY, monday("17:00"))))
        .at(monday("09:00"))
}

const OVER: AppointmentId = AppointmentId::new(uuid::Uuid::from_u128(0xad));
const GONE: AppointmentId = AppointmentId::new(uuid::Uuid::from_u128(0xae));
/// Agreed on as a time that clocks do not show then.
const AGREED_ELSE: AppointmentId = AppointmentId::new(uuid::Uuid::from_u128(0xab));
const ON_ITS_WAY: AppointmentId = AppointmentId::new(uuid::Uuid::from_u128(0xac));

/// The hand-over to this agent for which 17:00 is reserved.
fn handed_over_here() -> ReceiveAppointment {
    let giver = nobody()
        .numbered_from(1 << 32)
        .and(AgentRegistered { agent_id: other_agent(), profile: profile() })
        .and(booked(ON_ITS_WAY, monday("17:00")));
    let here = reassign_to(ON_ITS_WAY, agent_id(), Some(reserved(R, booking(ON_ITS_WAY, monday("17:00")))));
    hand_over(giver.when(here), other_agent()).1
}

/// Every command, in a state that accepts it.
pub(crate) fn examples() -> Vec<(Given<Agent>, AgentCommand)> {
    let hold = domain::HoldSlot { expires_at: monday("09:10"), ..hold(hold_id(7), lead(3), monday("16:00")) };
    let moved = reschedule(B, monday("11:00"));
    let made_at = monday("09:00");
    let attempt = reserved(reservation_id(2), booking(B, monday("12:00")));
    let attempt = Reserved { attempt: Attempt { made_at, ..attempt.attempt }, ..attempt };
    let on_busy = [
        AgentCommand::UpdateAgentProfile {
            agent_id: agent_id(),
            profile: AgentProfile { name: "Catalina Reyes".to_owned(), ..profile() },
        },
        AgentCommand::ChangeAgentProfile {
            change: ProfileChange { name: Some("Catalina Reyes".to_owned()), ..ProfileChange::default() },
        },
        AgentCommand::DeactivateAgent { keep_appointments: true },
        AgentCommand::AddAvailabilityRule { rule: rule(8, 5, "10:00", "14:00") },
        AgentCommand::RemoveAvailabilityRule { rule_id: rule_id(4) },
        AgentCommand::ReplaceWeeklyHours {
            rules: vec![rule(8, 5, "10:00", "14:00"), rule(9, 6, "10:00", "14:00")],
        },
        AgentCommand::SetDateException {
            exception: DateException { date: date("2026-12-31"), intervals: Vec::new() },
        },
        AgentCommand::RemoveDateException { date: date("2026-12-24") },
        AgentCommand::BlockTime {
            block: block_request(2, day(3, "13:00"), day(3, "14:00")),
            on_overlap: OnOverlap::Refuse,
        },
        AgentCommand::ChangeBlock {
            block: block_request(1, day(1, "12:30"), day(1, "14:00")),
            on_overlap: OnOverlap::Refuse,
        },
        AgentCommand::UnblockTime { block_id: block_id(1) },
        AgentCommand::MoveOccurrence {
            block_id: block_id(3),
            date: date("2026-12-24"),
            time: BlockedTime::Between { start: day(10, "17:00"), end: day(10, "18:00") },
            on_overlap: OnOverlap::Refuse,
        },
        AgentCommand::SkipOccurrence { block_id: block_id(3), date: date("2026-12-24") },
        AgentCommand::HoldSlot(hold),
        AgentCommand::ReleaseHold { hold_id: HOLD },
        AgentCommand::BookAppointment(book(appointment_id(7), monday("16:00"))),
        AgentCommand::ConfirmAppointment { appointment_id: B },
        moved,
        reassign(B, Some(attempt)),
        AgentCommand::ReserveTime(reserve(reservation_id(2), booking(appointment_id(8), monday("11:00")))),
        AgentCommand::ReceiveAppointment(Box::new(handed_over_here())),
        AgentCommand::ReleaseReservation { reservation_id: R },
        fence(reservation_id(3)),
        AgentCommand::CancelAppointment {
            appointment_id: B,
            reason: Some("Se arrendó".to_owned()),
            requested_by: None,
        },
        AgentCommand::ReleaseUnconfirmed { appointment_id: B },
        AgentCommand::CompleteAppointment { appointment_id: A },
        AgentCommand::MarkNoShow { appointment_id: A, by: NoShowBy::Occupant },
        AgentCommand::CorrectOutcome { appointment_id: OVER, outcome: Outcome::NoShow, by: NoShowBy::Agent },
        AgentCommand::ReinstateAppointment { appointment_id: GONE, reason: None, requested_by: None },
        AgentCommand::SettleConflict { appointment_id: AGREED_ELSE, keep: KeptTime::Instant },
        AgentCommand::ChangeAppointmentDetails {
            appointment_id: B,
            change: Box::new(DetailsChange {
                notes: Some(Some("Viene con su madre".to_owned())),
                ..DetailsChange::default()
            }),
        },
        AgentCommand::RecordExternalBusy {
            busy_id: busy_id("reunion"),
            source: "google_calendar".to_owned(),
            start: day(3, "09:00"),
            end: day(3, "10:00"),
        },
        AgentCommand::RemoveExternalBusy { busy_id: busy_id("dentista") },
    ];
    let register = AgentCommand::RegisterAgent { agent_id: agent_id(), profile: profile() };
    std::iter::once((nobody(), register))
        .chain(on_busy.into_iter().map(|command| (busy_agent(), command)))
        .collect()
}

#[test]
fn there_is_an_example_of_every_command() {
    let kinds: HashSet<_> = examples().iter().map(|(_, command)| command.name()).collect();
    assert_eq!((kinds.len(), examples().len()), (COMMANDS, COMMANDS));
}

#[test]
fn every_command_is_accepted_once_and_repeated_after_that() {
    for (given, command) in examples() {
        given.when(command).then_accepted();
    }
}

/// Half of a change is never read: what one command does is one event.
#[test]
fn every_command_is_one_event() {
    for (given, command) in examples() {
        let when = given.when(command);
        let Ok(Decision::Accepted(events)) = &when.outcome else { panic!("{when:?}") };
        assert_eq!(events.len(), 1, "{events:?}");
    }
}

#[test]
fn nothing_but_registration_works_on_an_unknown_agent() {
    for (_, command) in examples() {
        let when = nobody().when(command);
        match &when.command.body {
            // Anything can be ruled out, even what nobody will decide.
            AgentCommand::RegisterAgent { .. }
            | AgentCommand::UpdateAgentProfile { .. }
            | AgentCommand::FenceReservation { .. } => {
                when.then_accepted();
            }
            // What nobody has reserved is neither received nor released.
            AgentCommand::ReceiveAppointment(_) | AgentCommand::ReleaseReservation { .. } => {
                assert!(matches!(when.outcome, Ok(Decision::Unchanged { .. })), "{when:?}");
            }
            _ => {
                when.then_refused(AgentRejection::UnknownAgent);
            }
        }
    }
}

#[test]
fn an_inactive_agent_takes_nothing_new_and_lets_everything_else_end() {
    for (given, command) in examples().into_iter().skip(1) {
        let when = given.and(AgentDeactivated { agent_id: agent_id() }).when(command);
        match &when.command.body {
            AgentCommand::ChangeAgentProfile { .. }
            | AgentCommand::HoldSlot(_)
            | AgentCommand::BookAppointment(_)
            | AgentCommand::ReinstateAppointment { .. }
            | AgentCommand::ReserveTime(_) => {
                when.then_refused(AgentRejection::AgentInactive);
            }
            AgentCommand::RescheduleAppointment(moved) if !moved.is_reassignment() => {
                when.then_refused(AgentRejection::AgentInactive);
            }
            AgentCommand::DeactivateAgent { .. } => {
                assert!(matches!(when.outcome, Ok(Decision::Unchanged { .. })));
            }
            _ => {
                when.then_accepted();
            }
        }
    }
}

proptest! {
    /// A repetition gets the first answer, however much later, whatever happened in between and whatever version it
    /// expects.
    #[test]
    fn a_repeated_command_changes_nothing(
        example in 0..COMMANDS,
        later_seconds in -60..domain::RECEIPT_RETENTION_DAYS * 86_400,
        if_match in proptest::option::of((0..20_u64).prop_map(schemas::IfMatch::version)),
        meanwhile in 0..COMMANDS,
    ) {
        let (given, body) = examples().swap_remove(example);
        let when = given.when(body);
        let command = when.command.clone();
        let (given, first) = when.then_accepted();
        let other = given.clone().when(examples().swap_remove(meanwhile).1);
        let given = match other.outcome {
            Ok(Decision::Accepted(_)) => other.then_accepted().0,
            _ => given,
        };
        let again = domain::Command { if_match, ..command };
        let now = given.now + TimeDelta::seconds(later_seconds);
        let repeated = given.at(now).when_sent(again);
        let Ok(Decision::Repeated(receipt)) = repeated.outcome else {
            return Err(TestCaseError::fail(format!("{repeated:?}")));
        };
        prop_assert_eq!(receipt.answer, first);
    }

    /// A refused command that is sent again is decided as if for the first time.
    #[test]
    fn a_refused_command_leaves_no_trace(example in 1..COMMANDS) {
        let (mut given, body) = examples().swap_remove(example);
        let refused = nobody().when_sent(given.command(body));
        prop_assume!(matches!(refused.outcome, Err(Refusal::Rejected(_))));
        prop_assert_eq!(refused.given.state.receipts().get(refused.command.command_id), None);
        given.when_sent(refused.command.clone()).then_accepted();
    }
}
