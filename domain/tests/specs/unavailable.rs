//! A slot that cannot be booked: the reason and the alternatives.

use availability::Reason;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::America::Santiago;
use domain::{Agent, AgentCommand, AgentRejection, BookAppointment, Refusal, RequestedSlot};
use schemas::event::{
    AppointmentTypeDefined, AvailabilityRuleAdded, ExternalBusyRecorded, OfficeBlocked, OfficePolicySet,
    TimeBlocked,
};
use schemas::value::{AppointmentType, AvailabilityRule, Block, OfficePolicy};

use crate::given::{Given, When};
use crate::samples::{
    A, B, CALL, HOLD, agent, appointment_id, block, block_request, book, booked, busy_id, call, code, day,
    held, hold, hold_id, lead, monday, newcomer, nobody, policy, property, rule, visit,
};

fn book_at(given: Given<Agent>, start: DateTime<Utc>) -> When<Agent> {
    given.when(AgentCommand::BookAppointment(book(A, start)))
}

impl When<Agent> {
    /// What was asked for, as the refusal tells it.
    pub(crate) fn requested(&self) -> &RequestedSlot {
        match &self.outcome {
            Err(Refusal::Rejected(AgentRejection::SlotUnavailable { requested, .. })) => requested,
            _ => panic!("not unavailable: {self:?}"),
        }
    }

    /// The slot is unavailable for this reason; these starts are offered instead, in this order.
    pub(crate) fn then_unavailable(&self, wanted: Reason, starts: &[DateTime<Utc>]) {
        let Err(Refusal::Rejected(AgentRejection::SlotUnavailable { reason, requested, alternatives })) =
            &self.outcome
        else {
            panic!("not unavailable: {self:?}")
        };
        let offered: Vec<_> = alternatives.iter().map(|slot| slot.start).collect();
        assert_eq!((*reason, offered.as_slice()), (wanted, starts));
        let AgentCommand::BookAppointment(asked) = &self.command.body else { panic!("not a booking") };
        assert_eq!(requested.interval.start, asked.start);
        assert!(requested.interval.end > asked.start && requested.moving.is_none());
        assert_eq!(requested.appointment_type, asked.appointment_type);
        for slot in alternatives {
            let instead = BookAppointment { start: slot.start, ..asked.clone() };
            self.given.clone().when(AgentCommand::BookAppointment(instead)).then_accepted();
        }
    }
}

#[test]
fn outside_hours() {
    let morning = [monday("09:00"), monday("09:30"), monday("10:00")];
    book_at(agent().at(monday("07:00")), monday("08:30")).then_unavailable(Reason::OutsideHours, &morning);
    let evening = [monday("17:00"), monday("16:30"), monday("16:00")];
    book_at(agent(), monday("17:30")).then_unavailable(Reason::OutsideHours, &evening);
    let weekend = [day(4, "17:00"), day(4, "16:30"), day(4, "16:00")];
    book_at(agent(), day(5, "10:00")).then_unavailable(Reason::OutsideHours, &weekend);
    book_at(newcomer(), monday("10:00")).then_unavailable(Reason::OutsideHours, &[]);
}

#[test]
fn off_grid() {
    let around = [monday("10:00"), monday("10:30"), monday("09:30")];
    book_at(agent(), monday("10:10")).then_unavailable(Reason::OffGrid, &around);
    let evening = [monday("17:00"), monday("16:30"), monday("16:00")];
    book_at(agent(), monday("17:40")).then_unavailable(Reason::OffGrid, &evening);
}

#[test]
fn blocked() {
    let lunch = block(&block_request(1, monday("13:00"), monday("14:00")), Santiago);
    let around = [monday("12:00"), monday("14:00"), monday("11:30")];
    let by_agent = agent().and(TimeBlocked { block: lunch.clone() });
    book_at(by_agent, monday("13:00")).then_unavailable(Reason::Blocked, &around);
    let christmas = Block { reason: "Navidad".to_owned(), ..lunch.clone() };
    let told = |given: Given<Agent>| {
        let refused = book_at(given, monday("13:00"));
        refused.then_unavailable(Reason::Blocked, &around);
        refused.requested().block_reason.clone()
    };
    let private = Block { reason: "Dentista".to_owned(), ..lunch };
    assert_eq!(told(agent().and(TimeBlocked { block: private })), None, "only what the office blocks");
    assert_eq!(told(agent().office(OfficeBlocked { block: christmas })).as_deref(), Some("Navidad"));
}

#[test]
fn external_busy() {
    let given = agent().and(ExternalBusyRecorded {
        busy_id: busy_id("dentista"),
        source: "google_calendar".to_owned(),
        start: monday("13:15"),
        end: monday("13:20"),
    });
    let around = [monday("13:30"), monday("12:00"), monday("14:00")];
    book_at(given, monday("13:00")).then_unavailable(Reason::ExternalBusy, &around);
}

#[test]
fn already_booked_and_of_two_as_near_the_earlier_first() {
    let given = agent().and(booked(B, monday("10:00")));
    let around = [monday("09:00"), monday("11:00"), monday("11:30")];
    book_at(given.clone(), monday("10:00")).then_unavailable(Reason::AlreadyBooked, &around);
    let before = [monday("09:00"), monday("11:00"), monday("11:30")];
    book_at(given, monday("09:30")).then_unavailable(Reason::AlreadyBooked, &before);
}

