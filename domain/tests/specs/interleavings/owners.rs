//! What has to hold of appointments and their owners, read naively from the events alone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use schemas::event::AgentEvent as Event;
use schemas::{AgentId, AppointmentId, ReservationId};

/// When something begins and ends.
pub(crate) type Time = (DateTime<Utc>, DateTime<Utc>);

/// What the events of one agent say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pub(crate) live: BTreeMap<AppointmentId, Time>,
    pub(crate) cancelled: BTreeSet<AppointmentId>,
    pub(crate) reserved: BTreeMap<ReservationId, (AppointmentId, Time)>,
    pub(crate) received: BTreeSet<ReservationId>,
    pub(crate) fenced: BTreeSet<ReservationId>,
    /// To whom, which appointment, and when that is.
    pub(crate) handed_over: BTreeMap<ReservationId, (AgentId, AppointmentId, Time)>,
    /// The starts that appointments were moved to, with this agent or to the next, and how often each had been moved by
    /// then.
    pub(crate) moves: Vec<(DateTime<Utc>, u32)>,
}

impl Facts {
    pub(crate) fn note(&mut self, event: &Event) {
        match event {
            Event::AppointmentBooked(event) => {
                self.live.insert(event.appointment_id, (event.start, event.end));
            }
            Event::AppointmentRescheduled(event) => {
                self.moves.push((event.start, event.sequence));
                self.live.insert(event.appointment_id, (event.start, event.end));
            }
            Event::AppointmentCancelled(event) => {
                self.live.remove(&event.appointment_id);
                self.cancelled.insert(event.appointment_id);
            }
            Event::TimeReserved(event) => {
                let time = (event.start, event.end);
                self.reserved.insert(event.reservation_id, (event.appointment_id, time));
            }
            Event::ReservationReleased(event) => {
                self.reserved.remove(&event.reservation_id);
            }
            Event::ReservationFenced(event) => {
                self.fenced.insert(event.reservation_id);
            }
            Event::AppointmentHandedOver(event) => {
                let appointment = &event.appointment;
                self.live.remove(&appointment.appointment_id);
                let time = (appointment.start, appointment.end);
                if event.previous_start != appointment.start {
                    self.moves.push((appointment.start, appointment.sequence));
                }
                let gone = (event.to_agent_id.clone(), appointment.appointment_id, time);
                self.handed_over.insert(event.reservation_id, gone);
            }
            Event::AppointmentReceived(event) => {
                let appointment = &event.appointment;
                self.reserved.remove(&event.reservation_id);
                self.received.insert(event.reservation_id);
                self.live.insert(appointment.appointment_id, (appointment.start, appointment.end));
            }
            other => panic!("no process causes it: {other:?}"),
        }
    }

    /// Two appointments, or the time reserved for one and another, that overlap.
    fn overlap(&self) -> Option<(AppointmentId, AppointmentId)> {
        let live = self.live.iter().map(|(id, time)| (*id, *time));
        let taken: Vec<_> = live.chain(self.reserved.values().copied()).collect();
        let pairs =
            taken.iter().enumerate().flat_map(|(at, one)| taken[..at].iter().map(move |other| (one, other)));
        let mut overlapping = pairs.filter(|((_, one), (_, other))| one.0 < other.1 && other.0 < one.1);
        overlapping.next().map(|((one, _), (other, _))| (*one, *other))
    }
}

/// The appointment's time, wherever it is; or why it has not one owner, or is not on the way to one.
pub(crate) fn one_owner(
    agents: &[(AgentId, &Facts)],
    appointment_id: AppointmentId,
) -> Result<Option<Time>, String> {
    let mut owned: Vec<Time> =
        agents.iter().filter_map(|(_, facts)| facts.live.get(&appointment_id)).copied().collect();
    if owned.len() > 1 {
        return Err("it has two owners".to_owned());
    }
    for (_, facts) in agents {
        for (reservation_id, (to, _, time)) in
            facts.handed_over.iter().filter(|(_, (_, of, _))| *of == appointment_id)
        {
            let (_, there) = agents.iter().find(|(agent_id, _)| agent_id == to).expect("one of the agents");
            match there.reserved.get(reservation_id) {
                Some((_, reserved)) if reserved == time => owned.push(*time),
                Some(_) => return Err("another time was reserved than was handed over".to_owned()),
                None if there.received.contains(reservation_id) => {}
                None => return Err("it was handed over, but its time was released".to_owned()),
            }
        }
    }
    let is_cancelled = agents.iter().any(|(_, facts)| facts.cancelled.contains(&appointment_id));
    match (owned.as_slice(), is_cancelled) {
        ([], true) => Ok(None),
        ([], false) => Err("nobody has it".to_owned()),
        ([_], true) => Err("it was cancelled, and lives on".to_owned()),
        ([time], false) => Ok(Some(*time)),
        _ => Err("it is with one, and on its way to another".to_owned()),
    }
}

/// Why not every move of the one appointment that is moved was made upon the one before.
pub(crate) fn each_move_counts(agents: &[(AgentId, &Facts)]) -> Result<(), String> {
    let moves = agents.iter().flat_map(|(_, facts)| &facts.moves);
    let mut counted: Vec<u32> = moves.map(|(_, sequence)| *sequence).collect();
    counted.sort_unstable();
    let is_each = counted.iter().zip(1..).all(|(sequence, number)| *sequence == number);
    if is_each { Ok(()) } else { Err(format!("a move was made upon another than the last: {counted:?}")) }
}

/// Why some agent's time is taken twice.
pub(crate) fn no_overlap(agents: &[(AgentId, &Facts)]) -> Result<(), String> {
    let overlap = agents.iter().find_map(|(agent_id, facts)| Some((agent_id, facts.overlap()?)));
    overlap.map_or(Ok(()), |(agent_id, (one, other))| Err(format!("{one} and {other} overlap at {agent_id}")))
}
