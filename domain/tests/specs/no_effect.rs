//! Commands that change nothing: what they ask for is so already. One that may be sent again is remembered all the same.

use std::collections::HashSet;
use std::mem::discriminant;

use chrono::TimeDelta;
use domain::{
    Agent, AgentCommand, Aggregate, BlockRequest, BlockedTime, Command, Decision, Office, OfficeCommand,
    OnOverlap, ProfileChange,
};
use schemas::event::{
    AgentDeactivated, AgentRegistered, AppointmentTypeRetired, AvailabilityRuleAdded, CommandHadNoEffect,
    DateExceptionSet, ExternalBusyRecorded, OfficeBlocked, OfficePolicySet, OfficeRuleAdded, TimeBlocked,
};
use schemas::value::{DateException, KeptTime, NoShowBy, OfficePolicy, Outcome};
use schemas::{AgentEvent, IfMatch, OfficeEvent};

use crate::commands::examples;
use crate::given::Given;
use crate::samples::{
    A, agent, agent_id, block, block_id, block_request, book, booked, busy_id, cancelled, code, completed,
    confirmed, date, day, monday, no_show, office_events, policy, profile, reassign_to, released_unconfirmed,
    reschedule, rule, visit,
};
use crate::two_agents::{
    R, booking, fence, fenced, giver, hand_over, reassign, reserve, reserved, taker, time_reserved,
};

/// Every command that can find its work done, in a state where it does; and what happens before it is sent again.
#[expect(clippy::too_many_lines, reason = "some lines for each command")]
fn done_already() -> Vec<(Given<Agent>, AgentCommand, AgentEvent)> {
    let weekly: Vec<_> = (0..5).map(|day| rule(u128::from(day), day, "09:00", "18:00")).collect();
    let exception = DateException { date: date("2026-12-24"), intervals: Vec::new() };
    let request = block_request(1, day(1, "13:00"), day(1, "14:00"));
    let blocked = block(&request, profile().time_zone);
    let busy = ExternalBusyRecorded {
        busy_id: busy_id("dentista"),
        source: "google_calendar".to_owned(),
        start: day(2, "09:00"),
        end: day(2, "10:00"),
    };
    let every_day = || BlockRequest {
        recurrence: Some("FREQ=DAILY".to_owned()),
        ..block_request(2, day(1, "13:00"), day(1, "14:00"))
    };
    let daily = || agent().and(TimeBlocked { block: block(&every_day(), profile().time_zone) });
    let has_a = || agent().and(booked(A, monday("10:00")));
    let took_place = || has_a().and(confirmed(A));
    let gone = || AgentEvent::from(AgentDeactivated { agent_id: agent_id() });
    let more_hours = || AgentEvent::from(AvailabilityRuleAdded { rule: rule(9, 5, "10:00", "12:00") });
    let at_ten = booking(A, monday("10:00"));
    let ten_is_reserved = time_reserved(R, at_ten.clone());
    let handing_over = giver().when(reassign(A, Some(reserved(R, booking(A, monday("10:00"))))));
    let received = hand_over(handing_over, agent_id()).1;
    let to_itself = reassign_to(A, agent_id(), None);
    vec![
        (agent(), AgentCommand::UpdateAgentProfile { agent_id: agent_id(), profile: profile() }, gone()),
        (agent(), AgentCommand::ChangeAgentProfile { change: ProfileChange::default() }, gone()),
        (
            agent().and(gone()),
            AgentCommand::DeactivateAgent { keep_appointments: false },
            AgentRegistered { agent_id: agent_id(), profile: profile() }.into(),
        ),
        (
            agent(),
            AgentCommand::AddAvailabilityRule { rule: rule(8, 0, "09:00", "18:00") },
            AvailabilityRuleAdded { rule: rule(9, 0, "09:00", "18:00") }.into(),
        ),
        (agent(), AgentCommand::ReplaceWeeklyHours { rules: weekly }, more_hours()),
        (
            agent().and(DateExceptionSet { exception: exception.clone() }),
            AgentCommand::SetDateException { exception },
            gone(),
        ),
        (
            agent().and(TimeBlocked { block: blocked }),
            AgentCommand::BlockTime { block: request, on_overlap: OnOverlap::Refuse },
            schemas::event::TimeUnblocked { block_id: block_id(1), date: None }.into(),
        ),
        (
            daily(),
            AgentCommand::ChangeBlock { block: every_day(), on_overlap: OnOverlap::Refuse },
            schemas::event::TimeUnblocked { block_id: block_id(2), date: Some(date("2026-12-16")) }.into(),
        ),
        (
            daily(),
            AgentCommand::MoveOccurrence {
                block_id: block_id(2),
                date: date("2026-12-16"),
                time: BlockedTime::Between { start: day(2, "13:00"), end: day(2, "14:00") },
                on_overlap: OnOverlap::Refuse,
            },
            schemas::event::TimeUnblocked { block_id: block_id(2), date: Some(date("2026-12-16")) }.into(),
        ),
        (
            daily()
                .and(schemas::event::TimeUnblocked { block_id: block_id(2), date: Some(date("2026-12-16")) }),
            AgentCommand::SkipOccurrence { block_id: block_id(2), date: date("2026-12-16") },
            gone(),
        ),
        (has_a(), AgentCommand::BookAppointment(book(A, monday("10:00"))), confirmed(A).into()),
        (took_place(), AgentCommand::ConfirmAppointment { appointment_id: A }, cancelled(A).into()),
        (has_a(), reschedule(A, monday("10:00")), fixtures::rescheduled(A, monday("15:00"), 60).into()),
        (has_a(), to_itself, cancelled(A).into()),
        (
            has_a().and(cancelled(A)),
            AgentCommand::CancelAppointment { appointment_id: A, reason: None, requested_by: None },
            gone(),
        ),
        (
            has_a().and(released_unconfirmed(A)),
            AgentCommand::ReleaseUnconfirmed { appointment_id: A },
            gone(),
        ),
        (took_place().and(completed(A)), AgentCommand::CompleteAppointment { appointment_id: A }, gone()),
        (
            took_place().and(no_show(A)),
            AgentCommand::MarkNoShow { appointment_id: A, by: NoShowBy::Lead },
            gone(),
        ),
        (
            agent().and(busy.clone()),
            AgentCommand::RecordExternalBusy {
                busy_id: busy.busy_id,
                source: busy.source,
                start: busy.start,
                end: busy.end,
            },
            gone(),
        ),
        (
            agent().and(ten_is_reserved),
            AgentCommand::ReserveTime(reserve(R, at_ten)),
            crate::two_agents::released(R, A).into(),
        ),
        (agent(), AgentCommand::ReleaseReservation { reservation_id: R }, fenced(R).into()),
        (agent().and(fenced(R)), fence(R), gone()),
        (
            taker(),
            AgentCommand::ReceiveAppointment(Box::new(received)),
            time_reserved(R, booking(A, monday("10:00"))).into(),
        ),
    ]
}

