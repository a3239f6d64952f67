//! Reads rows back from the tables.

use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};

use availability::{AgentCalendar, OfficeCalendar};
use schemas::value::{OfficePolicy, PartsOfDay};
use schemas::{AgentId, AppointmentId, AppointmentTypeCode, stream};
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, PgConnection, PgExecutor, Row};
use uuid::Uuid;

use super::columns::{maybe_named, named, number, signed};
use super::records::{self, AgentRecord, AppointmentTypeRecord, DateExceptionRecord};
use super::rows;
use super::writer::superseded;
use crate::appointment::AppointmentView;
use crate::office::{DEFAULT_LOCALE, DEFAULT_ZONE, OfficeView};
use crate::{AgentRow, ParkedStream, Unavailable};

pub(super) async fn position(executor: impl PgExecutor<'_>) -> Result<u64, sqlx::Error> {
    let position = sqlx::query_scalar!("SELECT position FROM projection");
    number("position", kept(position.fetch_optional(executor).await?)?)
}

/// The row of `projection`, which only a hand can have removed.
pub(super) fn kept<T>(row: Option<T>) -> Result<T, sqlx::Error> {
    row.ok_or_else(|| sqlx::Error::Decode("the row of `projection` is gone; run `projector rebuild`".into()))
}

/// The position of the tables in another schema than the connection's; `None` if a hand has removed it.
pub(super) async fn position_in(
    connection: &mut PgConnection,
    schema: &str,
) -> Result<Option<u64>, sqlx::Error> {
    let position = format!("SELECT position FROM {schema}.projection");
    let position: Option<i64> =
        sqlx::query_scalar(AssertSqlSafe(position)).fetch_optional(connection).await?;
    position.map(|position| number("position", position)).transpose()
}

/// The tables' position and id, and what every answer needs of the office.
pub(super) struct SnapshotInfo {
    pub(super) position: u64,
    pub(super) tables_id: Uuid,
    /// The position of the last event that changed the office; 0 before the first.
    pub(super) office_position: u64,
    /// The office's language.
    pub(super) locale: String,
    /// The office's zone.
    pub(super) time_zone: Tz,
}

/// Begins a transaction's reads: it sees the tables as they are once it has this lock, not as they were before it
/// waited.
pub(super) async fn moment(executor: impl PgExecutor<'_>) -> Result<SnapshotInfo, sqlx::Error> {
    let moment = "LOCK TABLE projection IN ACCESS SHARE MODE;
        SELECT position, tables_id, COALESCE((SELECT calendar_position FROM office), 0) AS office_position,
            (SELECT locale FROM office) AS locale, (SELECT time_zone FROM office) AS time_zone
        FROM projection";
    let row = kept(sqlx::raw_sql(moment).fetch_optional(executor).await?)?;
    let locale: Option<String> = row.try_get("locale")?;
    let time_zone: Option<String> = row.try_get("time_zone")?;
    Ok(SnapshotInfo {
        position: number("position", row.try_get::<i64, _>("position")?)?,
        tables_id: row.try_get("tables_id")?,
        office_position: number("office_position", row.try_get::<i64, _>("office_position")?)?,
        locale: locale.unwrap_or_else(|| DEFAULT_LOCALE.to_owned()),
        time_zone: maybe_named("time_zone", time_zone.as_deref())?.unwrap_or(DEFAULT_ZONE),
    })
}

/// The position, locked: no other process writes, and nobody else becomes the one who may, until the transaction ends. Fails
/// unless the tables are written by whoever leads with this token.
pub(super) async fn position_to_write_from(
    executor: impl PgExecutor<'_>,
    token: u64,
) -> Result<u64, Unavailable> {
    let locked = sqlx::query!("SELECT position, leader_token FROM projection FOR UPDATE");
    let locked = kept(locked.fetch_optional(executor).await?)?;
    if locked.leader_token != signed(token) {
        return Err(superseded());
    }
    Ok(number("position", locked.position)?)
}

