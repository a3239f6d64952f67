//! Rows as the types that the fold and the answers are made of.

use availability::{Booking, ExternalBusy, Hold};
use schemas::value::{AgentProfile, AppointmentType, AvailabilityRule, Block, DateException};
use schemas::{AgentEvent, AppointmentId, BlockId, CommandId, EventId, HoldId, LocalTime, RuleId, stream};
use serde_json::Value;
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::types::Json;

use super::columns::Columns;
use crate::appointment::AppointmentView;
use crate::{AgentRow, AppointmentRow, HistoryEntry};

pub(super) const APPOINTMENT_COLUMNS: &str = r#"id, lead_id, agent_id, appointment_type, status, start, "end",
    duration_minutes, local_start, time_zone, location, property_id, notes, lead_contact, reminder_sent, created_at,
    updated_at, version, sequence, origin"#;

pub(super) fn appointment(row: &PgRow) -> Result<AppointmentRow, sqlx::Error> {
    Ok(AppointmentRow {
        id: AppointmentId::new(row.try_get("id")?),
        lead_id: row.named("lead_id")?,
        agent_id: row.named("agent_id")?,
        appointment_type: row.named("appointment_type")?,
        status: row.named("status")?,
        start: row.try_get("start")?,
        end: row.try_get("end")?,
        duration_minutes: row.number("duration_minutes")?,
        local_start: row.try_get("local_start")?,
        time_zone: row.named("time_zone")?,
        location: row.try_get("location")?,
        property_id: row.maybe_named("property_id")?,
        notes: row.try_get("notes")?,
        lead_contact: row.try_get::<Option<Json<_>>, _>("lead_contact")?.map(|Json(contact)| contact),
        reminder_sent: row.try_get("reminder_sent")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
        version: row.number("version")?,
        sequence: row.number("sequence")?,
        origin: row.named("origin")?,
    })
}

/// Expects `left_behind` beside the columns of the appointment.
pub(super) fn appointment_view(row: &PgRow) -> Result<AppointmentView, sqlx::Error> {
    let left_behind: Option<Json<Box<AppointmentRow>>> = row.try_get("left_behind")?;
    Ok(AppointmentView { row: appointment(row)?, left_behind: left_behind.map(|Json(row)| row) })
}

pub(super) fn history_entry(row: &PgRow) -> Result<HistoryEntry, sqlx::Error> {
    let Json(actor) = row.try_get("actor")?;
    let Json(data): Json<Value> = row.try_get("data")?;
    let event_type: &str = row.try_get("event_type")?;
    let known = AgentEvent::TYPES.iter().find(|(known, _)| *known == event_type);
    let (event_type, _) = known.ok_or_else(|| sqlx::Error::ColumnDecode {
        index: "event_type".to_owned(),
        source: "written by a newer version of Citas".into(),
    })?;
    Ok(HistoryEntry {
        position: row.number("position")?,
        stream: stream::agent(&row.named("agent_id")?),
        revision: row.number("revision")?,
        event_id: EventId::new(row.try_get("event_id")?),
        event_type,
        recorded_at: row.try_get("recorded_at")?,
        actor,
        origin: row.named("origin")?,
        reason: data.get("reason").and_then(Value::as_str).map(str::to_owned),
        command_id: CommandId::new(row.try_get("command_id")?),
        correlation_id: row.try_get("correlation_id")?,
        causation_id: row.try_get("causation_id")?,
        data,
    })
}

pub(super) fn agent(row: &PgRow) -> Result<AgentRow, sqlx::Error> {
    Ok(AgentRow {
        agent_id: row.named("agent_id")?,
        profile: AgentProfile {
            name: row.try_get("name")?,
            time_zone: row.named("time_zone")?,
            email: row.try_get("email")?,
            phone: row.try_get("phone")?,
            inherits_office_hours: row.try_get("inherits_office_hours")?,
        },
        active: row.try_get("active")?,
        registered_at: row.try_get("registered_at")?,
        updated_at: row.try_get("updated_at")?,
        version: row.number("version")?,
    })
}

