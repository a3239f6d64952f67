//! Converts records into the types of folds and answers.

use std::collections::BTreeMap;

use availability::{Booking, ExternalBusy, Hold};
use schemas::value::{AgentProfile, AppointmentType, AvailabilityRule, Block, DateException, Outcome};
use schemas::{AgentEvent, AppointmentId, BlockId, EventId, HoldId, LocalTime, RuleId};
use serde_json::Value;
use sqlx::types::Json;

use super::columns::{maybe_named, named, number};
use super::records::{
    AgentRecord, AppointmentRecord, AppointmentTypeRecord, BlockRecord, BookingRecord, DateExceptionRecord,
    ExternalBusyRecord, HistoryEntryRecord, HoldRecord, RuleRecord,
};
use crate::appointment::AppointmentView;
use crate::history::HistoryRecord;
use crate::{AgentRow, AppointmentRow, HistoryEntry, StoredText};

pub(super) fn appointment(record: AppointmentRecord) -> Result<AppointmentRow, sqlx::Error> {
    let status = named("status", &record.status)?;
    Ok(AppointmentRow {
        id: AppointmentId::new(record.id),
        lead_id: named("lead_id", &record.lead_id)?,
        agent_id: named("agent_id", &record.agent_id)?,
        appointment_type: named("appointment_type", &record.appointment_type)?,
        status,
        outcome: Outcome::of(status),
        no_show_by: maybe_named("no_show_by", record.no_show_by.as_deref())?,
        start: record.start,
        end: record.end,
        duration_minutes: number("duration_minutes", record.duration_minutes)?,
        local_start: record.local_start,
        time_zone: named("time_zone", &record.time_zone)?,
        location: record.location,
        property_id: maybe_named("property_id", record.property_id.as_deref())?,
        notes: record.notes,
        lead_name: record.lead_name,
        lead_contact: record.lead_contact.map(|Json(contact)| contact),
        reminder_sent: record.reminder_sent,
        created_at: record.created_at,
        updated_at: record.updated_at,
        version: number("version", record.version)?,
        sequence: number("sequence", record.sequence)?,
        origin: named("origin", &record.origin)?,
        confirm_by: record.confirm_by,
        cancellation_cause: maybe_named("cancellation_cause", record.cancellation_cause.as_deref())?,
    })
}

pub(super) fn appointment_view(mut record: AppointmentRecord) -> Result<AppointmentView, sqlx::Error> {
    let behind = record.behind.take().map_or_else(BTreeMap::new, |Json(behind)| behind);
    Ok(AppointmentView { row: appointment(record)?, behind })
}

pub(super) fn history_entry(record: HistoryEntryRecord) -> Result<HistoryEntry, sqlx::Error> {
    let known = AgentEvent::TYPES.iter().find(|(known, _)| *known == record.event_type);
    let (event_type, _) = known.ok_or_else(|| sqlx::Error::ColumnDecode {
        index: "event_type".to_owned(),
        source: "written by a newer version of Citas".into(),
    })?;
    let record = HistoryRecord {
        position: number("position", record.position)?,
        agent_id: named("agent_id", &record.agent_id)?,
        revision: number("revision", record.revision)?,
        event_id: EventId::new(record.event_id),
        event_type,
        stored: StoredText { payload: record.data.into(), metadata: record.metadata.into() },
    };
    record.show().map_err(|error| sqlx::Error::Decode(error.into()))
}

pub(super) fn agent(record: AgentRecord) -> Result<AgentRow, sqlx::Error> {
    Ok(AgentRow {
        agent_id: named("agent_id", &record.agent_id)?,
        profile: AgentProfile {
            name: record.name,
            time_zone: named("time_zone", &record.time_zone)?,
            email: record.email,
            phone: record.phone,
            meeting_room_url: record.meeting_room_url,
            inherits_office_hours: record.inherits_office_hours,
            comunas: record.comunas.0,
            regions: record.regions.0,
        },
        active: record.active,
        registered_at: record.registered_at,
        updated_at: record.updated_at,
        version: number("version", record.version)?,
    })
}

