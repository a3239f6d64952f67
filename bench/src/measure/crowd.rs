//! A log as a day of heavy load writes it: many agents, booked in turn, at starts of the coming weeks in no order, and a
//! fifth of it cancelled. All of it is still to come, so every booking takes time in its agent's calendar.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use event_store::{EventStore, ExpectedRevision, NewEvent};
use schemas::event::{AgentEvent, AgentRegistered, AppointmentBooked, AppointmentCancelled};
use schemas::value::LeadContact;
use schemas::{AgentId, AppointmentId, LeadId, Personal, PropertyId, stream};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::history::stored;

const AGENTS: u64 = 870;

/// Of each agent, half an hour each; a prime, so that any step visits all of them.
const STARTS: u64 = 1_009;
const STEP: u64 = 389;

/// One in so many rounds over the agents cancels the appointments of the round before.
const CANCELLED_ONE_IN: u64 = 5;

/// How many appends are under way at once.
const WRITERS: u64 = 16;

/// The state of such a log.
pub(crate) struct Crowd {
    store: EventStore,
    now: DateTime<Utc>,
    rounds: u64,
}

impl Crowd {
    /// Registers the agents.
    pub(crate) async fn register(store: &EventStore, now: DateTime<Utc>) -> Result<Self> {
        let mut crowd = Self { store: store.clone(), now, rounds: 0 };
        crowd.round().await?;
        Ok(crowd)
    }

    /// Appends at least this many more events, and returns how many, and the position of the last.
    pub(crate) async fn write(&mut self, events: u64) -> Result<(u64, u64)> {
        let (mut written, mut last) = (0, 0);
        while written < events {
            let (more, position) = self.round().await?;
            written += more;
            last = position;
        }
        Ok((written, last))
    }

    /// An append for each agent.
    async fn round(&mut self) -> Result<(u64, u64)> {
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let (store, now, round) = (self.store.clone(), self.now, self.rounds);
            writers.spawn(async move {
                let (mut written, mut last) = (0, 0);
                for agent in (writer..AGENTS).step_by(usize::try_from(WRITERS)?) {
                    let agent = Agent { number: agent, id: AgentId::parse(&format!("agent-{agent}"))?, now };
                    let events = agent.round(round)?;
                    let stream = stream::agent(&agent.id);
                    last = store.append(&stream, ExpectedRevision::Any, &events).await?.position;
                    written += events.len() as u64;
                }
                anyhow::Ok((written, last))
            });
        }
        self.rounds += 1;
        let (mut written, mut last) = (0, 0);
        while let Some(writer) = writers.join_next().await {
            let (more, position) = writer??;
            written += more;
            last = last.max(position);
        }
        Ok((written, last))
    }
}

struct Agent {
    number: u64,
    id: AgentId,
    now: DateTime<Utc>,
}

impl Agent {
    /// In the first round the agent's registration, later a booking, and sometimes a cancellation.
    fn round(&self, round: u64) -> Result<Vec<NewEvent>> {
        let mut events: Vec<AgentEvent> = Vec::new();
        if round == 0 {
            let profile = fixtures::profile("Camila Soto");
            events.push(AgentRegistered { agent_id: self.id.clone(), profile }.into());
        } else {
            events.push(self.booked(round)?.into());
        }
        if 1 < round && round.is_multiple_of(CANCELLED_ONE_IN) {
            let appointment_id = self.appointment(round - 1);
            let cancelled_by = fixtures::actor();
            events.push(
                AppointmentCancelled { appointment_id, cancelled_by, reason: None, requested_by: None }
                    .into(),
            );
        }
        Ok((0..).zip(&events).map(|(number, event)| self.stored(event, round, number)).collect())
    }

    fn booked(&self, round: u64) -> Result<AppointmentBooked> {
        anyhow::ensure!(round < STARTS, "every start is taken: write fewer events");
        let slot = (round * STEP + self.number) % STARTS;
        let start = self.now + TimeDelta::days(1) + TimeDelta::minutes(i64::try_from(slot)? * 30);
        let lead_id = LeadId::parse(&format!("lead-{}", (round * AGENTS + self.number) % 50_000))?;
        let contact = LeadContact { name: Some("Carla Núñez".to_owned()), ..LeadContact::default() };
        Ok(AppointmentBooked {
            property_id: Some(PropertyId::parse(&format!("P-{}", (self.number + round) % 5_000))?),
            location: Some(Personal::new(lead_id.clone(), "Av. Providencia 1234, depto. 56".to_owned())),
            lead_contact: Some(Personal::new(lead_id.clone(), contact)),
            lead_id,
            ..fixtures::booked(self.appointment(round), &self.id, start, 30)
        })
    }

    fn appointment(&self, round: u64) -> AppointmentId {
        AppointmentId::new(self.uuid(round, 0))
    }

    /// Ordered by time, like the ids that Citas makes.
    fn uuid(&self, round: u64, number: u64) -> Uuid {
        Uuid::from_u128(u128::from(round) << 96 | u128::from(self.number) << 32 | (u128::from(number) + 1))
    }

    fn stored(&self, event: &AgentEvent, round: u64, number: u64) -> NewEvent {
        stored(event, self.uuid(round, 1_000 + number), self.now)
    }
}
