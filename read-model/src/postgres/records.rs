//! Rows as the database returns them: the columns read from each table, with their types. Checked queries fill them; a
//! column that has another type, or can be null, does not compile.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use schemas::AgentId;
use schemas::value::{BlockSource, LeadContact, LocalInterval, OccurrenceException};
use sqlx::types::Json;
use uuid::Uuid;

/// Also read by column name, for the list of appointments, which is not a checked query.
#[derive(sqlx::FromRow)]
pub(super) struct AppointmentRecord {
    pub(super) id: Uuid,
    pub(super) lead_id: String,
    pub(super) agent_id: String,
    pub(super) appointment_type: String,
    pub(super) status: String,
    pub(super) no_show_by: Option<String>,
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
    pub(super) duration_minutes: i32,
    pub(super) local_start: NaiveDateTime,
    pub(super) time_zone: String,
    pub(super) location: Option<String>,
    pub(super) property_id: Option<String>,
    pub(super) notes: Option<String>,
    pub(super) lead_name: Option<String>,
    pub(super) lead_contact: Option<Json<LeadContact>>,
    pub(super) reminder_sent: bool,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) version: i64,
    pub(super) sequence: i64,
    pub(super) origin: String,
    pub(super) confirm_by: Option<DateTime<Utc>>,
    pub(super) cancellation_cause: Option<String>,
    pub(super) behind: Option<Json<BTreeMap<AgentId, u64>>>,
}

/// Selects appointments; takes the rest of the statement after the table's name, and its parameters.
macro_rules! appointments {
    ($rest:tt, $($parameters:tt)*) => {
        sqlx::query_as!(
            $crate::postgres::records::AppointmentRecord,
            r#"SELECT id, lead_id, agent_id, appointment_type, status, no_show_by, start, "end", duration_minutes,
                local_start, time_zone, location, property_id, notes,
                (SELECT COALESCE(leads.name, leads.from_booking #>> '{name,value}') FROM leads
                    WHERE leads.lead_id = appointments.lead_id) AS lead_name,
                lead_contact AS "lead_contact: _", reminder_sent,
                created_at, updated_at, version, sequence, origin, confirm_by, cancellation_cause,
                behind AS "behind: _"
            FROM appointments "# + $rest,
            $($parameters)*
        )
    };
}
pub(super) use appointments;

pub(super) struct HistoryEntryRecord {
    pub(super) position: i64,
    pub(super) agent_id: String,
    pub(super) revision: i64,
    pub(super) event_id: Uuid,
    pub(super) event_type: String,
    pub(super) data: String,
    pub(super) metadata: String,
}

pub(super) struct AgentRecord {
    pub(super) agent_id: String,
    pub(super) name: String,
    pub(super) time_zone: String,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) meeting_room_url: Option<String>,
    pub(super) inherits_office_hours: bool,
    pub(super) comunas: Json<Vec<String>>,
    pub(super) regions: Json<Vec<String>>,
    pub(super) active: bool,
    pub(super) registered_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) version: i64,
    pub(super) calendar_position: i64,
}

/// Selects agents; takes the rest of the statement after the table's name, and its parameters.
macro_rules! agents {
    ($rest:tt $(, $($parameters:tt)*)?) => {
        sqlx::query_as!(
            $crate::postgres::records::AgentRecord,
            r#"SELECT agent_id, name, time_zone, email, phone, meeting_room_url, inherits_office_hours,
                comunas AS "comunas: _", regions AS "regions: _", active, registered_at, updated_at, version,
                calendar_position
            FROM agents "# + $rest
            $(, $($parameters)*)?
        )
    };
}
pub(super) use agents;

pub(super) struct AppointmentTypeRecord {
    pub(super) code: String,
    pub(super) name: Json<BTreeMap<String, String>>,
    pub(super) duration_minutes: i32,
    pub(super) slot_step_minutes: i32,
    pub(super) buffer_before_minutes: i32,
    pub(super) buffer_after_minutes: i32,
    pub(super) min_notice_minutes: i64,
    pub(super) horizon_days: i32,
    pub(super) daily_limit: Option<i32>,
    pub(super) location_kind: String,
    pub(super) confirm_before_minutes: Option<i64>,
    pub(super) retired: bool,
    pub(super) version: i64,
}

