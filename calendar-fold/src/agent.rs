//! Folds an agent's events into a calendar.

use availability::{AgentCalendar, Booking, ExternalBusy, Hold};
use chrono::{DateTime, Utc};
use schemas::event::{AgentProfileUpdated, AgentRegistered, TimeReserved};
use schemas::value::{AgentProfile, AppointmentSnapshot};
use schemas::{AgentEvent, AgentId, AppointmentTypeCode, HoldId, LeadId, PropertyId};

use crate::Foldable;

/// The details of an appointment that later events do not repeat.
#[derive(Debug, Clone, Copy)]
pub struct AppointmentDetails<'a> {
    /// The lead it is with.
    pub lead_id: &'a LeadId,
    /// Its type.
    pub appointment_type: &'a AppointmentTypeCode,
    /// The property it is about.
    pub property_id: Option<&'a PropertyId>,
}

/// Folds one event of an agent into the calendar, and drops entries that ended by `forget_before`.
///
/// `appointment` is the one that the event is about, if this agent has it.
pub fn fold_agent(
    calendar: &mut impl Foldable,
    event: &AgentEvent,
    appointment: Option<AppointmentDetails<'_>>,
    forget_before: DateTime<Utc>,
) {
    if let Some(hold_id) = used_up(event) {
        calendar.release_hold(hold_id);
    }
    match event {
        AgentEvent::AgentRegistered(AgentRegistered { agent_id, profile })
        | AgentEvent::AgentProfileUpdated(AgentProfileUpdated { agent_id, profile }) => {
            calendar.change(|calendar| follow(calendar, agent_id, profile));
        }
        AgentEvent::AvailabilityRuleAdded(event) => {
            calendar.change(|calendar| calendar.add_rule(event.rule.clone()));
        }
        AgentEvent::AvailabilityRuleRemoved(event) => {
            calendar.change(|calendar| drop(calendar.remove_rule(event.rule_id)));
        }
        AgentEvent::WeeklyHoursReplaced(event) => {
            calendar.change(|calendar| calendar.replace_rules(event.rules.iter().cloned()));
        }
        AgentEvent::DateExceptionSet(event) => {
            calendar.change(|calendar| calendar.set_exception(event.exception.clone()));
        }
        AgentEvent::DateExceptionRemoved(event) => {
            calendar.change(|calendar| drop(calendar.remove_exception(event.date)));
        }
        AgentEvent::TimeBlocked(event) => calendar.block(event.block.clone()),
        AgentEvent::BlockChanged(event) => calendar.block(event.block.clone()),
        AgentEvent::TimeUnblocked(event) => match event.date {
            Some(date) => calendar.change(|calendar| calendar.skip_occurrence(event.block_id, date)),
            None => calendar.unblock(event.block_id),
        },
        AgentEvent::SlotHeld(event) => {
            for hold_id in &event.replaces {
                calendar.release_hold(*hold_id);
            }
            calendar.hold(Hold {
                hold_id: event.hold_id,
                lead_id: event.lead_id.clone(),
                appointment_type: event.appointment_type.clone(),
                property_id: event.property_id.clone(),
                start: event.start,
                end: event.end,
                buffer_before_minutes: event.buffer_before_minutes,
                buffer_after_minutes: event.buffer_after_minutes,
                max_appointments_per_slot: event.max_appointments_per_slot,
                expires_at: event.expires_at,
            });
        }
        AgentEvent::HoldReleased(event) => calendar.release_hold(event.hold_id),
        AgentEvent::AppointmentBooked(event) => {
            calendar.book(Booking {
                appointment_id: event.appointment_id,
                lead_id: event.lead_id.clone(),
                appointment_type: event.appointment_type.clone(),
                property_id: event.property_id.clone(),
                start: event.start,
                end: event.end,
                buffer_before_minutes: event.buffer_before_minutes,
                buffer_after_minutes: event.buffer_after_minutes,
            });
        }
        AgentEvent::AppointmentRescheduled(event) => {
            // Not taken from the calendar, which has already dropped a booking that ended long ago.
            if let Some(booked) = appointment {
                calendar.book(Booking {
                    appointment_id: event.appointment_id,
                    lead_id: booked.lead_id.clone(),
                    appointment_type: booked.appointment_type.clone(),
                    property_id: booked.property_id.cloned(),
                    start: event.start,
                    end: event.end,
                    buffer_before_minutes: event.buffer_before_minutes,
                    buffer_after_minutes: event.buffer_after_minutes,
                });
            }
        }
        AgentEvent::TimeReserved(event) => calendar.book(reserved(event)),
        AgentEvent::ReservationReleased(event) => calendar.free(event.appointment_id),
        AgentEvent::AppointmentHandedOver(event) => calendar.free(event.appointment.appointment_id),
        AgentEvent::AppointmentReceived(event) => {
            calendar.book(booking(&event.appointment));
        }
        AgentEvent::AppointmentDetailsChanged(event) => calendar.book(booking(&event.appointment)),
        AgentEvent::AppointmentCancelled(event) => calendar.free(event.appointment_id),
        AgentEvent::AppointmentReinstated(event) => {
            calendar.book(booking(&event.appointment));
        }
        AgentEvent::AppointmentReleased(event) => calendar.free(event.appointment_id),
        AgentEvent::ExternalBusyRecorded(event) => calendar.record_busy(ExternalBusy {
            busy_id: event.busy_id.clone(),
            start: event.start,
            end: event.end,
        }),
        AgentEvent::ExternalBusyRemoved(event) => calendar.remove_busy(&event.busy_id),
        AgentEvent::AgentDeactivated(_)
        | AgentEvent::AppointmentConfirmed(_)
        | AgentEvent::AppointmentCompleted(_)
        | AgentEvent::AppointmentNoShow(_)
        | AgentEvent::OutcomeCorrected(_)
        | AgentEvent::ReservationFenced(_)
        | AgentEvent::CommandHadNoEffect(_) => {}
    }
    calendar.drop_before(forget_before);
}

