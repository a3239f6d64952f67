//! Who can take a booking that names no agent, and in which order they are asked.

use std::collections::{HashMap, HashSet};

use availability::{
    AgentCalendar, Conflict, OfficeCalendar, Slot, SlotRequest, check_agreed, conflict_of, zone,
};
use calendar_fold::StreamTime;
use chrono::{DateTime, NaiveDate, Utc};
use domain::RescheduleAppointment;
use schemas::event::AgentEvent;
use schemas::value::AgentProfile;
use schemas::{AgentId, AppointmentId};

use super::calendars::{Outlook, check_moved, fold, has_lead, outlook};

mod placing;
mod same_hour;

pub(super) use placing::Displaced;
pub(crate) use placing::{Placed, PlannedLoads};

/// How busy each agent is.
#[derive(Debug, Default)]
pub(super) struct Workloads {
    agents: HashMap<AgentId, Workload>,
    /// The agent and date under which each appointment is counted.
    counted: HashMap<AppointmentId, (AgentId, NaiveDate)>,
}

/// An agent who may take a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The agent.
    pub(crate) agent_id: AgentId,
    /// The last revision of the agent's stream, if the log was just read to its end.
    pub(crate) revision: Option<u64>,
    /// Whether the agent can take the booking, as far as the log has been read.
    pub(crate) is_free: bool,
    /// How busy the agent is, if that decides when the agent is asked.
    pub(crate) load: Option<Load>,
}

/// How many appointments an agent has on a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Load {
    /// The date, in the agent's zone.
    pub(crate) date: NaiveDate,
    /// As far as the log has been read.
    pub(crate) appointments: u32,
}

impl Candidate {
    /// An agent of whose stream nothing is known.
    pub(crate) const fn unknown(agent_id: AgentId) -> Self {
        Self { agent_id, revision: None, is_free: true, load: None }
    }
}

#[derive(Debug)]
struct Workload {
    active: bool,
    calendar: AgentCalendar,
    last_booked_at: Option<DateTime<Utc>>,
    /// The last revision of the agent's stream.
    revision: u64,
    appointments_by_date: HashMap<NaiveDate, u32>,
}

/// How busy an agent is, least busy first: the appointments on the date, then the last booking, then the id.
type Rank<'a> = (u32, Option<DateTime<Utc>>, &'a AgentId);

/// With the last revision of the agent's stream, and the date of the load if that decides when the agent is asked.
type Ranked<'a> = (Rank<'a>, Option<u64>, Option<NaiveDate>);