pub(super) async fn parked_streams(executor: impl PgExecutor<'_>) -> Result<Vec<ParkedStream>, sqlx::Error> {
    let parked = sqlx::query!(
        "SELECT stream, position, revision, event_type, reason FROM parked_streams ORDER BY position"
    );
    each(parked.fetch_all(executor).await?, |record| {
        Ok(ParkedStream {
            stream: record.stream,
            position: number("position", record.position)?,
            revision: number("revision", record.revision)?,
            event_type: record.event_type,
            reason: record.reason,
        })
    })
}

/// The parked streams of the tables in another schema than the connection's.
pub(super) async fn parked_streams_in(
    connection: &mut PgConnection,
    schema: &str,
) -> Result<Vec<ParkedStream>, sqlx::Error> {
    let parked = format!(
        "SELECT stream, position, revision, event_type, reason FROM {schema}.parked_streams ORDER BY position"
    );
    each(sqlx::query(AssertSqlSafe(parked)).fetch_all(connection).await?, |row| {
        Ok(ParkedStream {
            stream: row.try_get("stream")?,
            position: number("position", row.try_get::<i64, _>("position")?)?,
            revision: number("revision", row.try_get::<i64, _>("revision")?)?,
            event_type: row.try_get("event_type")?,
            reason: row.try_get("reason")?,
        })
    })
}

/// The existing agents among these ids.
pub(super) async fn agents(
    connection: &mut PgConnection,
    agent_ids: &BTreeSet<AgentId>,
) -> Result<BTreeMap<AgentId, AgentRow>, sqlx::Error> {
    let found = records::agents!("WHERE agent_id = ANY($1)", texts(agent_ids) as _);
    let by_id = |record| rows::agent(record).map(|agent| (agent.agent_id.clone(), agent));
    found.fetch_all(connection).await?.into_iter().map(by_id).collect()
}

/// An agent, and the position of the last event that changed the agent's calendar.
#[derive(Debug)]
pub(super) struct VersionedAgent {
    pub(super) row: AgentRow,
    pub(super) calendar_position: u64,
}

/// The active agents, by id.
pub(super) async fn active_agents(connection: &mut PgConnection) -> Result<Vec<VersionedAgent>, sqlx::Error> {
    let active = records::agents!("WHERE active ORDER BY agent_id");
    each(active.fetch_all(connection).await?, versioned_agent)
}

/// The existing agents among these ids, by id.
pub(super) async fn versioned_agents(
    connection: &mut PgConnection,
    agent_ids: &BTreeSet<AgentId>,
) -> Result<Vec<VersionedAgent>, sqlx::Error> {
    let found = records::agents!("WHERE agent_id = ANY($1) ORDER BY agent_id", texts(agent_ids) as _);
    each(found.fetch_all(connection).await?, versioned_agent)
}

fn versioned_agent(record: AgentRecord) -> Result<VersionedAgent, sqlx::Error> {
    let calendar_position = number("calendar_position", record.calendar_position)?;
    Ok(VersionedAgent { row: rows::agent(record)?, calendar_position })
}

/// The existing appointments among these ids.
pub(super) async fn appointments(
    connection: &mut PgConnection,
    ids: &BTreeSet<AppointmentId>,
) -> Result<BTreeMap<AppointmentId, AppointmentView>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let found = records::appointments!("WHERE id = ANY($1)", &ids[..]);
    let by_id = |record| rows::appointment_view(record).map(|view| (view.row.id, view));
    found.fetch_all(connection).await?.into_iter().map(by_id).collect()
}

/// Loads agents' rules and exceptions into calendars that have nothing else in them.
pub(super) async fn hours(
    connection: &mut PgConnection,
    calendars: &mut BTreeMap<AgentId, AgentCalendar>,
) -> Result<(), sqlx::Error> {
    let streams: Vec<String> = calendars.keys().map(stream::agent).collect();
    for record in records::rules!(&streams[..]).fetch_all(&mut *connection).await? {
        if let Some(calendar) = of_stream(calendars, &record.stream) {
            calendar.add_rule(rows::rule(&record)?);
        }
    }
    let exceptions = sqlx::query_as!(
        DateExceptionRecord,
        r#"SELECT agent_id, date, intervals AS "intervals: _" FROM date_exceptions WHERE agent_id = ANY($1)"#,
        texts(calendars.keys()) as _
    );
    for record in exceptions.fetch_all(connection).await? {
        if let Some(calendar) = calendars.get_mut(&named("agent_id", &record.agent_id)?) {
            calendar.set_exception(rows::date_exception(record));
        }
    }
    Ok(())
}

