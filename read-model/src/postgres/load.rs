//! What the tables hold, read back.

use std::collections::{BTreeMap, BTreeSet};

use availability::{AgentCalendar, OfficeCalendar};
use schemas::value::OfficePolicy;
use schemas::{AgentId, AppointmentId, stream};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, PgExecutor, Row};
use uuid::Uuid;

use super::columns::Columns;
use super::rows;
use super::watch::ParkedAgent;
use crate::AgentRow;
use crate::appointment::AppointmentView;
use crate::office::OfficeView;

pub(super) async fn position(executor: impl PgExecutor<'_>) -> Result<u64, sqlx::Error> {
    sqlx::query("SELECT position FROM projection").fetch_one(executor).await?.number("position")
}

/// How far the tables of a schema are that is not the connection's own.
pub(super) async fn position_in(connection: &mut PgConnection, schema: &str) -> Result<u64, sqlx::Error> {
    let position = format!("SELECT position FROM {schema}.projection");
    sqlx::query(AssertSqlSafe(position)).fetch_one(connection).await?.number("position")
}

/// The place in the log that the tables are at, and what tells these tables and this office from others.
pub(super) struct Moment {
    pub(super) position: u64,
    pub(super) tables_id: Uuid,
    /// Where the last event is that changed the office; 0 before the first.
    pub(super) office_position: u64,
}

/// Begins to look at the tables: what a transaction sees is what there is once it has this lock, not what there was
/// before it waited for it.
pub(super) async fn moment(executor: impl PgExecutor<'_>) -> Result<Moment, sqlx::Error> {
    let moment = "LOCK TABLE projection IN ACCESS SHARE MODE;
        SELECT position, tables_id, COALESCE((SELECT calendar_position FROM office), 0) AS office_position
        FROM projection";
    let row = sqlx::raw_sql(moment).fetch_one(executor).await?;
    let (position, office_position) = (row.number("position")?, row.number("office_position")?);
    Ok(Moment { position, tables_id: row.try_get("tables_id")?, office_position })
}

/// How far it has come, and nobody else writes until the transaction ends.
pub(super) async fn position_to_write_from(executor: impl PgExecutor<'_>) -> Result<u64, sqlx::Error> {
    sqlx::query("SELECT position FROM projection FOR UPDATE").fetch_one(executor).await?.number("position")
}

pub(super) async fn parked_agents(executor: impl PgExecutor<'_>) -> Result<Vec<ParkedAgent>, sqlx::Error> {
    let parked =
        "SELECT agent_id, position, revision, event_type, reason FROM parked_agents ORDER BY position";
    let rows = sqlx::query(parked).fetch_all(executor).await?;
    each(&rows, |row| {
        Ok(ParkedAgent {
            agent_id: row.named("agent_id")?,
            position: row.number("position")?,
            revision: row.number("revision")?,
            event_type: row.try_get("event_type")?,
            reason: row.try_get("reason")?,
        })
    })
}

/// Those of them that there are.
pub(super) async fn agents(
    connection: &mut PgConnection,
    agent_ids: &BTreeSet<AgentId>,
) -> Result<BTreeMap<AgentId, AgentRow>, sqlx::Error> {
    let found = sqlx::query("SELECT * FROM agents WHERE agent_id = ANY($1)");
    let rows = found.bind(texts(agent_ids)).fetch_all(connection).await?;
    rows.iter().map(|row| rows::agent(row).map(|agent| (agent.agent_id.clone(), agent))).collect()
}

/// An agent, and where the last event is that changed the agent's calendar.
#[derive(Debug)]
pub(super) struct VersionedAgent {
    pub(super) row: AgentRow,
    pub(super) calendar_position: u64,
}

/// Those that take appointments, by id.
pub(super) async fn active_agents(connection: &mut PgConnection) -> Result<Vec<VersionedAgent>, sqlx::Error> {
    let active = sqlx::query("SELECT * FROM agents WHERE active ORDER BY agent_id");
    each(&active.fetch_all(connection).await?, versioned_agent)
}

/// Those of them that there are, by id.
pub(super) async fn versioned_agents(
    connection: &mut PgConnection,
    agent_ids: &BTreeSet<AgentId>,
) -> Result<Vec<VersionedAgent>, sqlx::Error> {
    let found = sqlx::query("SELECT * FROM agents WHERE agent_id = ANY($1) ORDER BY agent_id");
    each(&found.bind(texts(agent_ids)).fetch_all(connection).await?, versioned_agent)
}

