//! Requests for slots.

use chrono::{DateTime, Utc};
use schemas::value::Coordinates;
use schemas::{AppointmentId, AppointmentTypeCode, LeadId, PropertyId};

use crate::PropertyCalendar;

/// A slot that a lead would like to book.
#[derive(Debug, Clone, Copy)]
pub struct SlotRequest<'a> {
    /// The type, which sets the length, the grid, the buffers and the limits.
    pub appointment_type: &'a AppointmentTypeCode,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// The property of the future appointment.
    pub property_id: Option<&'a PropertyId>,
    /// Where it would take place.
    pub coordinates: Option<Coordinates>,
    /// That property's own time, if it is registered.
    pub property: Option<&'a PropertyCalendar>,
    /// The lead; the lead's own hold on exactly this type and start does not count.
    pub lead_id: Option<&'a LeadId>,
    /// The appointment to be moved there; its present time does not count.
    pub moving: Option<AppointmentId>,
    /// How long it takes; none = as long as its type does.
    pub duration_minutes: Option<u16>,
}

/// A search for free slots.
#[derive(Debug, Clone, Copy)]
pub struct SlotQuery<'a> {
    /// The type of appointment.
    pub appointment_type: &'a AppointmentTypeCode,
    /// The earliest start.
    pub from: DateTime<Utc>,
    /// The end of the range of starts, exclusive.
    pub to: DateTime<Utc>,
    /// The property of the future appointment.
    pub property_id: Option<&'a PropertyId>,
    /// Where it would take place.
    pub coordinates: Option<Coordinates>,
    /// That property's own time, if it is registered.
    pub property: Option<&'a PropertyCalendar>,
    /// The lead.
    pub lead_id: Option<&'a LeadId>,
    /// How many slots at most.
    pub limit: usize,
}
