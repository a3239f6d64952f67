//! An agency with more free slots than are booked, and bookings that all succeed: no two are for the same slot.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result};
use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};

use crate::http::{Connection, Session, Target};
use crate::load::Client;

/// How many agents there are besides those that are booked alone.
pub(crate) const AGENTS: usize = 200;

/// The type of all appointments here: five minutes, on a grid of five minutes, around the clock.
pub(crate) const TYPE: &str = "llamada_breve";

const STEP_MINUTES: i64 = 5;

/// Well within the horizon of a year, even where the agent's date differs from that of UTC.
const DAYS: u64 = 360;

const HORIZON_DAYS: u64 = 365;

/// An office open around the clock.
pub(crate) struct Agency {
    session: Session,
    /// What its agents' ids begin with.
    name: String,
    everyone: Wishes,
    hot_agents: usize,
}

impl Agency {
    /// Opens the office and registers its agents.
    pub(crate) async fn open(target: &Target, now: DateTime<Utc>) -> Result<Self> {
        Self::open_named(target, now, "agent").await
    }

    /// The same with agents of its own, in a store where others may be.
    pub(crate) async fn open_named(target: &Target, now: DateTime<Utc>, name: &str) -> Result<Self> {
        let first_day = (now.date_naive() + Days::new(2)).and_time(NaiveTime::MIN).and_utc();
        let agents: Vec<_> = (0..AGENTS).map(|number| format!("{name}-{number}")).collect();
        let everyone = Wishes::new(agents.clone(), first_day);
        let session = Session::open(target).await?;
        let mut agency = Self { session, name: name.to_owned(), everyone, hot_agents: 0 };
        let appointment_type = serde_json::json!({
            "name": {"es-CL": "Llamada breve"},
            "duration_minutes": STEP_MINUTES,
            "horizon_days": HORIZON_DAYS,
            "location_kind": "phone",
        });
        agency.put(&format!("/v1/office/appointment-types/{TYPE}"), &appointment_type).await?;
        let rule =
            |day: u8| serde_json::json!({"day_of_week": day, "start_time": "00:00", "end_time": "24:00"});
        let rules: Vec<_> = (0..7).map(rule).collect();
        agency.put("/v1/office/weekly-hours", &serde_json::json!({"rules": rules})).await?;
        for agent_id in &agents {
            agency.register(agent_id).await?;
        }
        Ok(agency)
    }

    async fn register(&mut self, agent_id: &str) -> Result<()> {
        let profile = serde_json::json!({"name": "Camila Soto", "time_zone": "America/Santiago"});
        self.put(&format!("/v1/agents/{agent_id}"), &profile).await
    }

    async fn put(&mut self, path: &str, content: &serde_json::Value) -> Result<()> {
        self.session.command("PUT", path, content, 200).await?;
        Ok(())
    }

    /// Slots of all agents in turn, continuing after the last measurement.
    pub(crate) fn everyone(&self) -> Wishes {
        self.everyone.clone()
    }

    /// Slots of one agent, newly registered, so that every measurement begins with an empty calendar.
    pub(crate) async fn someone(&mut self) -> Result<Wishes> {
        let agent_id = format!("{}-hot-{}", self.name, self.hot_agents);
        self.hot_agents += 1;
        self.register(&agent_id).await?;
        Ok(Wishes::new(vec![agent_id], self.everyone.first_day))
    }

    /// Waits until queries have caught up with this position.
    pub(crate) async fn wait_until_projected(&mut self, position: u64) -> Result<()> {
        let path = format!("/v1/office?min_position={position}");
        loop {
            let reply = self.session.get(&path).await?;
            // StaticServer behind: Citas gives up waiting after two seconds.
            if reply.status != 503 {
                reply.expect(200)?;
                return Ok(());
            }
        }
    }

    /// How many appointments the one agent of these wishes has, as queries see it.
    pub(crate) async fn appointments_of(&mut self, wishes: &Wishes) -> Result<u64> {
        let (mut count, mut cursor) = (0, String::new());
        loop {
            let path = format!("/v1/appointments?agent_id={}&limit=200{cursor}", wishes.agents[0]);
            let page = self.session.get(&path).await?.expect(200)?.json()?;
            count += page["items"].as_array().context("a page has items")?.len() as u64;
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(count),
            }
        }
    }
}

/// Slots to book, each once.
#[derive(Debug, Clone)]
pub(crate) struct Wishes {
    agents: Arc<[String]>,
    first_day: DateTime<Utc>,
    made: Arc<AtomicU64>,
}

impl Wishes {
    fn new(agents: Vec<String>, first_day: DateTime<Utc>) -> Self {
        Self { agents: agents.into(), first_day, made: Arc::default() }
    }

    /// How many were handed out.
    pub(crate) fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    fn next(&self) -> Result<(u64, &str, DateTime<Utc>)> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let agents = self.agents.len() as u64;
        let agent = usize::try_from(number % agents)?;
        // Days first, so that appointments are spread over the year, as in practice.
        let slot = number / agents;
        let time = TimeDelta::minutes(STEP_MINUTES * i64::try_from(slot / DAYS)?);
        anyhow::ensure!(time < TimeDelta::days(1), "the year is full: measure for less long");
        Ok((number, &self.agents[agent], self.first_day + Days::new(slot % DAYS) + time))
    }
}

/// How a booking is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking {
    pub(crate) has_key: bool,
    pub(crate) names_agent: bool,
}

/// A client that books.
pub(crate) struct Booker {
    asking: Asking,
    target: Target,
    connection: Connection,
    wishes: Wishes,
    /// Position of the last event booked by anyone.
    position: Arc<AtomicU64>,
}

impl Booker {
    pub(crate) async fn new(target: &Target, wishes: &Wishes, position: &Arc<AtomicU64>) -> Result<Self> {
        Ok(Self {
            asking: Asking { has_key: true, names_agent: true },
            target: target.clone(),
            connection: Connection::open(target.address).await?,
            wishes: wishes.clone(),
            position: Arc::clone(position),
        })
    }

    /// The same, asking otherwise.
    pub(crate) const fn asking(mut self, asking: Asking) -> Self {
        self.asking = asking;
        self
    }
}

impl Client for Booker {
    async fn once(&mut self) -> Result<()> {
        let (number, agent_id, start) = self.wishes.next()?;
        let start = start.format("%Y-%m-%dT%H:%M:%SZ");
        let agent =
            if self.asking.names_agent { format!("\"agent_id\":\"{agent_id}\",") } else { String::new() };
        let body = format!(
            "{{\"lead_id\":\"lead-{number}\",{agent}\"appointment_type\":\"{TYPE}\",\
             \"start\":\"{start}\",\"origin\":\"chat\"}}"
        );
        let key = if self.asking.has_key {
            format!("Idempotency-Key: {agent_id}/{start}\r\n")
        } else {
            String::new()
        };
        let request = self.target.request("POST", "/v1/appointments", &key, &body);
        let reply = loop {
            let reply = self.connection.send(&request).await?;
            // Retried, as clients do: the key makes it one booking, and the lost time counts.
            if reply.status != 503 {
                break reply.expect(201)?;
            }
        };
        self.position.fetch_max(position(reply.body).context("a booking has a position")?, Ordering::Relaxed);
        Ok(())
    }
}

/// The member `position`, which is the last: found without parsing the rest.
fn position(body: &[u8]) -> Option<u64> {
    let body = std::str::from_utf8(body).ok()?;
    let (_, rest) = body.rsplit_once("\"position\":")?;
    rest.trim_end_matches('}').parse().ok()
}