/// The same of what is recorded, taken back or noted later on.
fn done_already_later() -> Vec<(Given<Agent>, AgentCommand, AgentEvent)> {
    let has_a = || agent().and(booked(A, monday("10:00")));
    let gone = || AgentEvent::from(AgentDeactivated { agent_id: agent_id() });
    vec![
        (
            has_a().and(completed(A)),
            AgentCommand::CorrectOutcome {
                appointment_id: A,
                outcome: Outcome::Completed,
                by: NoShowBy::Lead,
            },
            gone(),
        ),
        (
            has_a(),
            AgentCommand::ReinstateAppointment { appointment_id: A, reason: None, requested_by: None },
            cancelled(A).into(),
        ),
        (
            has_a(),
            AgentCommand::SettleConflict { appointment_id: A, keep: KeptTime::WallTime },
            cancelled(A).into(),
        ),
        (
            has_a(),
            AgentCommand::ChangeAppointmentDetails { appointment_id: A, change: Box::default() },
            cancelled(A).into(),
        ),
    ]
}

/// The same of the office.
fn done_already_by_the_office() -> Vec<(Given<Office>, OfficeCommand, OfficeEvent)> {
    let request = block_request(1, monday("00:00"), monday("12:00"));
    let office = || Given::office_of(office_events(), monday("08:00"));
    let in_easter = OfficePolicy { time_zone: chrono_tz::Pacific::Easter, ..policy() };
    let nine_to_six = OfficeRuleAdded { rule: rule(1, 0, "09:00", "18:00") };
    vec![
        (
            office(),
            OfficeCommand::SetOfficePolicy { policy: policy() },
            OfficePolicySet { policy: in_easter }.into(),
        ),
        (
            office(),
            OfficeCommand::DefineAppointmentType { appointment_type: visit() },
            AppointmentTypeRetired { code: code(crate::samples::VISIT) }.into(),
        ),
        (
            office().and(nine_to_six.clone()),
            OfficeCommand::AddOfficeRule { rule: rule(2, 0, "09:00", "18:00") },
            OfficeRuleAdded { rule: rule(3, 0, "09:00", "18:00") }.into(),
        ),
        (
            office().and(nine_to_six.clone()),
            OfficeCommand::ReplaceOfficeHours { rules: vec![nine_to_six.rule] },
            OfficeRuleAdded { rule: rule(3, 5, "10:00", "12:00") }.into(),
        ),
        (
            office().and(OfficeBlocked { block: block(&request, policy().time_zone) }),
            OfficeCommand::BlockOffice { block: request },
            schemas::event::OfficeUnblocked { block_id: block_id(1), date: None }.into(),
        ),
    ]
}

