//! The appointments that are released unless they are confirmed in time, in the order of that time.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;

use calendar_fold::before;
use chrono::{DateTime, TimeDelta, Utc};
use schemas::AppointmentId;
use schemas::event::AgentEvent;
use uuid::Uuid;

/// An appointment by when it has to be confirmed.
pub(crate) type Deadline = (DateTime<Utc>, AppointmentId);

/// The appointments that have to be confirmed.
#[derive(Debug, Default)]
pub(super) struct Unconfirmed {
    times: HashMap<AppointmentId, Times>,
    by_deadline: BTreeSet<Deadline>,
    /// For forgetting those that were never released.
    by_start: BTreeSet<(DateTime<Utc>, AppointmentId)>,
    /// The longest time from a deadline to its start: what was due before that has started.
    longest: TimeDelta,
}

#[derive(Debug, Clone, Copy)]
struct Times {
    confirm_by: DateTime<Utc>,
    start: DateTime<Utc>,
}

impl Unconfirmed {
    /// The appointments that are due and have not started, earliest first, after that one, at most `count`.
    pub(super) fn due(&self, now: DateTime<Utc>, after: Option<Deadline>, count: usize) -> Vec<Deadline> {
        let earliest = (before(now, self.longest), AppointmentId::new(Uuid::nil()));
        let from = match after {
            Some(after) if earliest <= after => Bound::Excluded(after),
            _ => Bound::Included(earliest),
        };
        let due = self.by_deadline.range((from, Bound::Unbounded));
        due.take_while(|(confirm_by, _)| *confirm_by <= now)
            .filter(|(_, id)| self.times.get(id).is_some_and(|times| now < times.start))
            .take(count)
            .copied()
            .collect()
    }

    /// Takes in the next event of an agent's stream.
    pub(super) fn note(&mut self, event: &AgentEvent) {
        match event {
            AgentEvent::AppointmentBooked(event) => {
                self.set(event.appointment_id, event.start, event.confirm_by);
            }
            AgentEvent::AppointmentRescheduled(event) => {
                self.set(event.appointment_id, event.start, event.confirm_by);
            }
            AgentEvent::AppointmentHandedOver(event) => {
                let appointment = &event.appointment;
                self.set(appointment.appointment_id, appointment.start, appointment.confirm_by);
            }
            AgentEvent::AppointmentReceived(event) => {
                let appointment = &event.appointment;
                self.set(appointment.appointment_id, appointment.start, appointment.confirm_by);
            }
            AgentEvent::AppointmentReinstated(event) => {
                let appointment = &event.appointment;
                self.set(appointment.appointment_id, appointment.start, appointment.confirm_by);
            }
            AgentEvent::AppointmentConfirmed(event) => self.remove(event.appointment_id),
            AgentEvent::AppointmentCancelled(event) => self.remove(event.appointment_id),
            AgentEvent::AppointmentReleased(event) => self.remove(event.appointment_id),
            AgentEvent::AppointmentCompleted(event) => self.remove(event.appointment_id),
            AgentEvent::AppointmentNoShow(event) => self.remove(event.appointment_id),
            _ => {}
        }
    }

    /// Forgets the appointments that had started by then, which are not released any more.
    pub(super) fn forget_started_by(&mut self, past: DateTime<Utc>) {
        while let Some((start, id)) = self.by_start.first().copied()
            && start <= past
        {
            self.remove(id);
        }
    }

    fn set(&mut self, id: AppointmentId, start: DateTime<Utc>, confirm_by: Option<DateTime<Utc>>) {
        self.remove(id);
        let Some(confirm_by) = confirm_by else { return };
        self.times.insert(id, Times { confirm_by, start });
        self.by_deadline.insert((confirm_by, id));
        self.by_start.insert((start, id));
        self.longest = self.longest.max(start - confirm_by);
    }

    fn remove(&mut self, id: AppointmentId) {
        if let Some(times) = self.times.remove(&id) {
            self.by_deadline.remove(&(times.confirm_by, id));
            self.by_start.remove(&(times.start, id));
        }
    }
}

#[cfg(test)]
mod tests {
    use fixtures::{actor, booked, rescheduled, snapshot};
    use schemas::event::{
        AppointmentBooked, AppointmentCancelled, AppointmentCompleted, AppointmentConfirmed,
        AppointmentHandedOver, AppointmentNoShow, AppointmentReinstated, AppointmentReleased,
        AppointmentRescheduled,
    };

    use schemas::value::NoShowBy;

