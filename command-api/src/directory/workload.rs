//! Who can take a booking that names no agent, and in which order they are asked.

use std::collections::{HashMap, HashSet};

use availability::{
    AgentCalendar, Conflict, OfficeCalendar, Slot, SlotRequest, check_agreed, conflict_of, travel_beside,
    zone,
};
use calendar_fold::StreamTime;
use chrono::{DateTime, NaiveDate, Utc};
use domain::RescheduleAppointment;
use schemas::event::AgentEvent;
use schemas::value::{AgentProfile, AssignedBecause, AssignedBy};
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
    /// What sets the agent before the next one.
    pub(crate) assigned_by: Option<AssignedBy>,
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
        Self { agent_id, revision: None, is_free: true, load: None, assigned_by: None }
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

/// How busy an agent is, least busy first: the appointments on the date, then the way to the visits beside it, then the
/// last booking, then the id.
type Rank<'a> = (u32, Option<u16>, Option<DateTime<Utc>>, &'a AgentId);

/// With the last revision of the agent's stream, and the date of the load if that decides when the agent is asked.
type Ranked<'a> = (Rank<'a>, Option<u64>, Option<NaiveDate>);

impl Workloads {
    /// The comunas and regions that an agent covers.
    pub(super) fn places_of(&self, agent_id: &AgentId) -> Vec<String> {
        let known = self.agents.get(agent_id).and_then(|known| known.calendar.as_showing());
        known.map(|agent| agent.places.to_vec()).unwrap_or_default()
    }

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
            let rank = || workload.rank_for(agent_id, office, request);
            if !is_parked && has_lead(&workload.calendar, office, request) {
                of_lead.push((rank(), revision, None));
                continue;
            }
            if !workload.active {
                continue;
            }
            let outlook =
                if is_parked { Outlook::Free } else { outlook(&workload.calendar, office, request, now) };
            match outlook {
                Outlook::Held => held.push((rank(), revision, None)),
                Outlook::Free => free.push((rank(), revision, Some(workload.date_of(request.start)))),
                Outlook::Taken => taken.push((rank(), revision, None)),
                // Of many, whichever.
                Outlook::NoHours if no_hours.len() < refusing => no_hours.push((rank(), revision, None)),
                Outlook::NoHours => {}
            }
        }
        for ranked in [&mut of_lead, &mut held, &mut free, &mut taken, &mut no_hours] {
            ranked.sort_unstable();
        }
        let candidate = |is_free: bool| {
            move |((appointments, .., agent_id), revision, date): Ranked<'_>| Candidate {
                agent_id: agent_id.clone(),
                revision,
                is_free,
                load: date.map(|date| Load { date, appointments }),
                assigned_by: None,
            }
        };
        let others = taken.into_iter().chain(no_hours).take(refusing);
        let first = of_lead.into_iter().map(candidate(false));
        let (holding, could) = (held.len(), held.len() + free.len());
        let ranked: Vec<_> = held.into_iter().chain(free).collect();
        let free = ranked.iter().enumerate().map(|(at, one)| {
            let next = ranked.get(at + 1).map(|(rank, ..)| rank);
            let assigned_by = assigned_by(&one.0, next, at < holding, could);
            Candidate { assigned_by: Some(assigned_by), ..candidate(true)(*one) }
        });
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
        Some(free.into_iter().map(|((.., agent_id), slot)| (agent_id.clone(), slot)).collect())
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
            AgentEvent::VisitDeclined(event) => self.discount(event.appointment_id, agent_id),
            AgentEvent::VisitRequestExpired(event) => self.discount(event.appointment_id, agent_id),
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
    /// The rank for a booking, with the way to the visits beside it.
    fn rank_for<'a>(
        &self,
        agent_id: &'a AgentId,
        office: &OfficeCalendar,
        request: &SlotRequest<'_>,
    ) -> Rank<'a> {
        let (load, _, last_booked_at, agent_id) = self.rank(agent_id, request.start);
        (load, travel_beside(&self.calendar, office, request), last_booked_at, agent_id)
    }

    fn rank<'a>(&self, agent_id: &'a AgentId, start: DateTime<Utc>) -> Rank<'a> {
        let load = self.appointments_by_date.get(&self.date_of(start)).copied().unwrap_or(0);
        (load, None, self.last_booked_at, agent_id)
    }

    fn date_of(&self, start: DateTime<Utc>) -> NaiveDate {
        zone::local_date(self.calendar.time_zone(), start)
    }
}

/// What sets an agent before the next one; `candidates` could take the booking.
fn assigned_by(rank: &Rank<'_>, next: Option<&Rank<'_>>, holds_slot: bool, candidates: usize) -> AssignedBy {
    let (load, travel_minutes, last_booking_at, _) = *rank;
    let reason = match next {
        _ if holds_slot => AssignedBecause::HoldsSlot,
        None if candidates == 1 => AssignedBecause::OnlyCandidate,
        None => AssignedBecause::FirstById,
        Some(next) if load < next.0 => AssignedBecause::LeastLoaded,
        Some(next) if travel_minutes < next.1 => AssignedBecause::Nearest,
        Some(next) if last_booking_at < next.2 => AssignedBecause::LongestSince,
        Some(_) => AssignedBecause::FirstById,
    };
    let candidates = u32::try_from(candidates).unwrap_or(u32::MAX);
    AssignedBy { reason, candidates, load, travel_minutes, last_booking_at }
}
