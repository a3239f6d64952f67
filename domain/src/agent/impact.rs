//! What a change of an agent's calendar would do to the appointments in it, before it is made.

use availability::{Conflict, Interval, conflict_of, conflicts};
use calendar_fold::fold_agent;
use chrono::{DateTime, Utc};
use schemas::event::AgentEvent;

use super::{Agent, AgentCommand, AgentRejection};
use crate::{Command, Office};

impl Agent {
    /// The appointments to come that would stand against the rules once the command is carried out, earliest first, each
    /// with what would newly speak against it. Refused as the command would be.
    pub fn impact_of(
        &self,
        command: &Command<AgentCommand>,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<Vec<Conflict>, AgentRejection> {
        let events = self.decide_alone(command, office, now)?;
        let (mut after, mut is_active) = (self.calendar.clone(), self.is_active());
        for event in &events {
            match event {
                AgentEvent::AgentRegistered(_) => is_active = true,
                AgentEvent::AgentDeactivated(_) => is_active = false,
                _ => {}
            }
            fold_agent(&mut after, event, None, DateTime::<Utc>::MIN_UTC);
        }
        let to_come = Interval::new(now, DateTime::<Utc>::MAX_UTC);
        let against = conflicts(&after, office.calendar(), to_come, is_active).into_iter();
        // Time that is reserved for another agent's appointment is none of this agent's yet.
        let own = against.filter(|conflict| self.appointments.contains_key(&conflict.appointment_id));
        Ok(own
            .filter_map(|conflict| {
                let id = conflict.appointment_id;
                let before = conflict_of(&self.calendar, office.calendar(), id, self.is_active());
                conflict.since(before.as_ref())
            })
            .collect())
    }
}
