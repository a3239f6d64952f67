//! The calendars of agents, as far as a question needs them.

use std::collections::BTreeMap;

use availability::{AgentCalendar, Interval};
use chrono::{DateTime, Utc};
use schemas::{AgentId, stream};
use sqlx::{PgConnection, Row};

use super::columns::Columns;
use super::load::{hours, of_stream, texts};
use super::rows;
use crate::AgentRow;
use crate::agent::AgentView;

/// The agent with the hours that are the agent's own, and nothing else.
pub(super) async fn with_hours(
    connection: &mut PgConnection,
    agent: AgentRow,
) -> Result<AgentView, sqlx::Error> {
    let mut calendars = empty(&[&agent]);
    hours(connection, &mut calendars).await?;
    let calendar = calendars.remove(&agent.agent_id).expect("there is one for every agent");
    Ok(AgentView { row: agent, calendar, busy_sources: BTreeMap::new() })
}

/// The agent with everything that can matter to the range.
pub(super) async fn view(
    connection: &mut PgConnection,
    agent: AgentRow,
    range: Interval,
    now: DateTime<Utc>,
) -> Result<AgentView, sqlx::Error> {
    let mut views = views(connection, vec![agent], range, now).await?;
    Ok(views.pop().expect("as many as were asked for"))
}

/// The agents, in the order given, with everything of each that can matter to the range: appointments with their
/// buffers, external busy time, live holds, and all hours and blocks, which can recur.
pub(super) async fn views(
    connection: &mut PgConnection,
    agents: Vec<AgentRow>,
    range: Interval,
    now: DateTime<Utc>,
) -> Result<Vec<AgentView>, sqlx::Error> {
    let mut calendars = empty(&agents.iter().collect::<Vec<_>>());
    let mut sources: BTreeMap<AgentId, BTreeMap<_, _>> = BTreeMap::new();
    hours(connection, &mut calendars).await?;
    let streams: Vec<String> = calendars.keys().map(stream::agent).collect();
    let blocks = sqlx::query("SELECT * FROM blocks WHERE stream = ANY($1)").bind(streams);
    for row in blocks.fetch_all(&mut *connection).await? {
        if let Some(calendar) = of_stream(&row)?.and_then(|agent_id| calendars.get_mut(&agent_id)) {
            calendar.block(rows::block(&row)?);
        }
    }
    let live = sqlx::query("SELECT * FROM holds WHERE agent_id = ANY($1) AND $2 < expires_at");
    for row in live.bind(texts(calendars.keys())).bind(now).fetch_all(&mut *connection).await? {
        if let Some(calendar) = calendars.get_mut(&row.named("agent_id")?) {
            calendar.hold(rows::hold(&row)?);
        }
    }
    let near = "SELECT * FROM bookings WHERE agent_id = ANY($1) AND reach && tstzrange($2, $3)";
    let near = sqlx::query(near).bind(texts(calendars.keys()));
    // A booking that lies across the end of the range is looked at as a whole.
    let mut looked_at = range;
    for row in near.bind(range.start).bind(range.end.max(range.start)).fetch_all(&mut *connection).await? {
        if let Some(calendar) = calendars.get_mut(&row.named("agent_id")?) {
            let booking = rows::booking(&row)?;
            looked_at.start = looked_at.start.min(booking.start);
            looked_at.end = looked_at.end.max(booking.end);
            calendar.book(booking);
        }
    }
    let busy = r#"SELECT * FROM external_busy
        WHERE agent_id = ANY($1) AND tstzrange(start, "end") && tstzrange($2, $3)"#;
    let busy = sqlx::query(busy).bind(texts(calendars.keys()));
    for row in
        busy.bind(looked_at.start).bind(looked_at.end.max(looked_at.start)).fetch_all(connection).await?
    {
        let agent_id: AgentId = row.named("agent_id")?;
        if let Some(calendar) = calendars.get_mut(&agent_id) {
            let busy = rows::external_busy(&row)?;
            sources.entry(agent_id).or_default().insert(busy.busy_id.clone(), row.try_get("source")?);
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

fn empty(agents: &[&AgentRow]) -> BTreeMap<AgentId, AgentCalendar> {
    let calendar =
        |agent: &AgentRow| AgentCalendar::new(agent.profile.time_zone, agent.profile.inherits_office_hours);
    agents.iter().map(|agent| (agent.agent_id.clone(), calendar(agent))).collect()
}
