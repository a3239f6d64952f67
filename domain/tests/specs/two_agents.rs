//! Two agents, and the steps by which one hands an appointment over to the other.

use availability::Booking;
use chrono::{DateTime, Utc};
use domain::reservation::{Attempt, EXPIRES_AFTER};
use domain::{
    Agent, AgentCommand, AgentRejection, Aggregate, Answer, Command, Decision, InTheWay, NeededTime,
    ReceiveAppointment, Refusal, ReservationOutcome, ReserveTime, Reserved, ReservedTime,
};
use schemas::event::{
    AgentEvent, AgentRegistered, AppointmentBooked, AppointmentHandedOver, AvailabilityRuleAdded,
    ReservationFenced, ReservationReleased, TimeReserved,
};
use schemas::value::{AppointmentReceipt, AppointmentSnapshot, AppointmentStatus, AppointmentTerms};
use schemas::{AppointmentId, CommandId, ReservationId, stream};
use uuid::Uuid;

use crate::given::{Given, When};
use crate::samples::{A, agent, agent_id, booked, monday, nobody, other_agent, profile, reassign_to, rule};

/// The reservation that most specs are about.
pub(crate) const R: ReservationId = reservation_id(1);

/// Reserved without buffers.
pub(crate) const IN_A_SLOT_FOR_ONE: ReservationOutcome = ReservationOutcome::Reserved {
    buffer_before_minutes: 0,
    buffer_after_minutes: 0,
    max_appointments_per_slot: 1,
    forced: Vec::new(),
    meeting_room_url: None,
};

pub(crate) const fn reservation_id(number: u128) -> ReservationId {
    ReservationId::new(Uuid::from_u128(0x70 + number))
}

/// Has A at ten, an hour's visit.
pub(crate) fn giver() -> Given<Agent> {
    agent().and(booked(A, monday("10:00")))
}

/// The agent that takes over, with the same hours.
pub(crate) fn taker() -> Given<Agent> {
    let registered = AgentRegistered { agent_id: other_agent(), profile: profile() };
    (0..5).fold(nobody().numbered_from(1 << 32).and(registered), |given, day| {
        given.and(AvailabilityRuleAdded { rule: rule(u128::from(day), day, "09:00", "18:00") })
    })
}

pub(crate) fn reassign(appointment_id: AppointmentId, reserved: Option<Reserved>) -> AgentCommand {
    reassign_to(appointment_id, other_agent(), reserved)
}

/// What has to be reserved for an appointment.
pub(crate) fn needed(giver: &Given<Agent>, appointment_id: AppointmentId) -> Booking {
    match giver.clone().when(reassign(appointment_id, None)).outcome {
        Err(Refusal::Rejected(AgentRejection::NeedsReservation(needed))) => needed.booking,
        other => panic!("nothing is needed: {other:?}"),
    }
}

/// What an appointment of the giver takes, as it was booked.
pub(crate) fn booking(appointment_id: AppointmentId, start: DateTime<Utc>) -> Booking {
    needed(&agent().and(booked(appointment_id, start)), appointment_id)
}

/// Reserves what an appointment of the giver takes, at 08:00.
pub(crate) fn reserve(reservation_id: ReservationId, booking: Booking) -> ReserveTime {
    ReserveTime {
        reservation_id,
        deciding_stream: stream::agent(&agent_id()),
        expires_at: monday("08:00") + EXPIRES_AFTER,
        needed: NeededTime { present: booking.interval(), booking },
        force: Vec::new(),
    }
}

/// The event of that, in a slot for one.
pub(crate) fn time_reserved(reservation_id: ReservationId, booking: Booking) -> TimeReserved {
    let ReserveTime { deciding_stream, expires_at, .. } = reserve(reservation_id, booking.clone());
    TimeReserved {
        reservation_id,
        deciding_stream,
        expires_at,
        appointment_id: booking.appointment_id,
        lead_id: booking.lead_id,
        appointment_type: booking.appointment_type,
        property_id: booking.property_id,
        start: booking.start,
        end: booking.end,
        buffer_before_minutes: booking.buffer_before_minutes,
        buffer_after_minutes: booking.buffer_after_minutes,
        max_appointments_per_slot: 1,
        forced: Vec::new(),
        meeting_room_url: None,
    }
}

/// Time reserved by a step, as the hand-over names it: reserved at 08:00, in a slot for one.
pub(crate) fn reserved(reservation_id: ReservationId, booking: Booking) -> Reserved {
    let attempt = Attempt { reservation_id, made_at: monday("08:00") };
    let forced = Vec::new();
    let time = ReservedTime { booking, max_appointments_per_slot: 1, forced, meeting_room_url: None };
    Reserved { attempt, time }
}

pub(crate) fn released(reservation_id: ReservationId, appointment_id: AppointmentId) -> ReservationReleased {
    ReservationReleased { reservation_id, appointment_id }
}

