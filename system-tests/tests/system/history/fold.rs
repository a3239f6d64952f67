//! The log folded into every state that there ever was, with the rules that each of them has to keep.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::Value;

use super::calendar::{Calendar, Live, Takes, has_room};
use super::log::{Event, passed_over_blocks};
use super::timeline::{Span, Standing, Timeline};
use crate::support::instant;

pub(super) fn fold(events: &[Event], capacity: impl Fn(&str) -> usize) -> Timeline {
    let mut timeline = Timeline::default();
    let mut latest: HashMap<&str, &Event> = HashMap::new();
    for event in events {
        if let Some(last) = latest.insert(&event.agent, event) {
            assert_eq!(event.revision, last.revision + 1, "a hole or a double: {last:?} {event:?}");
        }
        let states = timeline.calendars.entry(event.agent.clone()).or_insert_with(|| vec![(0, Vec::new())]);
        let mut calendar = states.last().unwrap().1.clone();
        calendar.retain(|live| !live.has_expired(event.recorded_at - LONG_EXPIRED));
        timeline.take(&mut calendar, event);
        assert_no_overlap(&calendar, event, capacity(&event.agent));
        timeline.calendars.get_mut(&event.agent).unwrap().push((event.position, calendar));
    }
    timeline
}

/// A hold that has expired is known for this much longer: whoever decides may have looked at the clock before.
const LONG_EXPIRED: TimeDelta = TimeDelta::minutes(1);

impl Timeline {
    fn take(&mut self, calendar: &mut Calendar, event: &Event) {
        if let Some(hold) = &event.hold {
            self.end(calendar, hold, Takes::Hold, event);
        }
        match event.kind.as_str() {
            "AppointmentBooked" => {
                assert!(!self.appointments.contains_key(&event.id), "booked twice: {event:?}");
                let (start, end) = event.interval.unwrap();
                let agent = event.agent.clone();
                let notes = notes(&event.data);
                let standing = Standing { agent, status: "scheduled", start, end, version: 1, notes };
                self.appointments.insert(event.id.clone(), vec![(event.position, standing)]);
                put(calendar, event, Takes::Appointment);
            }
            "AppointmentConfirmed" => self.change(calendar, event, |standing| {
                assert_eq!(standing.status, "scheduled", "confirmed twice: {event:?}");
                standing.status = "confirmed";
            }),
            "AppointmentRescheduled" => {
                self.change(calendar, event, |standing| {
                    let (start, end) = event.interval.unwrap();
                    assert_ne!(standing.start, start, "moved to where it was: {event:?}");
                    (standing.start, standing.end, standing.status) = (start, end, "scheduled");
                });
                let live = remove(calendar, &event.id, Takes::Appointment, event);
                calendar.push(Arc::new(Live { slot: event.interval.unwrap(), ..(*live).clone() }));
                assert_not_blocked(calendar, event);
            }
            "AppointmentDetailsChanged" => self.change(calendar, event, |standing| {
                let now = &event.data["appointment"];
                assert_ne!(standing.notes, notes(now), "changed to what it was: {event:?}");
                standing.notes = notes(now);
                assert!(is_as_stated(standing, now), "changed in more than it says: {standing:?} {event:?}");
            }),
            "AppointmentReinstated" => self.reinstate(calendar, event),
            "OutcomeCorrected" => self.correct(event),
            "AppointmentCancelled" | "AppointmentReleased" => self.finish(calendar, event, "cancelled"),
            "AppointmentCompleted" => self.finish(calendar, event, "completed"),
            "AppointmentNoShow" => self.finish(calendar, event, "no_show"),
            "TimeReserved" => self.reserve(calendar, event),
            "AppointmentHandedOver" => self.hand_over(calendar, event),
            "AppointmentReceived" => self.receive(calendar, event),
            "ReservationReleased" => self.release(calendar, event),
            "ReservationFenced" => self.fence(event),
            "SlotHeld" => {
                for replaced in event.data["replaces"].as_array().into_iter().flatten() {
                    self.end(calendar, replaced.as_str().unwrap(), Takes::Hold, event);
                }
                self.begin(event);
                put(calendar, event, Takes::Hold);
            }
            "HoldReleased" => self.end(calendar, &event.id, Takes::Hold, event),
            "TimeBlocked" => {
                self.begin(event);
                put(calendar, event, Takes::Block);
            }
            "TimeUnblocked" => self.end(calendar, &event.id, Takes::Block, event),
            "CommandHadNoEffect" => {}
            kind => panic!("nobody knows what {kind} means: {event:?}"),
        }
    }

    /// Changes the appointment, which has to be this agent's.
    pub(super) fn change(&mut self, calendar: &Calendar, event: &Event, change: impl FnOnce(&mut Standing)) {
        let is_here = calendar.iter().any(|live| live.id == event.id && live.takes == Takes::Appointment);
        assert!(is_here, "of an appointment that is not here, {calendar:?}: {event:?}");
        let states = self.appointments.get_mut(&event.id).unwrap();
        let mut standing = states.last().unwrap().1.clone();
        assert!(standing.is_open() && standing.agent == event.agent, "not to be changed: {event:?}");
        standing.version += 1;
        change(&mut standing);
        states.push((event.position, standing));
    }

