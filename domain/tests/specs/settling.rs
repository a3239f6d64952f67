//! A refusal that rests on reservations names them: whether they stand has to be found out first.

use availability::{Booking, Reason};
use domain::{
    Agent, AgentCommand, AgentRejection, BookAppointment, InTheWay, Instead, OnOverlap, Overlap, Refusal,
};
use schemas::event::{AppointmentTypeDefined, AvailabilityRuleAdded, TimeBlocked};
use schemas::value::{AppointmentStatus, AppointmentType, AvailabilityRule, NoShowBy};
use schemas::{AppointmentId, ReservationId};

use crate::given::{Given, When};
use crate::samples::{
    A, B, CALL, agent_id, appointment_id, block, block_request, book, booked, call, cancelled, code,
    confirmed, day, hold, hold_id, lead, monday, policy, profile, property, reassign_to, reschedule_in, rule,
    visit,
};
use crate::two_agents::{
    R, booking, giver, handed_over, in_the_way, reassign, released, reservation_id, reserve, taker,
    time_reserved,
};

const R2: ReservationId = reservation_id(2);
const R3: ReservationId = reservation_id(3);

/// A is reserved at ten, B at two.
fn two_reserved() -> Given<Agent> {
    taker()
        .and(time_reserved(R, booking(A, monday("10:00"))))
        .and(time_reserved(R2, booking(B, monday("14:00"))))
}

fn other(start: &str) -> AgentCommand {
    AgentCommand::BookAppointment(BookAppointment {
        lead_id: lead(9),
        ..book(appointment_id(9), monday(start))
    })
}

impl When<Agent> {
    /// It is refused because of these reservations; returns the refusal.
    pub(crate) fn then_needs_settling(&self, expected: &[InTheWay]) -> AgentRejection {
        let Err(Refusal::Rejected(AgentRejection::NeedsSettling { in_the_way, otherwise })) = &self.outcome
        else {
            panic!("nothing to settle: {self:?}")
        };
        assert_eq!(in_the_way, expected);
        assert_eq!(
            AgentRejection::NeedsSettling { in_the_way: in_the_way.clone(), otherwise: otherwise.clone() }
                .to_string(),
            otherwise.to_string()
        );
        (**otherwise).clone()
    }
}

