//! Loads agents' calendars, as far as a query needs them.

use std::collections::BTreeMap;

use availability::{AgentCalendar, Interval};
use chrono::{DateTime, Utc};
use schemas::AgentId;
use sqlx::PgConnection;

use super::columns::named;
use super::load::{blocks, hours, texts};
use super::records::{self, BookingRecord, ExternalBusyRecord, HoldRecord};
use super::rows;
use crate::AgentRow;
use crate::agent::AgentView;

/// The agent with the agent's own hours, and nothing else.
pub(super) async fn with_hours(
    connection: &mut PgConnection,
    agent: AgentRow,
) -> Result<AgentView, sqlx::Error> {
    let mut calendars = empty(&[&agent]);
    hours(connection, &mut calendars).await?;
    let calendar = calendars.remove(&agent.agent_id).expect("there is one for every agent");
    Ok(AgentView { row: agent, calendar, busy_sources: BTreeMap::new() })
}

/// The agent's calendar with the blocks, and nothing else.
pub(super) async fn with_blocks(
    connection: &mut PgConnection,
    agent: &AgentRow,
) -> Result<AgentCalendar, sqlx::Error> {
    let mut calendars = empty(&[agent]);
    blocks(connection, &mut calendars).await?;
    Ok(calendars.remove(&agent.agent_id).expect("there is one for every agent"))
}

/// The agent with an empty calendar.
pub(super) fn without_entries(agent: AgentRow) -> AgentView {
    let calendar = AgentCalendar::new(agent.profile.time_zone, agent.profile.inherits_office_hours);
    AgentView { row: agent, calendar, busy_sources: BTreeMap::new() }
}

/// The agent with everything that can affect the range.
pub(super) async fn view(
    connection: &mut PgConnection,
    agent: AgentRow,
    range: Interval,
    now: DateTime<Utc>,
) -> Result<AgentView, sqlx::Error> {
    let mut views = views(connection, vec![agent], range, now).await?;
    Ok(views.pop().expect("as many as were asked for"))
}

/// The agents, in the order given, each with everything that can affect the range: appointments with their buffers,
/// external busy time, live holds, and all hours and blocks, which can recur.
pub(super) async fn views(
    connection: &mut PgConnection,
    agents: Vec<AgentRow>,
    range: Interval,
    now: DateTime<Utc>,
) -> Result<Vec<AgentView>, sqlx::Error> {
    let mut calendars = empty(&agents.iter().collect::<Vec<_>>());
    let mut sources: BTreeMap<AgentId, BTreeMap<_, _>> = BTreeMap::new();
    hours(connection, &mut calendars).await?;
    blocks(connection, &mut calendars).await?;
    for record in live_holds(connection, &calendars, now).await? {
        if let Some(calendar) = calendars.get_mut(&named("agent_id", &record.agent_id)?) {
            calendar.hold(rows::hold(&record)?);
        }
    }
    // A booking across an end of the range needs the external busy time of its whole length.
    let mut looked_at = range;
    for record in bookings_in_reach(connection, &calendars, range).await? {
        if let Some(calendar) = calendars.get_mut(&named("agent_id", &record.agent_id)?) {
            let booking = rows::booking(&record)?;
            looked_at.start = looked_at.start.min(booking.start);
            looked_at.end = looked_at.end.max(booking.end);
            calendar.book(booking);
        }
    }
    for record in external_busy(connection, &calendars, looked_at).await? {
        let agent_id: AgentId = named("agent_id", &record.agent_id)?;
        if let Some(calendar) = calendars.get_mut(&agent_id) {
            let busy = rows::external_busy(&record)?;
            sources.entry(agent_id).or_default().insert(busy.busy_id.clone(), record.source);
            calendar.record_busy(busy);
        }
    }
    let view = |row: AgentRow| AgentView {
        calendar: calendars.remove(&row.agent_id).expect("there is one for every agent"),
        busy_sources: sources.remove(&row.agent_id).unwrap_or_default(),
        row,
    };
    Ok(agents.into_iter().map(view).collect())
}

type Calendars = BTreeMap<AgentId, AgentCalendar>;

async fn live_holds(
    connection: &mut PgConnection,
    of: &Calendars,
    now: DateTime<Utc>,
) -> Result<Vec<HoldRecord>, sqlx::Error> {
    let of_agents = texts(of.keys());
    let live = records::holds!("WHERE agent_id = ANY($1) AND $2 < expires_at", of_agents as _, now);
    live.fetch_all(connection).await
}

async fn bookings_in_reach(
    connection: &mut PgConnection,
    of: &Calendars,
    range: Interval,
) -> Result<Vec<BookingRecord>, sqlx::Error> {
    let near = sqlx::query_as!(
        BookingRecord,
        r#"SELECT agent_id, appointment_id, lead_id, appointment_type, property_id, start, "end",
            buffer_before_minutes, buffer_after_minutes
        FROM bookings WHERE agent_id = ANY($1) AND reach && tstzrange($2, $3)"#,
        texts(of.keys()) as _,
        range.start,
        range.end.max(range.start)
    );
    near.fetch_all(connection).await
}

async fn external_busy(
    connection: &mut PgConnection,
    of: &Calendars,
    range: Interval,
) -> Result<Vec<ExternalBusyRecord>, sqlx::Error> {
    let busy = sqlx::query_as!(
        ExternalBusyRecord,
        r#"SELECT agent_id, busy_id, source, start, "end" FROM external_busy
        WHERE agent_id = ANY($1) AND tstzrange(start, "end") && tstzrange($2, $3)"#,
        texts(of.keys()) as _,
        range.start,
        range.end.max(range.start)
    );
    busy.fetch_all(connection).await
}

fn empty(agents: &[&AgentRow]) -> BTreeMap<AgentId, AgentCalendar> {
    let calendar = |agent: &AgentRow| {
        let mut calendar = AgentCalendar::new(agent.profile.time_zone, agent.profile.inherits_office_hours);
        calendar.set_owner(agent.agent_id.clone(), agent.profile.places());
        calendar
    };
    agents.iter().map(|agent| (agent.agent_id.clone(), calendar(agent))).collect()
}
