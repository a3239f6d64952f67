//! The tables of a read model, filled with the appointments of many agents.

use std::collections::BTreeMap;

use anyhow::Result;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use read_model::{
    Event, Limit, PageRequest, PostgresReadModel, ProjectedEvent, SlotSearch, StartFilter, StoredText,
};
use schemas::event::{
    AgentRegistered, AppointmentBooked, AppointmentTypeDefined, OfficePolicySet, OfficeRuleAdded,
};
use schemas::{AgentId, AppointmentId, AppointmentTypeCode, EventId, LeadId};
use uuid::Uuid;

use super::calendars::{HOURS_PER_DAY, start, video_call};

/// How many events are applied at once.
const AT_ONCE: usize = 2_000;

/// The state of the events applied so far, and of those that follow.
pub(crate) struct Tables {
    /// A Sunday; all appointments come after it.
    pub(crate) now: DateTime<Utc>,
    kind: AppointmentTypeCode,
    agents: usize,
    events: u128,
    revisions: BTreeMap<usize, u64>,
    office_events: u64,
    /// The number of the next booking of a measurement; these lie in weeks that no search covers.
    next_booking: usize,
}

impl Tables {
    /// Fills the tables: this many agents, each with two hours in three taken on this many days from tomorrow.
    pub(crate) async fn fill(read_model: &PostgresReadModel, agents: usize, days: u64) -> Result<Self> {
        read_model.migrate().await?;
        let now = NaiveDate::from_ymd_opt(2026, 3, 1).expect("a Sunday").and_time(NaiveTime::MIN).and_utc();
        let now = now + TimeDelta::hours(12);
        let kind = AppointmentTypeCode::parse("reunion")?;
        let mut tables = Self {
            now,
            kind,
            agents,
            events: 0,
            revisions: BTreeMap::new(),
            office_events: 0,
            next_booking: 0,
        };
        let mut waiting = tables.office();
        for agent in 0..agents {
            waiting.push(tables.registered(agent)?);
            for day in 1..=days {
                let date = now.date_naive() + Days::new(day);
                for hour in 0..HOURS_PER_DAY {
                    let is_taken =
                        !(agent + usize::try_from(day)? + usize::try_from(hour)?).is_multiple_of(3);
                    if let Some(start) = start(date, hour).filter(|_| is_taken) {
                        waiting.push(tables.booked(agent, start)?);
                    }
                }
            }
            if waiting.len() >= AT_ONCE {
                read_model.apply(&std::mem::take(&mut waiting), &[]).await?;
                crate::tell(&format!("filling: {} of {agents} agents", agent + 1));
            }
        }
        read_model.apply(&waiting, &[]).await?;
        Ok(tables)
    }

    /// The type of all appointments.
    pub(crate) fn kind(&self) -> &AppointmentTypeCode {
        &self.kind
    }

    /// A search for the first slots over all agents.
    pub(crate) fn question(&self, limit: Limit, days: u64) -> SlotSearch {
        SlotSearch {
            appointment_type: self.kind.clone(),
            from: self.now,
            to: self.now + Days::new(days),
            agent_ids: Vec::new(),
            starts: StartFilter::default(),
            property_id: None,
            lead_id: None,
            zone: None,
            explain: None,
            page: PageRequest { limit, cursor: None },
        }
    }

    /// An event that changes the office, but no free slots.
    pub(crate) fn office_event(&mut self) -> ProjectedEvent {
        self.of_office(OfficePolicySet { policy: fixtures::policy() })
    }

    /// One more appointment for each of this many agents, later than any search covers.
    pub(crate) fn bookings(&mut self, count: usize) -> Result<Vec<ProjectedEvent>> {
        let mut events = Vec::with_capacity(count);
        for _ in 0..count {
            let (agent, round) = (self.next_booking % self.agents, self.next_booking / self.agents);
            self.next_booking += 1;
            let start = self.now + Days::new(60) + TimeDelta::hours(i64::try_from(round)?);
            events.push(self.booked(agent, start)?);
        }
        Ok(events)
    }

    fn office(&mut self) -> Vec<ProjectedEvent> {
        let appointment_type = video_call(&self.kind);
        let mut events = vec![
            self.of_office(OfficePolicySet { policy: fixtures::policy() }),
            self.of_office(AppointmentTypeDefined { appointment_type }),
        ];
        for day in 0..5 {
            let rule = fixtures::rule(u128::from(day) + 1, day, "09:00", "18:00");
            events.push(self.of_office(OfficeRuleAdded { rule }));
        }
        events
    }

    fn of_office(&mut self, event: impl Into<schemas::OfficeEvent>) -> ProjectedEvent {
        self.office_events += 1;
        self.projected(Event::Office(event.into()), self.office_events - 1)
    }

    fn registered(&mut self, agent: usize) -> Result<ProjectedEvent> {
        let profile = fixtures::profile(&format!("Agente {agent}"));
        self.of_agent(agent, |agent_id| AgentRegistered { agent_id, profile })
    }

    fn booked(&mut self, agent: usize, start: DateTime<Utc>) -> Result<ProjectedEvent> {
        let (number, kind) = (self.events + 1, self.kind.clone());
        let lead_id = LeadId::parse(&format!("lead-{number}"))?;
        self.of_agent(agent, |agent_id| AppointmentBooked {
            lead_id,
            appointment_type: kind,
            ..fixtures::booked(AppointmentId::new(Uuid::from_u128(number)), &agent_id, start, 60)
        })
    }

    fn of_agent<E: Into<schemas::AgentEvent>>(
        &mut self,
        agent: usize,
        event: impl FnOnce(AgentId) -> E,
    ) -> Result<ProjectedEvent> {
        let agent_id = AgentId::parse(&format!("agent-{agent}"))?;
        let event = Event::Agent(agent_id.clone(), event(agent_id).into());
        let next = self.revisions.entry(agent).or_default();
        let revision = *next;
        *next += 1;
        Ok(self.projected(event, revision))
    }

    fn projected(&mut self, event: Event, revision: u64) -> ProjectedEvent {
        self.events += 1;
        let unique = Uuid::from_u128(self.events);
        let metadata = fixtures::metadata(unique, self.now);
        let position = u64::try_from(self.events).expect("a bench has few events");
        let (event_id, stored) = (EventId::new(unique), StoredText::of(&event, &metadata));
        ProjectedEvent { position, revision, event_id, event, metadata, stored }
    }
}
