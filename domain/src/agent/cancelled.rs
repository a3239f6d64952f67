//! What is kept of cancelled appointments, to take that back.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use schemas::AppointmentId;
use schemas::value::AppointmentSnapshot;
use serde::{Deserialize, Serialize};

/// The cancelled appointments that can still be reinstated, as they were before: those whose time is yet to come.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Cancelled {
    appointments: BTreeMap<AppointmentId, AppointmentSnapshot>,
    /// For dropping the first without looking at the others: it is done with every event.
    by_start: BTreeSet<(DateTime<Utc>, AppointmentId)>,
}

impl Cancelled {
    pub(super) fn find(&self, id: AppointmentId) -> Option<&AppointmentSnapshot> {
        self.appointments.get(&id)
    }

    pub(super) fn add(&mut self, appointment: AppointmentSnapshot) {
        let (start, id) = (appointment.start, appointment.appointment_id);
        self.remove(id);
        self.appointments.insert(id, appointment);
        self.by_start.insert((start, id));
    }

    pub(super) fn remove(&mut self, id: AppointmentId) {
        if let Some(appointment) = self.appointments.remove(&id) {
            self.by_start.remove(&(appointment.start, id));
        }
    }

    /// Drops those that start before this instant.
    pub(super) fn drop_before(&mut self, instant: DateTime<Utc>) {
        while let Some((start, id)) = self.by_start.first().copied()
            && start < instant
        {
            self.remove(id);
        }
    }
}
