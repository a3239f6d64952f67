//! Reservations in the fold: an appointment is handed over with one that is open, and in no other way.

use std::sync::Arc;

use serde_json::Value;

use super::calendar::{Calendar, Live, Slot, Takes};
use super::fold::{is_as_stated, put, remove};
use super::log::Event;
use super::timeline::Timeline;
use crate::support::instant;

/// Time that one agent's stream has reserved for an appointment that another may hand over.
#[derive(Debug)]
pub(super) struct Reservation {
    on: String,
    deciding_stream: String,
    appointment: String,
    slot: Slot,
    is_fenced: bool,
    /// The appointment, once it was handed over with it.
    handed_over: Option<Value>,
    pub(super) is_closed: bool,
}

impl Timeline {
    pub(super) fn reserve(&mut self, calendar: &mut Calendar, event: &Event) {
        let member = |name: &str| event.data[name].as_str().unwrap().to_owned();
        let reservation = Reservation {
            on: event.agent.clone(),
            deciding_stream: member("deciding_stream"),
            appointment: member("appointment_id"),
            slot: event.interval.unwrap(),
            is_fenced: false,
            handed_over: None,
            is_closed: false,
        };
        let known = self.reservations.insert(event.id.clone(), reservation);
        assert!(known.is_none(), "reserved twice: {event:?}");
        put(calendar, event, Takes::Reservation);
    }

    pub(super) fn hand_over(&mut self, calendar: &mut Calendar, event: &Event) {
        let (id, as_it_is) = (event.data["reservation_id"].as_str().unwrap(), &event.data["appointment"]);
        let to = event.data["to_agent_id"].as_str().unwrap();
        self.change(calendar, event, |standing| {
            let before = [&event.data["previous_start"], &event.data["previous_end"]].map(instant);
            assert_eq!(before, [standing.start, standing.end], "handed over as it was not: {event:?}");
            let now = [&as_it_is["start"], &as_it_is["end"]].map(instant);
            if now != before {
                [standing.start, standing.end] = now;
                standing.status = "scheduled";
            }
            assert!(is_as_stated(standing, as_it_is), "handed over as it was not: {standing:?} {event:?}");
            to.clone_into(&mut standing.agent);
        });
        remove(calendar, &event.id, Takes::Appointment, event);
        let reservation = self.reservations.get_mut(id).expect("time was reserved for it");
        let is_open = !reservation.is_closed && !reservation.is_fenced && reservation.handed_over.is_none();
        assert!(is_open, "handed over in spite of what was found out: {reservation:?} {event:?}");
        assert_eq!(reservation.on, to, "{event:?}");
        assert_eq!(reservation.deciding_stream, format!("agent-{}", event.agent), "{event:?}");
        let time = (instant(&as_it_is["start"]), instant(&as_it_is["end"]));
        assert_eq!((&reservation.appointment, reservation.slot), (&event.id, time), "{event:?}");
        reservation.handed_over = Some(as_it_is.clone());
    }

    pub(super) fn receive(&mut self, calendar: &mut Calendar, event: &Event) {
        let id = event.data["reservation_id"].as_str().unwrap();
        let reserved = remove(calendar, id, Takes::Reservation, event);
        let reservation = self.reservations.get_mut(id).unwrap();
        // Only since when it is so is known by then.
        let [decided, received] = [reservation.handed_over.clone(), Some(event.data["appointment"].clone())]
            .map(|appointment| {
                appointment.map(|mut appointment| {
                    appointment["updated_at"].take();
                    appointment
                })
            });
        assert_eq!(decided, received, "{event:?}");
        reservation.is_closed = true;
        let (id, takes) = (event.id.clone(), Takes::Appointment);
        calendar.push(Arc::new(Live { id, takes, ..(*reserved).clone() }));
    }

    pub(super) fn release(&mut self, calendar: &mut Calendar, event: &Event) {
        let reservation = self.reservations.get_mut(&event.id).expect("it was reserved");
        let is_open = !reservation.is_closed && reservation.handed_over.is_none();
        assert!(is_open, "released, and decided: {event:?}");
        reservation.is_closed = true;
        remove(calendar, &event.id, Takes::Reservation, event);
    }

    /// What is fenced may also be a claim, which has no reservation.
    pub(super) fn fence(&mut self, event: &Event) {
        if let Some(reservation) = self.reservations.get_mut(&event.id) {
            assert!(reservation.handed_over.is_none(), "fenced, and decided: {event:?}");
            reservation.is_fenced = true;
        }
    }
}
