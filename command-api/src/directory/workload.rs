//! How many appointments each agent has on each date, which orders the candidates for a booking without an agent.

use std::collections::HashMap;

use availability::zone;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use schemas::event::AgentEvent;
use schemas::{AgentId, AppointmentId};

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
}

#[derive(Debug)]
struct Workload {
    active: bool,
    time_zone: Tz,
    last_booked_at: Option<DateTime<Utc>>,
    /// The last revision of the agent's stream.
    revision: u64,
    appointments_by_date: HashMap<NaiveDate, u32>,
}

impl Workloads {
    /// The active agents, least loaded on the local date of `start` first, then the longest since their last
    /// booking, then by id.
    pub(super) fn candidates(&self, start: DateTime<Utc>) -> Vec<Candidate> {
        let mut candidates: Vec<_> = self
            .agents
            .iter()
            .filter(|(_, workload)| workload.active)
            .map(|(agent_id, workload)| {
                let date = zone::local_date(workload.time_zone, start);
                let load = workload.appointments_by_date.get(&date).copied().unwrap_or(0);
                (load, workload.last_booked_at, agent_id)
            })
            .collect();
        candidates.sort_unstable();
        let candidate = |agent_id: &AgentId| Candidate {
            agent_id: agent_id.clone(),
            revision: self.agents.get(agent_id).map(|workload| workload.revision),
        };
        candidates.into_iter().map(|(_, _, agent_id)| candidate(agent_id)).collect()
    }

    /// An event of the agent's stream was seen.
    pub(super) fn note_revision(&mut self, agent_id: &AgentId, revision: u64) {
        if let Some(workload) = self.agents.get_mut(agent_id) {
            workload.revision = revision;
        }
    }

    pub(super) fn note(&mut self, agent_id: &AgentId, event: &AgentEvent, recorded_at: DateTime<Utc>) {
        match event {
            AgentEvent::AgentRegistered(event) => self.register(agent_id, event.profile.time_zone),
            AgentEvent::AgentProfileUpdated(event) => self.register(agent_id, event.profile.time_zone),
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
            AgentEvent::AppointmentReassigned(event) => self.discount(event.appointment_id, agent_id),
            _ => {}
        }
    }

    fn register(&mut self, agent_id: &AgentId, time_zone: Tz) {
        let workload = self.agents.entry(agent_id.clone()).or_insert_with(|| Workload {
            active: true,
            time_zone,
            last_booked_at: None,
            revision: 0,
            appointments_by_date: HashMap::new(),
        });
        workload.active = true;
        workload.time_zone = time_zone;
    }

    fn count(&mut self, appointment_id: AppointmentId, agent_id: &AgentId, start: DateTime<Utc>) {
        if let Some((counted_for, _)) = self.counted.get(&appointment_id).cloned() {
            self.discount(appointment_id, &counted_for);
        }
        if let Some(workload) = self.agents.get_mut(agent_id) {
            let date = zone::local_date(workload.time_zone, start);
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
