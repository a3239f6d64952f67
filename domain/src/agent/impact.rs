//! What a change of an agent's calendar would do to the appointments in it, before it is made.

use availability::{AgentCalendar, Conflict, Interval, conflict_of, conflicts};
use calendar_fold::fold_agent;
use chrono::{DateTime, Utc};
use schemas::event::AgentEvent;

use super::{Agent, AgentCommand, AgentRejection};
use crate::{Command, Office};

/// An agent's calendar as it would be once a command is carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangedCalendar {
    /// Hours, blocks and appointments.
    pub calendar: AgentCalendar,
    /// Whether the agent takes new appointments.
    pub is_active: bool,
}

impl Agent {
    /// The calendar as it would be once the command is carried out. Refused as the command would be.
    pub fn calendar_after(
        &self,
        command: &Command<AgentCommand>,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<ChangedCalendar, AgentRejection> {
        let events = self.decide_alone(command, office, now)?;
        let (mut calendar, mut is_active) = (self.calendar.clone(), self.is_active());
        for event in &events {
            match event {
                AgentEvent::AgentRegistered(_) => is_active = true,
                AgentEvent::AgentDeactivated(_) => is_active = false,
                _ => {}
            }
            fold_agent(&mut calendar, event, None, DateTime::<Utc>::MIN_UTC);
        }
        Ok(ChangedCalendar { calendar, is_active })
    }

    /// The appointments to come that would stand against the rules with the changed calendar, earliest first, each with
    /// what would newly speak against it.
    pub fn impact_of(&self, after: &ChangedCalendar, office: &Office, now: DateTime<Utc>) -> Vec<Conflict> {
        let to_come = Interval::new(now, DateTime::<Utc>::MAX_UTC);
        let ChangedCalendar { calendar, is_active } = after;
        let against = conflicts(calendar, office.calendar(), to_come, *is_active).into_iter();
        // Time that is reserved for another agent's appointment is none of this agent's yet.
        let own = against.filter(|conflict| self.appointments.contains_key(&conflict.appointment_id));
        own.filter_map(|conflict| {
            let id = conflict.appointment_id;
            let before = conflict_of(&self.calendar, office.calendar(), id, self.is_active());
            conflict.since(before.as_ref())
        })
        .collect()
    }
}