/// The lead's hold that the event uses up.
const fn used_up(event: &AgentEvent) -> Option<HoldId> {
    match event {
        AgentEvent::AppointmentBooked(event) => event.hold_id,
        AgentEvent::AppointmentRescheduled(event) => event.hold_id,
        AgentEvent::AppointmentReceived(event) => event.hold_id,
        AgentEvent::AppointmentReinstated(event) => event.hold_id,
        _ => None,
    }
}

/// Whether [`fold_agent`] changes the calendar for this event, apart from dropping past entries.
pub const fn changes_calendar(event: &AgentEvent) -> bool {
    !matches!(
        event,
        AgentEvent::AgentDeactivated(_)
            | AgentEvent::AppointmentConfirmed(_)
            | AgentEvent::AppointmentCompleted(_)
            | AgentEvent::AppointmentNoShow(_)
            | AgentEvent::OutcomeCorrected(_)
            | AgentEvent::ReservationFenced(_)
            | AgentEvent::CommandHadNoEffect(_)
    )
}

/// What reserved time takes.
pub fn reserved(event: &TimeReserved) -> Booking {
    Booking {
        appointment_id: event.appointment_id,
        lead_id: event.lead_id.clone(),
        appointment_type: event.appointment_type.clone(),
        property_id: event.property_id.clone(),
        start: event.start,
        end: event.end,
        buffer_before_minutes: event.buffer_before_minutes,
        buffer_after_minutes: event.buffer_after_minutes,
    }
}

/// The part of an appointment that matters for free time.
pub fn booking(appointment: &AppointmentSnapshot) -> Booking {
    Booking {
        appointment_id: appointment.appointment_id,
        lead_id: appointment.lead_id.clone(),
        appointment_type: appointment.appointment_type.clone(),
        property_id: appointment.property_id.clone(),
        start: appointment.start,
        end: appointment.end,
        buffer_before_minutes: appointment.buffer_before_minutes,
        buffer_after_minutes: appointment.buffer_after_minutes,
    }
}

fn follow(calendar: &mut AgentCalendar, agent_id: &AgentId, profile: &AgentProfile) {
    calendar.set_owner(agent_id.clone(), profile.places());
    calendar.set_time_zone(profile.time_zone);
    calendar.set_inherits_office_hours(profile.inherits_office_hours);
}