pub(super) struct RuleRecord {
    pub(super) stream: String,
    pub(super) rule_id: Uuid,
    pub(super) day_of_week: i16,
    pub(super) start_minute: i16,
    pub(super) end_minute: i16,
    pub(super) is_recurring: bool,
    pub(super) valid_from: Option<NaiveDate>,
    pub(super) valid_until: Option<NaiveDate>,
    pub(super) appointment_type: Option<String>,
    pub(super) max_appointments_per_slot: i32,
}

/// Selects the rules under an array of streams.
macro_rules! rules {
    ($streams:expr) => {
        sqlx::query_as!(
            $crate::postgres::records::RuleRecord,
            "SELECT stream, rule_id, day_of_week, start_minute, end_minute, is_recurring, valid_from, valid_until,
                appointment_type, max_appointments_per_slot
            FROM availability_rules WHERE stream = ANY($1)",
            $streams
        )
    };
}
pub(super) use rules;

pub(super) struct DateExceptionRecord {
    pub(super) agent_id: String,
    pub(super) date: NaiveDate,
    pub(super) intervals: Json<Vec<LocalInterval>>,
}

pub(super) struct BlockRecord {
    pub(super) stream: String,
    pub(super) block_id: Uuid,
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
    pub(super) time_zone: String,
    pub(super) local_start: NaiveDateTime,
    pub(super) local_end: NaiveDateTime,
    pub(super) reason: String,
    pub(super) recurrence: Option<String>,
    pub(super) date: Option<NaiveDate>,
    pub(super) until: Option<NaiveDate>,
    pub(super) exceptions: Json<Vec<OccurrenceException>>,
    pub(super) regions: Json<Vec<String>>,
    pub(super) agent_ids: Json<Vec<AgentId>>,
    pub(super) source: Option<Json<BlockSource>>,
}

/// Selects the blocks that meet a condition, and takes its parameters.
macro_rules! blocks {
    ($condition:tt, $($parameters:tt)*) => {
        sqlx::query_as!(
            $crate::postgres::records::BlockRecord,
            r#"SELECT stream, block_id, start, "end", time_zone, local_start, local_end, reason, recurrence, date, until,
                exceptions AS "exceptions: _", regions AS "regions: _", agent_ids AS "agent_ids: _",
                source AS "source: _"
            FROM blocks WHERE "# + $condition,
            $($parameters)*
        )
    };
}
pub(super) use blocks;

pub(super) struct BookingRecord {
    pub(super) agent_id: String,
    pub(super) appointment_id: Uuid,
    pub(super) lead_id: String,
    pub(super) appointment_type: String,
    pub(super) property_id: Option<String>,
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
    pub(super) buffer_before_minutes: i32,
    pub(super) buffer_after_minutes: i32,
}

pub(super) struct HoldRecord {
    pub(super) agent_id: String,
    pub(super) hold_id: Uuid,
    pub(super) lead_id: String,
    pub(super) appointment_type: String,
    pub(super) property_id: Option<String>,
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
    pub(super) buffer_before_minutes: i32,
    pub(super) buffer_after_minutes: i32,
    pub(super) max_appointments_per_slot: i32,
    pub(super) expires_at: DateTime<Utc>,
}

/// Selects holds; takes the rest of the statement after the table's name, and its parameters.
macro_rules! holds {
    ($rest:tt, $($parameters:tt)*) => {
        sqlx::query_as!(
            $crate::postgres::records::HoldRecord,
            r#"SELECT agent_id, hold_id, lead_id, appointment_type, property_id, start, "end", buffer_before_minutes,
                buffer_after_minutes, max_appointments_per_slot, expires_at
            FROM holds "# + $rest,
            $($parameters)*
        )
    };
}
pub(super) use holds;

pub(super) struct ExternalBusyRecord {
    pub(super) agent_id: String,
    pub(super) busy_id: String,
    pub(super) source: String,
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
}
