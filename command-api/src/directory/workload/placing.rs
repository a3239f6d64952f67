//! Whom the visits of a bulk move can go to, one after the other: each counts for the next.

use std::collections::HashMap;

use availability::{
    AgentCalendar, Booking, OfficeCalendar, Reason, Slot, SlotRequest, check_agreed, nearest, zone,
};
use chrono::{DateTime, NaiveDate, Utc};
use schemas::AgentId;

use super::Workloads;

/// How many of the agents who cannot take a visit are asked for other times.
const ASKED_FOR_OTHERS: usize = 5;
/// How many other times are offered for a visit that nobody can take.
const ALTERNATIVES: usize = 3;

/// What is planned already, beside what the agents have.
#[derive(Debug, Default)]
pub(crate) struct PlannedLoads(HashMap<AgentId, PlannedLoad>);

#[derive(Debug)]
struct PlannedLoad {
    /// With what is planned.
    calendar: AgentCalendar,
    by_date: HashMap<NaiveDate, u32>,
}

/// Whom a visit can go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Placed {
    /// To this agent, who has least to do that day.
    With(AgentId),
    /// To nobody.
    Nobody {
        /// What speaks against it.
        reason: Reason,
        /// The nearest other times, and with whom.
        nearest: Vec<(AgentId, Slot)>,
    },
}

impl PlannedLoads {
    fn calendar<'a>(&'a self, agent_id: &AgentId, known: &'a AgentCalendar) -> &'a AgentCalendar {
        self.0.get(agent_id).map_or(known, |planned| &planned.calendar)
    }

    fn on(&self, agent_id: &AgentId, date: NaiveDate) -> u32 {
        self.0.get(agent_id).and_then(|planned| planned.by_date.get(&date)).copied().unwrap_or(0)
    }

    fn book(&mut self, agent_id: &AgentId, known: &AgentCalendar, visit: &Booking) {
        let date = zone::local_date(known.time_zone(), visit.start);
        let new = || PlannedLoad { calendar: known.clone(), by_date: HashMap::new() };
        let planned = self.0.entry(agent_id.clone()).or_insert_with(new);
        planned.calendar.book(visit.clone());
        *planned.by_date.entry(date).or_default() += 1;
    }
}

impl Workloads {
    /// Whether the agent is active; none if unknown.
    pub(in crate::directory) fn is_active(&self, agent_id: &AgentId) -> Option<bool> {
        self.agents.get(agent_id).map(|workload| workload.active)
    }

    /// Places a visit, at its time, with the active agent among those that `may` get it who has least to do that day, and
    /// counts it as planned there.
    pub(in crate::directory) fn place(
        &self,
        office: &OfficeCalendar,
        visit: &Booking,
        may: impl Fn(&AgentId) -> bool,
        planned: &mut PlannedLoads,
        now: DateTime<Utc>,
    ) -> Placed {
        let (mut free, mut refusing) = (Vec::new(), Vec::new());
        for (agent_id, workload) in self.agents.iter().filter(|(id, workload)| workload.active && may(id)) {
            let calendar = planned.calendar(agent_id, &workload.calendar);
            let (load, last_booked_at, _) = workload.rank(agent_id, visit.start);
            let date = zone::local_date(calendar.time_zone(), visit.start);
            let rank = (load + planned.on(agent_id, date), last_booked_at, agent_id);
            match check_agreed(calendar, office, visit, now) {
                Ok(_) => free.push(rank),
                // Who works then comes first.
                Err(reason) => refusing.push((reason == Reason::OutsideHours, rank, reason)),
            }
        }
        if let Some((_, _, agent_id)) = free.into_iter().min() {
            planned.book(agent_id, &self.agents[agent_id].calendar, visit);
            return Placed::With(agent_id.clone());
        }
        refusing.sort_unstable();
        let reason = refusing.first().map_or(Reason::AgentInactive, |(_, _, reason)| *reason);
        let asked = refusing.iter().take(ASKED_FOR_OTHERS);
        let found = asked.flat_map(|(_, (_, _, agent_id), _)| {
            let calendar = planned.calendar(agent_id, &self.agents[*agent_id].calendar);
            let nearest = nearest(calendar, office, &request(visit), now, ALTERNATIVES + 1);
            nearest.into_iter().map(move |slot| ((*agent_id).clone(), slot))
        });
        let mut nearest: Vec<_> = found.filter(|(_, slot)| slot.start != visit.start).collect();
        nearest
            .sort_by_key(|(agent_id, slot)| ((slot.start - visit.start).abs(), slot.start, agent_id.clone()));
        nearest.truncate(ALTERNATIVES);
        Placed::Nobody { reason, nearest }
    }
}

fn request(visit: &Booking) -> SlotRequest<'_> {
    SlotRequest {
        appointment_type: &visit.appointment_type,
        start: visit.start,
        property_id: visit.property_id.as_ref(),
        lead_id: Some(&visit.lead_id),
        moving: Some(visit.appointment_id),
        duration_minutes: u16::try_from(visit.interval().length().num_minutes()).ok(),
    }
}