#[test]
fn already_booked_too_close_by() {
    let buffered = AppointmentType { buffer_after_minutes: 30, ..visit() };
    let given =
        agent().office(AppointmentTypeDefined { appointment_type: buffered }).and(booked(B, monday("12:00")));
    let around = [monday("10:30"), monday("10:00"), monday("13:00")];
    book_at(given, monday("11:30")).then_unavailable(Reason::AlreadyBooked, &around);
}

#[test]
fn already_booked_elsewhere_with_the_way_between() {
    let far = OfficePolicySet { policy: OfficePolicy { travel_minutes: 45, ..policy() } };
    let given = agent().office(far).and(schemas::event::AppointmentBooked {
        property_id: Some(property(7)),
        ..booked(B, monday("10:00"))
    });
    let at = |number, start| {
        let booking = BookAppointment { property_id: Some(property(number)), ..book(A, monday(start)) };
        given.clone().when(AgentCommand::BookAppointment(booking))
    };
    at(7, "11:00").then_accepted();
    at(8, "12:00").then_accepted();
    let around = [monday("12:00"), monday("12:30"), monday("13:00")];
    at(8, "11:30").then_unavailable(Reason::AlreadyBooked, &around);
}

#[test]
fn held_by_someone_else() {
    let given = agent().and(held(HOLD, lead(2), monday("10:00"), monday("08:10")));
    let around = [monday("09:00"), monday("11:00"), monday("11:30")];
    book_at(given, monday("10:00")).then_unavailable(Reason::Held, &around);
}

#[test]
fn slot_full() {
    let shared = AvailabilityRule { max_appointments_per_slot: 2, ..rule(9, 5, "10:00", "12:00") };
    let given = agent()
        .and(AvailabilityRuleAdded { rule: shared })
        .and(booked(B, day(5, "10:00")))
        .and(booked(appointment_id(3), day(5, "10:00")));
    let around = [day(5, "11:00"), day(4, "17:00"), day(4, "16:30")];
    book_at(given, day(5, "10:00")).then_unavailable(Reason::SlotFull, &around);
}

#[test]
fn too_soon() {
    book_at(agent().at(monday("09:00")), monday("10:00")).then_accepted();
    let just_after = monday("09:00") + TimeDelta::milliseconds(1);
    let later = [monday("10:30"), monday("11:00"), monday("11:30")];
    book_at(agent().at(just_after), monday("10:00")).then_unavailable(Reason::TooSoon, &later);
}

#[test]
fn past_even_without_notice() {
    let given = agent().office(AppointmentTypeDefined {
        appointment_type: AppointmentType { min_notice_minutes: 0, ..visit() },
    });
    book_at(given.clone().at(monday("10:00")), monday("10:00")).then_accepted();
    let later = [monday("10:30"), monday("11:00"), monday("11:30")];
    book_at(given.at(monday("10:01")), monday("10:00")).then_unavailable(Reason::Past, &later);
}

#[test]
fn beyond_horizon() {
    // Thirty days after Monday 14 December is Wednesday 13 January.
    book_at(agent(), day(30, "17:00")).then_accepted();
    let last = [day(30, "17:00"), day(30, "16:30"), day(30, "16:00")];
    let refused = book_at(agent(), day(31, "09:00"));
    refused.then_unavailable(Reason::BeyondHorizon, &last);
    assert_eq!(refused.requested().last_date, chrono::NaiveDate::from_ymd_opt(2027, 1, 13));
    book_at(agent(), day(60, "09:00")).then_unavailable(Reason::BeyondHorizon, &[]);
}

#[test]
fn daily_limit() {
    let at = |id, start| BookAppointment { appointment_type: code(CALL), ..book(id, start) };
    let given = agent()
        .done(AgentCommand::BookAppointment(at(B, monday("10:00"))))
        .done(AgentCommand::BookAppointment(at(appointment_id(3), monday("17:30"))));
    assert_eq!(call().daily_limit, Some(2));
    let tomorrow = [day(1, "09:00"), day(1, "09:30"), day(1, "10:00")];
    given
        .clone()
        .when(AgentCommand::BookAppointment(at(A, monday("16:30"))))
        .then_unavailable(Reason::DailyLimit, &tomorrow);
    given.when(AgentCommand::BookAppointment(book(A, monday("15:00")))).then_accepted();
}

/// Only a refusal that a newer state of the office could turn into an acceptance is decided again.
#[test]
fn a_refusal_says_whether_it_rests_on_the_office() {
    let refused = |given: Given<Agent>, command| match given.when(command).outcome {
        Err(Refusal::Rejected(rejection)) => rejection.depends_on_office(),
        other => panic!("not refused: {other:?}"),
    };
    assert!(refused(newcomer(), AgentCommand::BookAppointment(book(A, monday("10:00")))));
    let unknown = BookAppointment { appointment_type: code("tasacion"), ..book(A, monday("10:00")) };
    assert!(refused(agent(), AgentCommand::BookAppointment(unknown)));
    let hold_slot = |number, start| AgentCommand::HoldSlot(hold(hold_id(number), lead(2), monday(start)));
    let two = agent().done(hold_slot(1, "10:00")).done(hold_slot(2, "12:00"));
    assert!(refused(two, hold_slot(3, "14:00")));
    assert!(!refused(agent(), AgentCommand::ConfirmAppointment { appointment_id: A }));
    assert!(!refused(nobody(), hold_slot(1, "10:00")));
}
