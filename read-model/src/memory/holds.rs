//! Which agent's calendar has a hold.

use chrono::{DateTime, Utc};
use imbl::{HashMap, OrdSet};
use schemas::event::AgentEvent;
use schemas::{AgentId, HoldId};

/// The agent of each hold that has not ended, and of expired ones for as long as calendars keep them.
#[derive(Debug, Clone, Default)]
pub(super) struct HoldAgents {
    /// With the expiry of the hold.
    agents: HashMap<HoldId, (AgentId, DateTime<Utc>)>,
    by_expiry: OrdSet<(DateTime<Utc>, HoldId)>,
}

impl HoldAgents {
    pub(super) fn get(&self, hold_id: HoldId) -> Option<&AgentId> {
        self.agents.get(&hold_id).map(|(agent_id, _)| agent_id)
    }

    /// Takes in the next event of an agent. Holds that expired by `forget_before` are dropped.
    pub(super) fn note(&mut self, agent_id: &AgentId, event: &AgentEvent, forget_before: DateTime<Utc>) {
        match event {
            AgentEvent::SlotHeld(event) => {
                for hold_id in &event.replaces {
                    self.agents.remove(hold_id);
                }
                self.agents.insert(event.hold_id, (agent_id.clone(), event.expires_at));
                self.by_expiry.insert((event.expires_at, event.hold_id));
                self.forget(forget_before);
            }
            AgentEvent::HoldReleased(event) => drop(self.agents.remove(&event.hold_id)),
            AgentEvent::AppointmentBooked(event) => self.end(event.hold_id),
            AgentEvent::AppointmentRescheduled(event) => self.end(event.hold_id),
            AgentEvent::AppointmentReceived(event) => self.end(event.hold_id),
            _ => {}
        }
    }

    fn end(&mut self, hold_id: Option<HoldId>) {
        hold_id.and_then(|hold_id| self.agents.remove(&hold_id));
    }

    fn forget(&mut self, before: DateTime<Utc>) {
        let is_past = |(expires_at, _): &&(DateTime<Utc>, HoldId)| *expires_at <= before;
        while let Some(past) = self.by_expiry.get_min().filter(is_past).copied() {
            self.by_expiry.remove(&past);
            let (expires_at, hold_id) = past;
            if self.agents.get(&hold_id).is_some_and(|(_, kept)| *kept == expires_at) {
                self.agents.remove(&hold_id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use schemas::event::{AppointmentBooked, AppointmentRescheduled, HoldReleased};
    use uuid::Uuid;

    use super::*;
    use crate::sample::{begin, booked, id};

    fn hold_id(number: u128) -> HoldId {
        HoldId::new(Uuid::from_u128(number))
    }

    #[test]
    fn a_hold_is_known_until_it_is_released_used_or_long_past() {
        let mut holds = HoldAgents::default();
        let agent_id: AgentId = "7".parse().unwrap();
        let long_ago = begin() - TimeDelta::days(62);
        for number in 1..=4 {
            let expires_at = begin() + TimeDelta::minutes(number.try_into().unwrap());
            let held = fixtures::held(hold_id(number), begin(), 30, expires_at);
            holds.note(&agent_id, &held.into(), long_ago);
        }
        holds.note(&agent_id, &HoldReleased { hold_id: hold_id(2) }.into(), long_ago);
        let by_hold = AppointmentBooked { hold_id: Some(hold_id(3)), ..booked(1, "7", begin()) };
        holds.note(&agent_id, &by_hold.into(), long_ago);
        let moved = AppointmentRescheduled {
            hold_id: Some(hold_id(4)),
            ..fixtures::rescheduled(id(1), begin() + TimeDelta::hours(1), 30)
        };
        holds.note(&agent_id, &moved.into(), long_ago);
        let known = |holds: &HoldAgents| [1, 2, 3, 4].map(|number| holds.get(hold_id(number)).is_some());
        assert_eq!(known(&holds), [true, false, false, false]);

        let later = fixtures::held(hold_id(5), begin(), 30, begin() + TimeDelta::days(70));
        holds.note(&agent_id, &later.into(), begin() + TimeDelta::minutes(1));
        assert_eq!(known(&holds), [false; 4]);
        assert_eq!(holds.by_expiry.len(), 4, "what ended before its expiry is dropped with it");
        assert_eq!(holds.get(hold_id(5)), Some(&agent_id));
    }
}