pub(super) fn appointment_type(record: AppointmentTypeRecord) -> Result<AppointmentType, sqlx::Error> {
    Ok(AppointmentType {
        code: named("code", &record.code)?,
        name: record.name.0,
        duration_minutes: number("duration_minutes", record.duration_minutes)?,
        slot_step_minutes: number("slot_step_minutes", record.slot_step_minutes)?,
        buffer_before_minutes: number("buffer_before_minutes", record.buffer_before_minutes)?,
        buffer_after_minutes: number("buffer_after_minutes", record.buffer_after_minutes)?,
        min_notice_minutes: number("min_notice_minutes", record.min_notice_minutes)?,
        horizon_days: number("horizon_days", record.horizon_days)?,
        daily_limit: record.daily_limit.map(|limit| number("daily_limit", limit)).transpose()?,
        location_kind: named("location_kind", &record.location_kind)?,
        confirm_before_minutes: record
            .confirm_before_minutes
            .map(|minutes| number("confirm_before_minutes", minutes))
            .transpose()?,
    })
}

pub(super) fn rule(record: &RuleRecord) -> Result<AvailabilityRule, sqlx::Error> {
    Ok(AvailabilityRule {
        rule_id: RuleId::new(record.rule_id),
        day_of_week: serde_json::from_value(Value::from(record.day_of_week))
            .map_err(|error| sqlx::Error::Decode(error.into()))?,
        start_time: local_time("start_minute", record.start_minute)?,
        end_time: local_time("end_minute", record.end_minute)?,
        is_recurring: record.is_recurring,
        valid_from: record.valid_from,
        valid_until: record.valid_until,
        appointment_type: maybe_named("appointment_type", record.appointment_type.as_deref())?,
        max_appointments_per_slot: number("max_appointments_per_slot", record.max_appointments_per_slot)?,
    })
}

fn local_time(column: &str, minute: i16) -> Result<LocalTime, sqlx::Error> {
    LocalTime::try_from_minutes(number(column, minute)?).map_err(|error| sqlx::Error::Decode(error.into()))
}

pub(super) fn date_exception(record: DateExceptionRecord) -> DateException {
    DateException { date: record.date, intervals: record.intervals.0 }
}

pub(super) fn block(record: BlockRecord) -> Result<Block, sqlx::Error> {
    Ok(Block {
        block_id: BlockId::new(record.block_id),
        start: record.start,
        end: record.end,
        time_zone: named("time_zone", &record.time_zone)?,
        local_start: record.local_start,
        local_end: record.local_end,
        date: record.date,
        until: record.until,
        reason: record.reason,
        recurrence: record.recurrence,
        exceptions: record.exceptions.0,
        regions: record.regions.0,
        agent_ids: record.agent_ids.0,
        source: record.source.map(|source| source.0),
    })
}

pub(super) fn booking(record: &BookingRecord) -> Result<Booking, sqlx::Error> {
    Ok(Booking {
        appointment_id: AppointmentId::new(record.appointment_id),
        lead_id: named("lead_id", &record.lead_id)?,
        appointment_type: named("appointment_type", &record.appointment_type)?,
        property_id: maybe_named("property_id", record.property_id.as_deref())?,
        start: record.start,
        end: record.end,
        buffer_before_minutes: number("buffer_before_minutes", record.buffer_before_minutes)?,
        buffer_after_minutes: number("buffer_after_minutes", record.buffer_after_minutes)?,
    })
}

pub(super) fn hold(record: &HoldRecord) -> Result<Hold, sqlx::Error> {
    Ok(Hold {
        hold_id: HoldId::new(record.hold_id),
        lead_id: named("lead_id", &record.lead_id)?,
        appointment_type: named("appointment_type", &record.appointment_type)?,
        property_id: maybe_named("property_id", record.property_id.as_deref())?,
        start: record.start,
        end: record.end,
        buffer_before_minutes: number("buffer_before_minutes", record.buffer_before_minutes)?,
        buffer_after_minutes: number("buffer_after_minutes", record.buffer_after_minutes)?,
        max_appointments_per_slot: number("max_appointments_per_slot", record.max_appointments_per_slot)?,
        expires_at: record.expires_at,
    })
}

pub(super) fn external_busy(record: &ExternalBusyRecord) -> Result<ExternalBusy, sqlx::Error> {
    Ok(ExternalBusy { busy_id: named("busy_id", &record.busy_id)?, start: record.start, end: record.end })
}