impl Workloads {
    /// The agents to ask for a booking, in the order in which they are asked: those with whom the lead has an
    /// appointment at that time; of the active ones, those with whom the lead holds the slot; those who are free, and
    /// those of `parked`, of whom not everything is known; then at most `refusing` others, those with hours for the type
    /// first.
    pub(super) fn candidates(
        &self,
        office: &OfficeCalendar,
        request: &SlotRequest<'_>,
        now: DateTime<Utc>,
        parked: &HashSet<AgentId>,
        refusing: usize,
    ) -> Vec<Candidate> {
        let mut of_lead = Vec::new();
        let (mut held, mut free, mut taken, mut no_hours) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (agent_id, workload) in &self.agents {
            let is_parked = parked.contains(agent_id);
            let revision = (!is_parked).then_some(workload.revision);
            if !is_parked && has_lead(&workload.calendar, office, request) {
                of_lead.push((workload.rank(agent_id, request.start), revision, None));
                continue;
            }
            if !workload.active {
                continue;
            }
            let rank = workload.rank(agent_id, request.start);
            let outlook =
                if is_parked { Outlook::Free } else { outlook(&workload.calendar, office, request, now) };
            match outlook {
                Outlook::Held => held.push((rank, revision, None)),
                Outlook::Free => free.push((rank, revision, Some(workload.date_of(request.start)))),
                Outlook::Taken => taken.push((rank, revision, None)),
                // Of many, whichever.
                Outlook::NoHours if no_hours.len() < refusing => no_hours.push((rank, revision, None)),
                Outlook::NoHours => {}
            }
        }
        for ranked in [&mut of_lead, &mut held, &mut free, &mut taken, &mut no_hours] {
            ranked.sort_unstable();
        }
        let candidate = |is_free: bool| {
            move |((appointments, _, agent_id), revision, date): Ranked<'_>| Candidate {
                agent_id: agent_id.clone(),
                revision,
                is_free,
                load: date.map(|date| Load { date, appointments }),
            }
        };
        let others = taken.into_iter().chain(no_hours).take(refusing);
        let first = of_lead.into_iter().map(candidate(false));
        let free = held.into_iter().chain(free).map(candidate(true));
        first.chain(free).chain(others.map(candidate(false))).collect()
    }

    /// See [`Directory::others_for`](super::Directory::others_for).
    pub(super) fn others_for(
        &self,
        office: &OfficeCalendar,
        moved: &RescheduleAppointment,
        owner: &AgentId,
        asked: &AgentId,
        now: DateTime<Utc>,
    ) -> Option<Vec<(AgentId, Slot)>> {
        let present = self.agents.get(owner)?.calendar.find_booking(moved.appointment_id)?;
        let wanted = moved.applied_to(present.clone());
        let is_moved = wanted.interval() != present.interval();
        let others = self.agents.iter().filter(|(agent_id, workload)| {
            workload.active && *agent_id != asked && (is_moved || *agent_id != owner)
        });
        let free = others.filter_map(|(agent_id, workload)| {
            let slot = if is_moved {
                check_moved(&workload.calendar, office, &wanted, now)
            } else {
                check_agreed(&workload.calendar, office, &wanted, now)
            };
            Some((workload.rank(agent_id, wanted.start), slot.ok()?))
        });
        let mut free: Vec<_> = free.collect();
        free.sort_unstable();
        Some(free.into_iter().map(|((_, _, agent_id), slot)| (agent_id.clone(), slot)).collect())
    }

    /// Every agent, in no order.
    pub(super) fn agent_ids(&self) -> Vec<AgentId> {
        self.agents.keys().cloned().collect()
    }

    /// The agent's appointments to come that would newly stand against the rules with another office, and how many were
    /// looked at: `most` at most. `is_own` is whether an appointment is this agent's by now.
    pub(super) fn impact(
        &self,
        agent_id: &AgentId,
        before: &OfficeCalendar,
        after: &OfficeCalendar,
        now: DateTime<Utc>,
        most: usize,
        is_own: impl Fn(AppointmentId) -> bool,
    ) -> (usize, Vec<Conflict>) {
        let Some(Workload { active, calendar, .. }) = self.agents.get(agent_id) else {
            return (0, Vec::new());
        };
        let mut looked_at = 0;
        let to_come = calendar.bookings().filter(|booking| booking.end > now).take(most);
        let found = to_come.inspect(|_| looked_at += 1).filter_map(|booking| {
            let id = booking.appointment_id;
            let conflict = conflict_of(calendar, after, id, *active).filter(|_| is_own(id))?;
            conflict.since(conflict_of(calendar, before, id, *active).as_ref())
        });
        let found = found.collect();
        (looked_at, found)
    }

    /// An event of the agent's stream was seen.
    pub(super) fn note_revision(&mut self, agent_id: &AgentId, revision: u64) {
        if let Some(workload) = self.agents.get_mut(agent_id) {
            workload.revision = revision;
        }
    }

    /// Takes in the next event of the agent. `time` is that of the log.
    pub(super) fn note(
        &mut self,
        agent_id: &AgentId,
        event: &AgentEvent,
        recorded_at: DateTime<Utc>,
        time: &StreamTime,
    ) {
        match event {
            AgentEvent::AgentRegistered(event) => self.register(agent_id, &event.profile),
            AgentEvent::AgentProfileUpdated(event) => self.register(agent_id, &event.profile),
            AgentEvent::AgentDeactivated(_) => {
                if let Some(workload) = self.agents.get_mut(agent_id) {
                    workload.active = false;
                }
            }
            AgentEvent::AppointmentBooked(event) => {
                self.count(event.appointment_id, agent_id, event.start);
                if let Some(workload) = self.agents.get_mut(agent_id) {
                    workload.last_booked_at = Some(recorded_at);
                }
            }
            AgentEvent::AppointmentRescheduled(event) => {
                self.count(event.appointment_id, agent_id, event.start);
            }
            AgentEvent::AppointmentCancelled(event) => self.discount(event.appointment_id, agent_id),
            AgentEvent::AppointmentReleased(event) => self.discount(event.appointment_id, agent_id),
            AgentEvent::AppointmentHandedOver(event) => {
                self.count(event.appointment.appointment_id, &event.to_agent_id, event.appointment.start);
                if let Some(workload) = self.agents.get_mut(&event.to_agent_id) {
                    workload.last_booked_at = Some(recorded_at);
                }
            }
            AgentEvent::AppointmentReinstated(event) => {
                self.count(event.appointment.appointment_id, agent_id, event.appointment.start);
            }
            AgentEvent::AppointmentReceived(event) => {
                self.count(event.appointment.appointment_id, agent_id, event.appointment.start);
            }
            _ => {}
        }
        if let Some(workload) = self.agents.get_mut(agent_id) {
            fold(&mut workload.calendar, event, time);
        }
    }

    fn register(&mut self, agent_id: &AgentId, profile: &AgentProfile) {
        let workload = self.agents.entry(agent_id.clone()).or_insert_with(|| Workload {
            active: true,
            calendar: AgentCalendar::new(profile.time_zone, profile.inherits_office_hours),
            last_booked_at: None,
            revision: 0,
            appointments_by_date: HashMap::new(),
        });
        workload.active = true;
    }

    fn count(&mut self, appointment_id: AppointmentId, agent_id: &AgentId, start: DateTime<Utc>) {
        if let Some((counted_for, _)) = self.counted.get(&appointment_id).cloned() {
            self.discount(appointment_id, &counted_for);
        }
        if let Some(workload) = self.agents.get_mut(agent_id) {
            let date = zone::local_date(workload.calendar.time_zone(), start);
            *workload.appointments_by_date.entry(date).or_default() += 1;
            self.counted.insert(appointment_id, (agent_id.clone(), date));
        }
    }

    fn discount(&mut self, appointment_id: AppointmentId, agent_id: &AgentId) {
        let Some((counted_for, date)) = self.counted.get(&appointment_id) else { return };
        if counted_for != agent_id {
            return;
        }
        if let Some(workload) = self.agents.get_mut(agent_id)
            && let Some(load) = workload.appointments_by_date.get_mut(date)
        {
            *load -= 1;
            if *load == 0 {
                workload.appointments_by_date.remove(date);
            }
        }
        self.counted.remove(&appointment_id);
    }
}

impl Workload {
    fn rank<'a>(&self, agent_id: &'a AgentId, start: DateTime<Utc>) -> Rank<'a> {
        let load = self.appointments_by_date.get(&self.date_of(start)).copied().unwrap_or(0);
        (load, self.last_booked_at, agent_id)
    }

    fn date_of(&self, start: DateTime<Utc>) -> NaiveDate {
        zone::local_date(self.calendar.time_zone(), start)
    }
}