pub(super) fn appointment_type(row: &PgRow) -> Result<AppointmentType, sqlx::Error> {
    let Json(name) = row.try_get("name")?;
    let has_limit = row.try_get::<Option<i32>, _>("daily_limit")?.is_some();
    Ok(AppointmentType {
        code: row.named("code")?,
        name,
        duration_minutes: row.number("duration_minutes")?,
        slot_step_minutes: row.number("slot_step_minutes")?,
        buffer_before_minutes: row.number("buffer_before_minutes")?,
        buffer_after_minutes: row.number("buffer_after_minutes")?,
        min_notice_minutes: row.number("min_notice_minutes")?,
        horizon_days: row.number("horizon_days")?,
        daily_limit: if has_limit { Some(row.number("daily_limit")?) } else { None },
        location_kind: row.named("location_kind")?,
    })
}

pub(super) fn rule(row: &PgRow) -> Result<AvailabilityRule, sqlx::Error> {
    Ok(AvailabilityRule {
        rule_id: RuleId::new(row.try_get("rule_id")?),
        day_of_week: serde_json::from_value(Value::from(row.number::<u8>("day_of_week")?))
            .map_err(|error| sqlx::Error::Decode(error.into()))?,
        start_time: local_time(row, "start_minute")?,
        end_time: local_time(row, "end_minute")?,
        is_recurring: row.try_get("is_recurring")?,
        valid_from: row.try_get("valid_from")?,
        valid_until: row.try_get("valid_until")?,
        appointment_type: row.maybe_named("appointment_type")?,
        max_appointments_per_slot: row.number("max_appointments_per_slot")?,
    })
}

fn local_time(row: &PgRow, column: &str) -> Result<LocalTime, sqlx::Error> {
    LocalTime::try_from_minutes(row.number(column)?).map_err(|error| sqlx::Error::Decode(error.into()))
}

pub(super) fn date_exception(row: &PgRow) -> Result<DateException, sqlx::Error> {
    let Json(intervals) = row.try_get("intervals")?;
    Ok(DateException { date: row.try_get("date")?, intervals })
}

pub(super) fn block(row: &PgRow) -> Result<Block, sqlx::Error> {
    Ok(Block {
        block_id: BlockId::new(row.try_get("block_id")?),
        start: row.try_get("start")?,
        end: row.try_get("end")?,
        time_zone: row.named("time_zone")?,
        local_start: row.try_get("local_start")?,
        local_end: row.try_get("local_end")?,
        reason: row.try_get("reason")?,
        recurrence: row.try_get("recurrence")?,
    })
}

pub(super) fn booking(row: &PgRow) -> Result<Booking, sqlx::Error> {
    Ok(Booking {
        appointment_id: AppointmentId::new(row.try_get("appointment_id")?),
        lead_id: row.named("lead_id")?,
        appointment_type: row.named("appointment_type")?,
        property_id: row.maybe_named("property_id")?,
        start: row.try_get("start")?,
        end: row.try_get("end")?,
        buffer_before_minutes: row.number("buffer_before_minutes")?,
        buffer_after_minutes: row.number("buffer_after_minutes")?,
    })
}

pub(super) fn hold(row: &PgRow) -> Result<Hold, sqlx::Error> {
    Ok(Hold {
        hold_id: HoldId::new(row.try_get("hold_id")?),
        lead_id: row.named("lead_id")?,
        appointment_type: row.named("appointment_type")?,
        property_id: row.maybe_named("property_id")?,
        start: row.try_get("start")?,
        end: row.try_get("end")?,
        buffer_before_minutes: row.number("buffer_before_minutes")?,
        buffer_after_minutes: row.number("buffer_after_minutes")?,
        expires_at: row.try_get("expires_at")?,
    })
}

pub(super) fn external_busy(row: &PgRow) -> Result<ExternalBusy, sqlx::Error> {
    Ok(ExternalBusy {
        busy_id: row.named("busy_id")?,
        start: row.try_get("start")?,
        end: row.try_get("end")?,
    })
}
