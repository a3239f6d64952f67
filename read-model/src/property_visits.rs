//! The visits that a property has, for a search at it.

use availability::{Booking, Hold, Interval, PropertyCalendar, PropertyVisit, VisitId};
use chrono::{DateTime, TimeDelta, Utc};
use schemas::value::LocationKind;
use schemas::{AgentId, AppointmentId, AppointmentTypeCode};

use crate::office::OfficeView;

/// A week, and what a date is longer or shorter: visits so long before and after a range count for its limits.
const AROUND: TimeDelta = TimeDelta::days(9);

/// The range of visits that matter for starts in this one.
pub(crate) fn visits_around(range: Interval) -> Interval {
    Interval::new(
        range.start.checked_sub_signed(AROUND).unwrap_or(DateTime::<Utc>::MIN_UTC),
        range.end.checked_add_signed(AROUND).unwrap_or(DateTime::<Utc>::MAX_UTC),
    )
}

/// A property's calendar that is given its visits. Calls about it are none.
pub(crate) struct VisitedProperty<'a> {
    pub(crate) calendar: PropertyCalendar,
    pub(crate) office: &'a OfficeView,
    /// The appointment that is to be moved, if the search is for that: it is not in its own way.
    pub(crate) moving: Option<AppointmentId>,
}

impl VisitedProperty<'_> {
    pub(crate) fn add_booking(&mut self, agent_id: &AgentId, booking: &Booking) {
        if Some(booking.appointment_id) != self.moving && self.is_visit(&booking.appointment_type) {
            self.calendar.add_visit(PropertyVisit {
                visit_id: VisitId::Appointment(booking.appointment_id),
                agent_id: agent_id.clone(),
                appointment_type: booking.appointment_type.clone(),
                start: booking.start,
                end: booking.end,
                expires_at: None,
            });
        }
    }

    pub(crate) fn add_hold(&mut self, agent_id: &AgentId, hold: &Hold) {
        if self.is_visit(&hold.appointment_type) {
            self.calendar.add_visit(PropertyVisit {
                visit_id: VisitId::Hold(hold.hold_id),
                agent_id: agent_id.clone(),
                appointment_type: hold.appointment_type.clone(),
                start: hold.start,
                end: hold.end,
                expires_at: Some(hold.expires_at),
            });
        }
    }

    fn is_visit(&self, code: &AppointmentTypeCode) -> bool {
        let defined = self.office.calendar.defined_type(code);
        defined.is_some_and(|(kind, _)| kind.location_kind == LocationKind::Property)
    }
}