fn versioned_agent(row: &PgRow) -> Result<VersionedAgent, sqlx::Error> {
    Ok(VersionedAgent { row: rows::agent(row)?, calendar_position: row.number("calendar_position")? })
}

/// Those of them that there are.
pub(super) async fn appointments(
    connection: &mut PgConnection,
    ids: &BTreeSet<AppointmentId>,
) -> Result<BTreeMap<AppointmentId, AppointmentView>, sqlx::Error> {
    let found =
        format!("SELECT {}, left_behind FROM appointments WHERE id = ANY($1)", rows::APPOINTMENT_COLUMNS);
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query(AssertSqlSafe(found)).bind(ids).fetch_all(connection).await?;
    rows.iter().map(|row| rows::appointment_view(row).map(|view| (view.row.id, view))).collect()
}

/// Rules and exceptions of agents, in calendars that have nothing else in them.
pub(super) async fn hours(
    connection: &mut PgConnection,
    calendars: &mut BTreeMap<AgentId, AgentCalendar>,
) -> Result<(), sqlx::Error> {
    let streams: Vec<String> = calendars.keys().map(stream::agent).collect();
    let rules = sqlx::query("SELECT * FROM availability_rules WHERE stream = ANY($1)");
    for row in rules.bind(streams).fetch_all(&mut *connection).await? {
        if let Some(calendar) = of_stream(&row)?.and_then(|agent_id| calendars.get_mut(&agent_id)) {
            calendar.add_rule(rows::rule(&row)?);
        }
    }
    let exceptions = sqlx::query("SELECT * FROM date_exceptions WHERE agent_id = ANY($1)");
    for row in exceptions.bind(texts(calendars.keys())).fetch_all(connection).await? {
        if let Some(calendar) = calendars.get_mut(&row.named("agent_id")?) {
            calendar.set_exception(rows::date_exception(&row)?);
        }
    }
    Ok(())
}

pub(super) fn of_stream(row: &PgRow) -> Result<Option<AgentId>, sqlx::Error> {
    row.try_get("stream").map(stream::agent_of)
}

pub(super) async fn office(connection: &mut PgConnection) -> Result<OfficeView, sqlx::Error> {
    let Some(row) = sqlx::query("SELECT * FROM office").fetch_optional(&mut *connection).await? else {
        return Ok(OfficeView::default());
    };
    let policy = OfficePolicy {
        name: row.try_get("name")?,
        time_zone: row.named("time_zone")?,
        locale: row.try_get("locale")?,
        travel_minutes: row.number("travel_minutes")?,
        max_holds_per_lead: row.number("max_holds_per_lead")?,
    };
    let (updated_at, version) = (row.try_get("updated_at")?, Some(row.number("version")?));
    let mut calendar = OfficeCalendar::new(&policy);
    for row in sqlx::query("SELECT * FROM appointment_types").fetch_all(&mut *connection).await? {
        let appointment_type = rows::appointment_type(&row)?;
        let code = appointment_type.code.clone();
        calendar.define_type(appointment_type);
        if row.try_get("retired")? {
            calendar.retire_type(&code);
        }
    }
    let rules = sqlx::query("SELECT * FROM availability_rules WHERE stream = $1").bind(stream::OFFICE);
    for row in rules.fetch_all(&mut *connection).await? {
        calendar.add_rule(rows::rule(&row)?);
    }
    let blocks = sqlx::query("SELECT * FROM blocks WHERE stream = $1").bind(stream::OFFICE);
    for row in blocks.fetch_all(connection).await? {
        calendar.block(rows::block(&row)?);
    }
    Ok(OfficeView { policy, calendar, updated_at, version })
}

pub(super) fn texts<'a>(ids: impl IntoIterator<Item = &'a AgentId>) -> Vec<&'a str> {
    ids.into_iter().map(AgentId::as_str).collect()
}

pub(super) fn each<T>(
    rows: &[PgRow],
    of: impl FnMut(&PgRow) -> Result<T, sqlx::Error>,
) -> Result<Vec<T>, sqlx::Error> {
    rows.iter().map(of).collect()
}
