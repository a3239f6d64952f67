//! An agent's appointments, by time and by lead.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemas::{AppointmentId, LeadId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::claim::Booking;
use crate::timeline::Timeline;

/// Appointments by time and by lead: what one lead has costs only as much as that, however many others there are.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Bookings {
    by_time: Timeline<Booking>,
    /// By id, so that it does not depend on their order of arrival.
    by_lead: BTreeMap<LeadId, Vec<AppointmentId>>,
}

impl Bookings {
    pub(crate) const fn by_time(&self) -> &Timeline<Booking> {
        &self.by_time
    }

    /// Adds an appointment; one with the same id is replaced.
    pub(crate) fn insert(&mut self, booking: Booking) {
        let (lead_id, id) = (booking.lead_id.clone(), booking.appointment_id);
        if let Some(replaced) = self.by_time.insert(booking) {
            self.forget(&replaced);
        }
        let of_lead = self.by_lead.entry(lead_id).or_insert_with(|| Vec::with_capacity(1));
        let at = of_lead.partition_point(|other| *other < id);
        of_lead.insert(at, id);
    }

    pub(crate) fn remove(&mut self, id: AppointmentId) -> Option<Booking> {
        let removed = self.by_time.remove(&id)?;
        self.forget(&removed);
        Some(removed)
    }

    /// Removes those that have ended by this instant.
    pub(crate) fn drop_before(&mut self, instant: DateTime<Utc>) {
        for dropped in self.by_time.drop_before(instant, |booking| booking.end <= instant) {
            self.forget(&dropped);
        }
    }

    /// What the lead has, in no order of time.
    pub(crate) fn of_lead<'a>(&'a self, lead_id: &LeadId) -> impl Iterator<Item = &'a Booking> + use<'a> {
        self.by_lead.get(lead_id).into_iter().flatten().filter_map(|id| self.by_time.get(id))
    }

    fn forget(&mut self, gone: &Booking) {
        if let Some(of_lead) = self.by_lead.get_mut(&gone.lead_id) {
            of_lead.retain(|id| *id != gone.appointment_id);
            if of_lead.is_empty() {
                self.by_lead.remove(&gone.lead_id);
            }
        }
    }
}

impl From<Timeline<Booking>> for Bookings {
    fn from(by_time: Timeline<Booking>) -> Self {
        let mut by_lead = BTreeMap::<LeadId, Vec<AppointmentId>>::new();
        for booking in by_time.iter() {
            by_lead.entry(booking.lead_id.clone()).or_default().push(booking.appointment_id);
        }
        for of_lead in by_lead.values_mut() {
            of_lead.sort_unstable();
        }
        Self { by_time, by_lead }
    }
}

impl Serialize for Bookings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.by_time.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Bookings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Timeline::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    #[derive(Debug, Clone)]
    enum Change {
        Book { id: u8, lead: u8, hour: i64 },
        Free(u8),
        Forget(i64),
    }

    fn change() -> impl Strategy<Value = Change> {
        prop_oneof![
            5 => (0..12_u8, 0..4_u8, 0..20_i64).prop_map(|(id, lead, hour)| Change::Book { id, lead, hour }),
            2 => (0..12_u8).prop_map(Change::Free),
            1 => (0..20_i64).prop_map(Change::Forget),
        ]
    }

    fn id(number: u8) -> AppointmentId {
        AppointmentId::new(Uuid::from_u128(number.into()))
    }

    fn hour(number: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(number)
    }

    fn lead(number: u8) -> LeadId {
        LeadId::parse(&number.to_string()).expect("a number is an id")
    }

    fn booking(number: u8, of: u8, start: i64) -> Booking {
        Booking {
            appointment_id: id(number),
            lead_id: lead(of),
            appointment_type: "visita".parse().expect("a code"),
            property_id: None,
            start: hour(start),
            end: hour(start + 1),
            buffer_before_minutes: 0,
            buffer_after_minutes: 0,
        }
    }

    proptest! {
        #[test]
        fn what_a_lead_has_is_what_is_there_of_the_lead(changes in vec(change(), 0..40)) {
            let mut bookings = Bookings::default();
            for change in changes {
                match change {
                    Change::Book { id, lead, hour } => bookings.insert(booking(id, lead, hour)),
                    Change::Free(number) => drop(bookings.remove(id(number))),
                    Change::Forget(before) => bookings.drop_before(hour(before)),
                }
            }
            for number in 0..4 {
                let lead_id = lead(number);
                let of_lead: Vec<_> = bookings.of_lead(&lead_id).map(|one| one.appointment_id).collect();
                let there = bookings.by_time().iter().filter(|one| one.lead_id == lead_id);
                let mut there: Vec<_> = there.map(|one| one.appointment_id).collect();
                there.sort_unstable();
                prop_assert_eq!(of_lead, there);
            }
            let stored = serde_json::to_value(&bookings).expect("bookings are JSON");
            prop_assert_eq!(serde_json::from_value::<Bookings>(stored).expect("as they were"), bookings);
        }
    }
}