    fn finish(&mut self, calendar: &mut Calendar, event: &Event, status: &'static str) {
        self.change(calendar, event, |standing| {
            let has_begun = standing.start <= event.recorded_at;
            assert!(status == "cancelled" || has_begun, "not begun: {event:?}");
            standing.status = status;
        });
        remove(calendar, &event.id, Takes::Appointment, event);
    }

    /// It is what it was before it was cancelled.
    fn reinstate(&mut self, calendar: &mut Calendar, event: &Event) {
        let states = self.appointments.get_mut(&event.id).expect("it was booked");
        let mut last_first = states.iter().rev().map(|(_, standing)| standing);
        let gone = last_first.next().unwrap();
        let mut standing = last_first.next().expect("it was live before").clone();
        let can_be = gone.status == "cancelled" && gone.agent == event.agent;
        assert!(can_be && event.recorded_at < gone.start, "not to be reinstated: {gone:?} {event:?}");
        standing.version = gone.version + 1;
        assert!(is_as_stated(&standing, &event.data["appointment"]), "{standing:?} {event:?}");
        states.push((event.position, standing));
        put(calendar, event, Takes::Appointment);
    }

    fn correct(&mut self, event: &Event) {
        let states = self.appointments.get_mut(&event.id).expect("it was booked");
        let mut standing = states.last().unwrap().1.clone();
        let now = if event.data["outcome"] == "completed" { "completed" } else { "no_show" };
        let had_another = ["completed", "no_show"].contains(&standing.status) && standing.status != now;
        assert!(had_another && standing.agent == event.agent, "not to be corrected: {standing:?} {event:?}");
        (standing.status, standing.version) = (now, standing.version + 1);
        states.push((event.position, standing));
    }

    fn begin(&mut self, event: &Event) {
        let expires_at = event.data.get("expires_at").map(instant);
        let lead = lead(event);
        let span = Span { lead, begun_at: event.position, ended: None, expires_at };
        assert!(self.spans.insert(event.id.clone(), span).is_none(), "made twice: {event:?}");
    }

    fn end(&mut self, calendar: &mut Calendar, id: &str, takes: Takes, event: &Event) {
        remove(calendar, id, takes, event);
        self.spans.get_mut(id).unwrap().ended = Some((event.position, event.operation.clone()));
    }
}

fn lead(event: &Event) -> String {
    let of = event.data.get("appointment").unwrap_or(&event.data);
    of["lead_id"].as_str().unwrap_or_default().to_owned()
}

/// What is noted about an appointment.
fn notes(appointment: &Value) -> Option<String> {
    appointment["notes"]["personal"].as_str().map(str::to_owned)
}

/// Whether an event states the appointment as it is.
pub(super) fn is_as_stated(standing: &Standing, stated: &Value) -> bool {
    stated["status"] == standing.status
        && stated["version"] == standing.version
        && [&stated["start"], &stated["end"]].map(instant) == [standing.start, standing.end]
        && notes(stated) == standing.notes
}

pub(super) fn put(calendar: &mut Calendar, event: &Event, takes: Takes) {
    let expires_at = event.data.get("expires_at").filter(|_| takes == Takes::Hold).map(instant);
    calendar.push(Arc::new(Live {
        id: event.id.clone(),
        of: event.data["appointment_id"].as_str().unwrap_or(&event.id).to_owned(),
        takes,
        slot: event.interval.unwrap(),
        operation: event.operation.clone(),
        lead: lead(event),
        expires_at,
    }));
    if takes != Takes::Block {
        assert_not_blocked(calendar, event);
    }
}

pub(super) fn remove(calendar: &mut Calendar, id: &str, takes: Takes, event: &Event) -> Arc<Live> {
    let place = calendar.iter().position(|live| live.id == id && live.takes == takes);
    calendar.swap_remove(place.unwrap_or_else(|| panic!("{takes:?} {id} is not in {calendar:?}: {event:?}")))
}

fn assert_not_blocked(calendar: &Calendar, event: &Event) {
    if passed_over_blocks(event) {
        return;
    }
    let in_it = calendar.iter().find(|live| live.is_block() && live.overlaps(event.interval.unwrap()));
    assert!(in_it.is_none(), "{in_it:?} is in the way of {event:?}");
}

fn assert_no_overlap(calendar: &Calendar, event: &Event, capacity: usize) {
    let those = || calendar.iter().map(|live| &**live).filter(|live| !live.is_block());
    for one in those() {
        // Nobody's own hold is in their way.
        let is_apart = |other: &Live| {
            let is_of_one = one.lead == other.lead && (one.is_hold() || other.is_hold());
            !is_of_one && !other.has_expired(event.recorded_at)
        };
        let others = those().filter(|other| other.id != one.id && is_apart(other));
        let fits = one.has_expired(event.recorded_at) || has_room(others, one.slot, capacity, "");
        assert!(fits, "{one:?} and others overlap after {event:?}: {calendar:?}");
    }
}