    use super::*;

    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-12-15T{time}:00Z").parse().unwrap()
    }

    fn id(number: u128) -> AppointmentId {
        AppointmentId::new(Uuid::from_u128(number))
    }

    fn to_confirm(number: u128, confirm_by: &str, start: &str) -> AppointmentBooked {
        let booked = booked(id(number), &"7".parse().unwrap(), at(start), 60);
        AppointmentBooked { confirm_by: Some(at(confirm_by)), ..booked }
    }

    fn of(events: impl IntoIterator<Item = AgentEvent>) -> Unconfirmed {
        let mut unconfirmed = Unconfirmed::default();
        events.into_iter().for_each(|event| unconfirmed.note(&event));
        unconfirmed
    }

    fn due(unconfirmed: &Unconfirmed, now: &str) -> Vec<u128> {
        unconfirmed.due(at(now), None, 100).iter().map(|(_, id)| id.uuid().as_u128()).collect()
    }

    #[test]
    fn an_appointment_is_due_from_its_moment_until_it_starts() {
        let unconfirmed =
            of([to_confirm(1, "12:00", "16:00").into(), to_confirm(2, "10:00", "11:00").into()]);
        assert_eq!(due(&unconfirmed, "09:59"), []);
        assert_eq!(due(&unconfirmed, "10:00"), [2]);
        assert_eq!(due(&unconfirmed, "11:00"), [], "it has started");
        assert_eq!(due(&unconfirmed, "12:00"), [1]);
        assert_eq!(due(&unconfirmed, "15:59"), [1]);
        assert_eq!(due(&unconfirmed, "16:00"), []);
        assert_eq!(due(&unconfirmed, "10:30"), [2], "a clock that was ahead made nothing of it");
    }

    #[test]
    fn they_come_in_pages_earliest_first() {
        let unconfirmed = of([
            to_confirm(3, "10:00", "16:00").into(),
            to_confirm(1, "10:00", "17:00").into(),
            to_confirm(2, "09:00", "18:00").into(),
        ]);
        let first = unconfirmed.due(at("12:00"), None, 2);
        assert_eq!(first, [(at("09:00"), id(2)), (at("10:00"), id(1))]);
        assert_eq!(unconfirmed.due(at("12:00"), first.last().copied(), 2), [(at("10:00"), id(3))]);
    }

    #[test]
    fn an_appointment_that_need_not_be_confirmed_any_more_is_not_due() {
        let cancelled = AppointmentCancelled {
            appointment_id: id(1),
            cancelled_by: actor(),
            reason: None,
            requested_by: None,
        };
        let over: [AgentEvent; 5] = [
            AppointmentConfirmed { appointment_id: id(1) }.into(),
            cancelled.into(),
            AppointmentReleased { appointment_id: id(1), confirm_by: at("12:00") }.into(),
            AppointmentCompleted { appointment_id: id(1) }.into(),
            AppointmentNoShow { appointment_id: id(1), by: NoShowBy::Lead }.into(),
        ];
        for event in over {
            let unconfirmed = of([to_confirm(1, "12:00", "16:00").into(), event.clone()]);
            assert_eq!(due(&unconfirmed, "13:00"), [], "{event:?}");
            assert!(unconfirmed.by_start.is_empty() && unconfirmed.times.is_empty());
        }
    }

    #[test]
    fn a_moved_appointment_is_due_when_its_new_time_says() {
        let rescheduled = rescheduled(id(1), at("20:00"), 60);
        let moved = AppointmentRescheduled { confirm_by: Some(at("18:00")), ..rescheduled.clone() };
        let unconfirmed = of([to_confirm(1, "12:00", "16:00").into(), moved.into()]);
        assert_eq!((due(&unconfirmed, "13:00"), due(&unconfirmed, "18:00")), (vec![], vec![1]));
        let unconfirmed = of([to_confirm(1, "12:00", "16:00").into(), rescheduled.into()]);
        assert_eq!(due(&unconfirmed, "19:00"), [], "at shorter notice than that");
    }

    #[test]
    fn a_reinstated_appointment_is_due_as_it_says() {
        let booked = to_confirm(1, "12:00", "16:00");
        let back = AppointmentReinstated {
            appointment: snapshot(booked.clone()),
            hold_id: None,
            reason: None,
            requested_by: None,
        };
        let cancelled = AppointmentCancelled {
            appointment_id: id(1),
            cancelled_by: actor(),
            reason: None,
            requested_by: None,
        };
        let unconfirmed = of([booked.into(), cancelled.into(), back.into()]);
        assert_eq!(due(&unconfirmed, "13:00"), vec![1]);
    }

    #[test]
    fn a_handed_over_appointment_is_due_as_before() {
        let booked = to_confirm(1, "12:00", "16:00");
        let handed_over = AppointmentHandedOver {
            reservation_id: schemas::ReservationId::new(Uuid::from_u128(9)),
            to_agent_id: "8".parse().unwrap(),
            appointment: snapshot(booked.clone()),
            previous_start: booked.start,
            previous_end: booked.end,
            forced: Vec::new(),
            reason: None,
            requested_by: None,
            receipts: Vec::new(),
        };
        assert_eq!(due(&of([booked.into(), handed_over.into()]), "12:00"), [1]);
    }

    #[test]
    fn an_appointment_that_started_long_ago_is_forgotten() {
        let mut unconfirmed =
            of([to_confirm(1, "12:00", "16:00").into(), to_confirm(2, "12:00", "17:00").into()]);
        unconfirmed.forget_started_by(at("16:00"));
        assert_eq!((due(&unconfirmed, "12:00"), unconfirmed.by_start.len()), (vec![2], 1));
    }
}
