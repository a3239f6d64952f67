//! Whom visits can go to that cannot stay where they are, one after the other: each counts for the next.

use std::collections::{BTreeSet, HashMap};

use availability::{
    AgentCalendar, Booking, Conflict, OfficeCalendar, Reason, Slot, SlotRequest, check_agreed, nearest, zone,
};
use chrono::{DateTime, NaiveDate, Utc};
use schemas::{AgentId, AppointmentTypeCode};

use super::{Rank, Workloads};

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

/// A visit that cannot stay where it is.
#[derive(Debug, Clone, Copy)]
pub(in crate::directory) struct Displaced<'a> {
    visit: &'a Booking,
    /// Its agent, if it could stay there at another time, and what speaks against the time that it has.
    owner: Option<(&'a AgentId, Reason)>,
    /// What speaks against that time with every agent.
    with_all: Option<Reason>,
}

impl PlannedLoads {
    /// Nothing is planned, but this agent's calendar will be another.
    pub(crate) fn with_calendar(agent_id: AgentId, calendar: AgentCalendar) -> Self {
        Self(HashMap::from([(agent_id, PlannedLoad { calendar, by_date: HashMap::new() })]))
    }

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

impl<'a> Displaced<'a> {
    /// One that is to leave its agent.
    pub(in crate::directory) const fn from_others(visit: &'a Booking) -> Self {
        Self { visit, owner: None, with_all: None }
    }

    /// One that would stand against the rules: its agent could have it at another time. None if nothing speaks against it.
    fn against_rules(visit: &'a Booking, owner: &'a AgentId, conflict: &Conflict) -> Option<Self> {
        let mut reasons = conflict.findings.iter().map(|finding| finding.reason);
        let first = reasons.clone().next()?;
        // They lie in the visit itself, whoever has it.
        let with_all = reasons.find(|reason| matches!(reason, Reason::TypeRetired | Reason::TooShort));
        Some(Self { visit, owner: Some((owner, first)), with_all })
    }

    /// What speaks against the time that it has, with this agent.
    fn judge(
        &self,
        agent_id: &AgentId,
        calendar: &AgentCalendar,
        office: &OfficeCalendar,
        now: DateTime<Utc>,
    ) -> Result<(), Reason> {
        let own = self.owner.filter(|(owner, _)| *owner == agent_id).map(|(_, reason)| reason);
        match self.with_all.or(own) {
            Some(reason) => Err(reason),
            None => check_agreed(calendar, office, self.visit, now).map(drop),
        }
    }

    /// Another time for it: as long as it is, unless that is what speaks against it.
    fn request(&self) -> SlotRequest<'_> {
        let length = self.visit.interval().length().num_minutes();
        SlotRequest {
            appointment_type: &self.visit.appointment_type,
            start: self.visit.start,
            property_id: self.visit.property_id.as_ref(),
            lead_id: Some(&self.visit.lead_id),
            moving: Some(self.visit.appointment_id),
            duration_minutes: if self.is_too_short() { None } else { u16::try_from(length).ok() },
        }
    }

    /// Whether the slot is no other time for it, but the one that it has.
    fn is_present(&self, slot: &Slot) -> bool {
        slot.start == self.visit.start && !self.is_too_short()
    }

    fn is_too_short(&self) -> bool {
        self.with_all == Some(Reason::TooShort)
    }
}

impl Workloads {
    /// Whether the agent is active; none if unknown.
    pub(in crate::directory) fn is_active(&self, agent_id: &AgentId) -> Option<bool> {
        self.agents.get(agent_id).map(|workload| workload.active)
    }

    /// See [`Directory::neighbours`](crate::directory::Directory::neighbours).
    pub(in crate::directory) fn neighbours(&self, agent_id: &AgentId) -> Option<BTreeSet<AgentId>> {
        let own = self.agents.get(agent_id).map(|workload| &workload.calendar)?;
        let near = self.agents.iter().filter(|(_, workload)| workload.calendar.shares_place_with(own));
        own.has_places().then(|| near.map(|(agent_id, _)| agent_id.clone()).collect())
    }

