//! An appointment whose agreed wall-clock time means another instant by now, because its zone has other rules: which of
//! the two it keeps.

use availability::{Booking, Interval, check_agreed, zone};
use calendar_fold::booking;
use chrono::{DateTime, Utc};
use schemas::event::{AgentEvent, AppointmentRescheduled};
use schemas::value::{AppointmentSnapshot, KeptTime};
use schemas::{AppointmentId, HoldId};

use super::alternatives::Alternatives;
use super::moving::request_of_move;
use super::{Agent, AgentRejection, RescheduleAppointment};
use crate::Office;

impl Agent {
    /// Both are a rescheduling that keeps the status: one changes the instant, the other what clocks show then. Nothing is
    /// to be decided where time and instant agree, as either pass of a fold does.
    pub(super) fn decide_settle_conflict(
        &self,
        appointment_id: AppointmentId,
        keep: KeptTime,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        let appointment = self.changeable(appointment_id, "settled", now)?;
        let AppointmentSnapshot { time_zone, local_start, .. } = *appointment;
        if !zone::has_other_rules(time_zone, local_start, appointment.start) {
            return Ok(Vec::new());
        }
        let kept = booking(appointment);
        let present = kept.interval();
        let kept = match keep {
            KeptTime::Instant => kept,
            KeptTime::WallTime => {
                let start = Some(zone::start_instant(time_zone, local_start));
                RescheduleAppointment { start, ..RescheduleAppointment::of(appointment_id) }.applied_to(kept)
            }
        };
        let mut capacity = appointment.max_appointments_per_slot;
        let mut hold_id = None;
        if kept.interval() != present {
            (capacity, hold_id) = self.room_for_agreed(&kept, present, office, now)?;
        }
        let postponed = kept.start - present.start;
        let confirm_by = appointment.confirm_by.and_then(|by| by.checked_add_signed(postponed));
        Ok(vec![
            AppointmentRescheduled {
                appointment_id,
                status: appointment.status,
                start: kept.start,
                end: kept.end,
                duration_minutes: appointment.duration_minutes,
                local_start: zone::local(time_zone, kept.start),
                time_zone,
                buffer_before_minutes: kept.buffer_before_minutes,
                buffer_after_minutes: kept.buffer_after_minutes,
                max_appointments_per_slot: capacity,
                sequence: appointment.sequence + 1,
                previous_start: present.start,
                previous_end: present.end,
                hold_id,
                forced: Vec::new(),
                reason: None,
                requested_by: None,
                keep: Some(keep),
                // One that was to be confirmed by now would be released at once.
                confirm_by: confirm_by.filter(|by| now < *by),
            }
            .into(),
        ])
    }

    /// How many may share the slot that the agreed time is now, and its lead's hold on it. What was agreed speaks for it as
    /// in a hand-over: neither notice, horizon, grid nor daily limit are in its way, but whatever takes its time is.
    fn room_for_agreed(
        &self,
        agreed: &Booking,
        present: Interval,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<(u16, Option<HoldId>), AgentRejection> {
        self.active()?;
        let request = request_of_move(agreed);
        self.lead_overlap_at(&request, agreed.interval()).map_or(Ok(()), Err)?;
        let slot = check_agreed(&self.calendar, office.calendar(), agreed, now).map_err(|reason| {
            self.slot_unavailable(reason, &request, office, now, Alternatives::besides(present))
        })?;
        let hold = self.own_hold(&request, now);
        Ok((slot.max_appointments_per_slot, hold.map(|hold| hold.hold_id)))
    }
}
