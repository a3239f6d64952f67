//! What is kept of cancelled appointments, to take that back.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemas::AppointmentId;
use schemas::value::AppointmentSnapshot;
use serde::{Deserialize, Serialize};

/// The cancelled appointments that can still be reinstated, as they were before: those whose time is yet to come.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Cancelled(BTreeMap<AppointmentId, AppointmentSnapshot>);

impl Cancelled {
    pub(super) fn find(&self, id: AppointmentId) -> Option<&AppointmentSnapshot> {
        self.0.get(&id)
    }

    pub(super) fn add(&mut self, appointment: AppointmentSnapshot) {
        self.0.insert(appointment.appointment_id, appointment);
    }

    pub(super) fn remove(&mut self, id: AppointmentId) {
        self.0.remove(&id);
    }

    /// Drops those that start before this instant.
    pub(super) fn drop_before(&mut self, instant: DateTime<Utc>) {
        self.0.retain(|_, appointment| appointment.start >= instant);
    }
}