fn reason(rejection: &AgentRejection) -> Reason {
    match rejection {
        AgentRejection::SlotUnavailable { reason, .. } => *reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn whoever_wants_the_time_has_the_one_in_the_way_settled() {
    let given = two_reserved();
    let wanting = [
        other("10:30"),
        AgentCommand::HoldSlot(hold(hold_id(3), lead(9), monday("09:30"))),
        AgentCommand::ReserveTime(reserve(R3, booking(appointment_id(3), monday("10:00")))),
    ];
    for command in wanting {
        let refusal = given.clone().when(command).then_needs_settling(&[in_the_way(R, A)]);
        assert_eq!(reason(&refusal), Reason::AlreadyBooked);
        assert!(refusal.depends_on_office());
    }
    let own = given.clone().and(booked(appointment_id(9), monday("12:00")));
    let (appointment_id, agreed_zone) = (appointment_id(9), None);
    own.when(reschedule_in(appointment_id, monday("13:30"), agreed_zone))
        .then_needs_settling(&[in_the_way(R2, B)]);
    given.clone().and(released(R, A)).when(other("10:30")).then_accepted();
    given.when(other("11:00")).then_accepted();
}

#[test]
fn another_reservation_for_the_same_appointment_is_in_the_way() {
    let moved = AgentCommand::ReserveTime(reserve(R3, booking(A, monday("16:00"))));
    let refusal = two_reserved().when(moved).then_needs_settling(&[in_the_way(R, A)]);
    assert_eq!(refusal, AgentRejection::AttemptOver, "not a reason against the slot");
}

#[test]
fn what_would_be_refused_anyway_is_refused() {
    let lunch = block(&block_request(1, monday("10:30"), monday("11:00")), profile().time_zone);
    let given =
        two_reserved().and(TimeBlocked { block: lunch }).and(booked(appointment_id(7), monday("15:00")));
    for (start, expected) in
        [("10:00", Reason::Blocked), ("20:00", Reason::OutsideHours), ("14:30", Reason::AlreadyBooked)]
    {
        let when = given.clone().when(other(start));
        let Err(Refusal::Rejected(refusal)) = &when.outcome else { panic!("{when:?}") };
        assert_eq!(reason(refusal), expected, "{start}");
    }
}

#[test]
fn both_are_named_if_each_of_them_suffices() {
    let block = block_request(1, monday("10:30"), monday("14:30"));
    let overlap = |appointment_id, start, end| Overlap {
        time_zone: fixtures::ZONE,
        appointment_id,
        start: monday(start),
        end: monday(end),
    };
    let overlaps = vec![overlap(A, "10:00", "11:00"), overlap(B, "14:00", "15:00")];
    let both = [in_the_way(R, A), in_the_way(R2, B)];
    let refusal = two_reserved()
        .when(AgentCommand::BlockTime { block, on_overlap: OnOverlap::Refuse })
        .then_needs_settling(&both);
    assert_eq!(refusal, AgentRejection::BlockOverlapsAppointments(overlaps.clone()));
    let refusal = two_reserved()
        .when(AgentCommand::DeactivateAgent { keep_appointments: false })
        .then_needs_settling(&both);
    assert_eq!(refusal, AgentRejection::AgentHasUpcomingAppointments(overlaps));
    let block = block_request(1, monday("10:30"), monday("12:00"));
    two_reserved()
        .when(AgentCommand::BlockTime { block, on_overlap: OnOverlap::Refuse })
        .then_needs_settling(&[in_the_way(R, A)]);
}

fn call_of(appointment_id: AppointmentId, start: &str) -> Booking {
    let start = monday(start);
    let end = start + chrono::TimeDelta::minutes(30);
    Booking { appointment_type: code(CALL), end, ..booking(appointment_id, start) }
}

/// Neither alone would be too many.
#[test]
fn those_that_are_too_many_together_are_in_the_way() {
    assert_eq!(call().daily_limit, Some(2));
    let later = |reservation_id, booking| schemas::event::TimeReserved {
        expires_at: monday("08:01"),
        ..time_reserved(reservation_id, booking)
    };
    let given = two_reserved()
        .and(later(R3, call_of(appointment_id(3), "11:00")))
        .and(time_reserved(reservation_id(4), call_of(appointment_id(4), "12:00")));
    let call = AgentCommand::BookAppointment(BookAppointment {
        appointment_type: code(CALL),
        lead_id: lead(9),
        ..book(appointment_id(9), monday("16:00"))
    });
    let first = in_the_way(reservation_id(4), appointment_id(4));
    let refusal = given.clone().when(call.clone()).then_needs_settling(&[first]);
    assert_eq!(reason(&refusal), Reason::DailyLimit);
    // One more, which a hand-over may be: any of them may have to go.
    let given = given.and(time_reserved(reservation_id(5), call_of(appointment_id(5), "13:00")));
    let expected = [4, 5].map(|number| in_the_way(reservation_id(number), appointment_id(number)));
    given.when(call).then_needs_settling(&expected);
}

#[test]
fn a_full_slot_may_rest_on_reservations() {
    let rule = AvailabilityRule { max_appointments_per_slot: 2, ..rule(9, 5, "10:00", "13:00") };
    let visit_of = |appointment_id| Booking {
        property_id: Some(property(7)),
        ..booking(appointment_id, day(5, "10:00"))
    };
    let wanted = BookAppointment {
        property_id: Some(property(7)),
        lead_id: lead(9),
        ..book(appointment_id(9), day(5, "10:00"))
    };
    let given = taker()
        .and(AvailabilityRuleAdded { rule })
        .and(time_reserved(R, visit_of(A)))
        .and(time_reserved(R2, visit_of(B)));
    let refusal = given.when(AgentCommand::BookAppointment(wanted)).then_needs_settling(&[in_the_way(R2, B)]);
    assert_eq!(reason(&refusal), Reason::SlotFull);
}

#[test]
fn an_appointment_on_its_way_here_is_settled_before_it_is_not_found() {
    let (appointment_id, agreed_zone) = (A, None);
    let on_it = [
        AgentCommand::ConfirmAppointment { appointment_id },
        reschedule_in(appointment_id, monday("16:00"), agreed_zone),
        reassign_to(appointment_id, agent_id(), None),
        AgentCommand::CancelAppointment { appointment_id, reason: None, requested_by: None },
        AgentCommand::ReleaseUnconfirmed { appointment_id },
        AgentCommand::CompleteAppointment { appointment_id },
        AgentCommand::MarkNoShow { appointment_id, by: NoShowBy::Lead },
    ];
    for command in on_it {
        let refusal = two_reserved().when(command.clone()).then_needs_settling(&[in_the_way(R, A)]);
        assert_eq!(refusal, AgentRejection::AppointmentNotFound);
        two_reserved().and(released(R, A)).when(command).then_refused(AgentRejection::AppointmentNotFound);
    }
    let of_another = AgentCommand::ConfirmAppointment { appointment_id: crate::samples::appointment_id(9) };
    two_reserved().when(of_another).then_refused(AgentRejection::AppointmentNotFound);
}

/// It may have been handed over, and then this is a repetition.
#[test]
fn an_appointment_on_its_way_here_is_not_booked_here() {
    let booking = AgentCommand::BookAppointment(book(A, monday("16:00")));
    let refusal = two_reserved().when(booking.clone()).then_needs_settling(&[in_the_way(R, A)]);
    let expected = AgentRejection::InvalidTransition {
        status: AppointmentStatus::Scheduled,
        wanted: "booked again",
        instead: Instead::Nothing,
    };
    assert_eq!(refusal, expected);
    two_reserved().and(released(R, A)).when(booking.clone()).then_accepted();
    // A booking that was cancelled here is over, whatever is reserved.
    let over = taker()
        .and(booked(B, monday("12:00")))
        .and(cancelled(B))
        .and(time_reserved(R, crate::two_agents::booking(A, monday("10:00"))));
    let status = AppointmentStatus::Cancelled;
    let again = AgentCommand::BookAppointment(book(B, monday("12:00")));
    over.when(again).then_refused(AgentRejection::InvalidTransition {
        status,
        wanted: "booked again",
        instead: Instead::Nothing,
    });
}

#[test]
fn an_appointment_that_was_here_is_found_on_its_way_back() {
    let (giver, _) = handed_over(giver().and(confirmed(A)), taker(), A);
    let cancel = AgentCommand::CancelAppointment { appointment_id: A, reason: None, requested_by: None };
    giver.clone().when(cancel.clone()).then_refused(AgentRejection::AppointmentNotFound);
    let back = giver.and(time_reserved(R2, booking(A, monday("10:00"))));
    back.clone().when(cancel).then_needs_settling(&[in_the_way(R2, A)]);
    back.when(reassign(A, None)).then_needs_settling(&[in_the_way(R2, A)]);
}

#[test]
fn refusals_of_other_kinds_are_not_settled() {
    let given = two_reserved().office(schemas::event::OfficePolicySet {
        policy: schemas::value::OfficePolicy { max_holds_per_lead: 0, ..policy() },
    });
    let held = AgentCommand::HoldSlot(hold(hold_id(3), lead(9), monday("12:00")));
    given.clone().when(held).then_refused(AgentRejection::HoldLimit { max: 0 });
    let unknown =
        BookAppointment { appointment_type: code("tasacion"), ..book(appointment_id(9), monday("10:00")) };
    given
        .clone()
        .when(AgentCommand::BookAppointment(unknown))
        .then_refused(AgentRejection::UnknownAppointmentType(code("tasacion")));
    let longer = AppointmentType { duration_minutes: 600, ..visit() };
    let when = given.office(AppointmentTypeDefined { appointment_type: longer }).when(other("10:00"));
    assert!(matches!(
        when.outcome,
        Err(Refusal::Rejected(AgentRejection::SlotUnavailable { reason: Reason::OutsideHours, .. }))
    ));
}