/// Checks both: a command that may be repeated, and one that may not.
fn check<T>(given: &Given<T>, body: &T::Command, meanwhile: T::Event)
where
    T: Aggregate + Clone,
    T::Event: PartialEq,
    T::Context: Sized + Clone + std::fmt::Debug,
{
    let once = given.clone().when(body.clone());
    let id = once.command.command_id;
    let Ok(Decision::Unchanged { answer, version }) = once.outcome.clone() else { panic!("{once:?}") };
    let once = once.then_nothing(answer.clone());
    assert_eq!((once.state.receipts().get(id), &once.state), (None, &given.state));

    let (mut given, before) = (given.clone(), given.state.version_of(body));
    let command = Command { may_repeat: true, ..given.command(body.clone()) };
    let event =
        CommandHadNoEffect { answer: serde_json::to_value(&answer).expect("an answer is JSON"), version };
    let when = given.when_sent(command.clone());
    assert_eq!(when.outcome, Ok(Decision::Accepted(Vec::from_iter(T::no_effect(event)))), "{body:?}");
    let (given, first) = when.then_accepted();
    assert_eq!(first, answer, "{body:?}");
    assert_eq!(given.state.version_of(body), before, "it is no change: {body:?}");
    assert_eq!(given.state.answer_unchanged(body), answer, "{body:?}");

    // Whatever happens since, and whatever version its sender expects now.
    let given = given.and(meanwhile);
    let again = Command { if_match: Some(IfMatch::version(77)), ..command };
    let again = given.clone().at(given.now + TimeDelta::hours(1)).when_sent(again);
    let Ok(Decision::Repeated(receipt)) = again.outcome else { panic!("{again:?}") };
    assert_eq!((receipt.answer, receipt.version), (answer, version), "{body:?}");
    let snapshot = serde_json::to_vec(&given.state).expect("a state can be written");
    assert_eq!(serde_json::from_slice::<T>(&snapshot).expect("a state can be read"), given.state);
}

/// The others are refused, or make something new each time.
#[test]
fn those_are_all_commands_that_can_find_their_work_done() {
    let kinds: HashSet<_> =
        done_already().iter().chain(&done_already_later()).map(|(_, body, _)| discriminant(body)).collect();
    let always_do_something = examples().into_iter().filter(|(_, body)| !kinds.contains(&discriminant(body)));
    for (given, body) in always_do_something {
        let again = given.done(body.clone()).when(body);
        assert!(!matches!(again.outcome, Ok(Decision::Unchanged { .. })), "{again:?}");
    }
}

#[test]
fn what_an_agent_has_done_already_is_answered_the_same_for_ever() {
    for (given, body, meanwhile) in done_already().into_iter().chain(done_already_later()) {
        check(&given.at(monday("10:00")), &body, meanwhile);
    }
}

#[test]
fn what_the_office_has_done_already_is_answered_the_same_for_ever() {
    for (given, body, meanwhile) in done_already_by_the_office() {
        check(&given, &body, meanwhile);
    }
}

#[test]
fn what_has_to_be_done_is_done_whether_or_not_it_may_be_repeated() {
    for may_repeat in [false, true] {
        let mut given = agent().and(booked(A, monday("10:00")));
        let confirm = given.command(AgentCommand::ConfirmAppointment { appointment_id: A });
        given.when_sent(Command { may_repeat, ..confirm }).then([confirmed(A)]);
    }
}