/// Loads agents' blocks into calendars that have none.
pub(super) async fn blocks(
    connection: &mut PgConnection,
    calendars: &mut BTreeMap<AgentId, AgentCalendar>,
) -> Result<(), sqlx::Error> {
    let streams: Vec<String> = calendars.keys().map(stream::agent).collect();
    for record in records::blocks!("stream = ANY($1)", &streams[..]).fetch_all(connection).await? {
        if let Some(calendar) = of_stream(calendars, &record.stream) {
            calendar.block(rows::block(record)?);
        }
    }
    Ok(())
}

fn of_stream<'a>(
    calendars: &'a mut BTreeMap<AgentId, AgentCalendar>,
    stream: &str,
) -> Option<&'a mut AgentCalendar> {
    stream::agent_of(stream).and_then(|agent_id| calendars.get_mut(&agent_id))
}

pub(super) async fn office(connection: &mut PgConnection) -> Result<OfficeView, sqlx::Error> {
    let office = sqlx::query!(
        r#"SELECT name, time_zone, locale, travel_minutes, max_holds_per_lead, meeting_link_template,
            parts_of_day AS "parts_of_day: Json<PartsOfDay>", updated_at, version
        FROM office"#
    );
    let Some(office) = office.fetch_optional(&mut *connection).await? else {
        return Ok(OfficeView::default());
    };
    let policy = OfficePolicy {
        name: office.name,
        time_zone: named("time_zone", &office.time_zone)?,
        locale: office.locale,
        travel_minutes: number("travel_minutes", office.travel_minutes)?,
        max_holds_per_lead: number("max_holds_per_lead", office.max_holds_per_lead)?,
        meeting_link_template: office.meeting_link_template,
        parts_of_day: office.parts_of_day.0,
    };
    let (updated_at, version) = (office.updated_at, Some(number("version", office.version)?));
    let mut calendar = OfficeCalendar::new(&policy);
    let type_versions = appointment_types(connection, &mut calendar).await?;
    let stream = [stream::OFFICE.to_owned()];
    for record in records::rules!(&stream[..]).fetch_all(&mut *connection).await? {
        calendar.add_rule(rows::rule(&record)?);
    }
    for record in records::blocks!("stream = ANY($1)", &stream[..]).fetch_all(connection).await? {
        calendar.block(rows::block(record)?);
    }
    Ok(OfficeView { policy, calendar, type_versions, updated_at, version })
}

/// Loads all types into the calendar, and returns the version of each.
async fn appointment_types(
    connection: &mut PgConnection,
    calendar: &mut OfficeCalendar,
) -> Result<BTreeMap<AppointmentTypeCode, u64>, sqlx::Error> {
    let all = sqlx::query_as!(
        AppointmentTypeRecord,
        r#"SELECT code, name AS "name: _", duration_minutes, slot_step_minutes, buffer_before_minutes,
            buffer_after_minutes, min_notice_minutes, horizon_days, daily_limit, location_kind, confirm_before_minutes, retired,
            version
        FROM appointment_types"#
    );
    let mut versions = BTreeMap::new();
    for record in all.fetch_all(connection).await? {
        let (is_retired, version) = (record.retired, number("version", record.version)?);
        let appointment_type = rows::appointment_type(record)?;
        let code = appointment_type.code.clone();
        versions.insert(code.clone(), version);
        calendar.define_type(appointment_type);
        if is_retired {
            calendar.retire_type(&code);
        }
    }
    Ok(versions)
}

pub(super) fn texts<'a>(ids: impl IntoIterator<Item = &'a AgentId>) -> Vec<&'a str> {
    ids.into_iter().map(AgentId::as_str).collect()
}

pub(super) fn each<R, T>(
    records: Vec<R>,
    of: impl FnMut(R) -> Result<T, sqlx::Error>,
) -> Result<Vec<T>, sqlx::Error> {
    records.into_iter().map(of).collect()
}