    /// Places a visit, at its time, with the active agent among those that `may` get it who has least to do that day, and
    /// counts it as planned there.
    pub(in crate::directory) fn place(
        &self,
        office: &OfficeCalendar,
        displaced: &Displaced<'_>,
        may: impl Fn(&AgentId) -> bool,
        planned: &mut PlannedLoads,
        now: DateTime<Utc>,
    ) -> Placed {
        let visit = displaced.visit;
        let is_owner = |agent_id: &AgentId| displaced.owner.is_some_and(|(owner, _)| owner == agent_id);
        let (mut free, mut refusing) = (Vec::new(), Vec::new());
        for (agent_id, workload) in self.agents.iter().filter(|(id, workload)| workload.active && may(id)) {
            let calendar = planned.calendar(agent_id, &workload.calendar);
            let (load, last_booked_at, _) = workload.rank(agent_id, visit.start);
            let date = zone::local_date(calendar.time_zone(), visit.start);
            let rank = (load + planned.on(agent_id, date), last_booked_at, agent_id);
            match displaced.judge(agent_id, calendar, office, now) {
                Ok(()) => free.push(rank),
                // Who works then comes first, and before all who has it.
                Err(reason) => {
                    refusing.push((!is_owner(agent_id), reason == Reason::OutsideHours, rank, reason));
                }
            }
        }
        if let Some((_, _, agent_id)) = free.into_iter().min() {
            planned.book(agent_id, &self.agents[agent_id].calendar, visit);
            return Placed::With(agent_id.clone());
        }
        refusing.sort_unstable();
        // What others say comes before what was known already.
        let said = refusing.iter().find(|(is_other, ..)| *is_other).or_else(|| refusing.first());
        let reason = said.map_or(Reason::AgentInactive, |(.., reason)| *reason);
        let asked = refusing.iter().take(ASKED_FOR_OTHERS).map(|(_, _, rank, _)| *rank);
        Placed::Nobody { reason, nearest: self.other_times(office, displaced, asked, planned, now) }
    }

    /// The times nearest to that of the visit, with one of these agents each.
    fn other_times<'a>(
        &self,
        office: &OfficeCalendar,
        displaced: &Displaced<'_>,
        asked: impl Iterator<Item = Rank<'a>>,
        planned: &PlannedLoads,
        now: DateTime<Utc>,
    ) -> Vec<(AgentId, Slot)> {
        let found = asked.flat_map(|(_, _, agent_id)| {
            let calendar = planned.calendar(agent_id, &self.agents[agent_id].calendar);
            let nearest = nearest(calendar, office, &displaced.request(), now, ALTERNATIVES + 1);
            nearest.into_iter().map(move |slot| (agent_id.clone(), slot))
        });
        let mut nearest: Vec<_> = found.filter(|(_, slot)| !displaced.is_present(slot)).collect();
        let wished = displaced.visit.start;
        nearest.sort_by_key(|(agent_id, slot)| ((slot.start - wished).abs(), slot.start, agent_id.clone()));
        nearest.truncate(ALTERNATIVES);
        nearest
    }

    /// See [`Directory::place_conflict`](crate::directory::Directory::place_conflict).
    pub(in crate::directory) fn place_conflict(
        &self,
        office: &OfficeCalendar,
        (owner, conflict): (&AgentId, &Conflict),
        may: impl Fn(&AgentId) -> bool,
        planned: &mut PlannedLoads,
        now: DateTime<Utc>,
    ) -> Option<(AppointmentTypeCode, Placed)> {
        let known = planned.calendar(owner, &self.agents.get(owner)?.calendar);
        let visit = known.find_booking(conflict.appointment_id)?.clone();
        let displaced = Displaced::against_rules(&visit, owner, conflict)?;
        let placed = self.place(office, &displaced, may, planned, now);
        Some((visit.appointment_type.clone(), placed))
    }
}