pub(crate) fn fence(reservation_id: ReservationId) -> AgentCommand {
    AgentCommand::FenceReservation {
        reservation_id,
        reserved_on: stream::agent(&other_agent()),
        of_command: None,
    }
}

pub(crate) fn fenced(reservation_id: ReservationId) -> ReservationFenced {
    ReservationFenced { reservation_id, reserved_on: stream::agent(&other_agent()) }
}

pub(crate) fn in_the_way(reservation_id: ReservationId, appointment_id: AppointmentId) -> InTheWay {
    InTheWay {
        reservation_id,
        appointment_id,
        deciding_stream: stream::agent(&agent_id()),
        expires_at: monday("08:00") + EXPIRES_AFTER,
    }
}

/// What is remembered of a command on an appointment.
pub(crate) fn receipt_of(agent: &Agent, command_id: CommandId) -> AppointmentReceipt {
    let receipt = agent.receipts().get(command_id).expect("it was carried out");
    let Answer::Appointment(answer) = receipt.answer.clone() else { panic!("not on an appointment") };
    AppointmentReceipt {
        command_id,
        command_digest: receipt.digest.clone(),
        version: receipt.version,
        position: Some(receipt.position),
        recorded_at: receipt.recorded_at,
        agent_id: answer.agent_id,
        status: answer.status,
        start: answer.start,
        end: answer.end,
        sequence: answer.sequence,
        terms: answer.terms,
    }
}

impl When<Agent> {
    /// The hand-over that was decided.
    pub(crate) fn handed_over(&self) -> AppointmentHandedOver {
        match &self.outcome {
            Ok(Decision::Accepted(events)) => match &events[..] {
                [AgentEvent::AppointmentHandedOver(event)] => event.clone(),
                _ => panic!("no hand-over: {events:?}"),
            },
            other => panic!("not accepted: {other:?}"),
        }
    }
}

/// Decides the hand-over: the giver after it, and what the taker has to receive.
pub(crate) fn hand_over(when: When<Agent>, giver: schemas::AgentId) -> (Given<Agent>, ReceiveAppointment) {
    let (handed_over, command_id) = (when.handed_over(), when.command.command_id);
    let after = when.then_accepted().0;
    let receipt = receipt_of(&after.state, command_id);
    (after, ReceiveAppointment { may_repeat: true, from_agent_id: giver, handed_over, receipt })
}

/// All steps, one after the other: the giver and the taker after them.
pub(crate) fn handed_over(
    giver: Given<Agent>,
    taker: Given<Agent>,
    appointment_id: AppointmentId,
) -> (Given<Agent>, Given<Agent>) {
    let booking = needed(&giver, appointment_id);
    let taker = taker.done(AgentCommand::ReserveTime(reserve(R, booking.clone())));
    let when = giver.when(reassign(appointment_id, Some(reserved(R, booking))));
    let (giver, received) = hand_over(when, agent_id());
    (giver, taker.done(AgentCommand::ReceiveAppointment(Box::new(received))))
}

/// The receipt of an appointment that another agent booked so, and handed over to this one by a command, at this version.
pub(crate) fn received_of(
    booked: &AppointmentBooked,
    reservation_id: ReservationId,
    version: u64,
    command: &Command<AgentCommand>,
    now: DateTime<Utc>,
) -> ReceiveAppointment {
    let appointment = AppointmentSnapshot {
        appointment_id: booked.appointment_id,
        lead_id: booked.lead_id.clone(),
        appointment_type: booked.appointment_type.clone(),
        status: AppointmentStatus::Confirmed,
        start: booked.start,
        end: booked.end,
        duration_minutes: booked.duration_minutes,
        local_start: booked.local_start,
        time_zone: booked.time_zone,
        buffer_before_minutes: booked.buffer_before_minutes,
        buffer_after_minutes: booked.buffer_after_minutes,
        max_appointments_per_slot: 1,
        sequence: 1,
        version,
        property_id: booked.property_id.clone(),
        location: None,
        location_source: None,
        notes: None,
        lead_contact: None,
        origin: booked.origin,
        created_at: now,
        updated_at: now,
        confirm_by: None,
    };
    let receipt = AppointmentReceipt {
        command_id: command.command_id,
        command_digest: command.digest.clone(),
        version,
        position: Some(77),
        recorded_at: now,
        agent_id: agent_id(),
        status: appointment.status,
        start: appointment.start,
        end: appointment.end,
        sequence: appointment.sequence,
        terms: AppointmentTerms::of(&appointment, now),
    };
    let to_agent_id = agent_id();
    let handed_over = AppointmentHandedOver {
        reservation_id,
        to_agent_id,
        previous_start: appointment.start,
        previous_end: appointment.end,
        forced: Vec::new(),
        appointment,
        reason: None,
        requested_by: None,
        receipts: Vec::new(),
    };
    ReceiveAppointment { may_repeat: true, from_agent_id: other_agent(), handed_over, receipt }
}
