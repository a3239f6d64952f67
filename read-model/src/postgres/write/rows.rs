//! Writes agents, appointments and their history.

use schemas::AppointmentId;
use schemas::value::NoShowBy;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::column;
use crate::AgentRow;
use crate::appointment::AppointmentView;
use crate::history::HistoryRecord;
use crate::postgres::batch::Batch;
use crate::postgres::columns::{name_of, signed};

pub(super) async fn agents(connection: &mut PgConnection, batch: &Batch) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = batch.agents.values().collect();
    if rows.is_empty() {
        return Ok(());
    }
    // 0 if the calendar has not changed: the earlier position is then greater, and stays.
    let position = |row: &AgentRow| batch.calendars.get(&row.agent_id).and_then(|changes| changes.position);
    sqlx::query!(
        "INSERT INTO agents (agent_id, name, time_zone, email, phone, meeting_room_url, inherits_office_hours, active,
            registered_at, updated_at, version, calendar_position, comunas, regions)
        SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[],
            $8::boolean[], $9::timestamptz[], $10::timestamptz[], $11::bigint[], $12::bigint[], $13::jsonb[],
            $14::jsonb[])
        ON CONFLICT (agent_id) DO UPDATE SET
            (name, time_zone, email, phone, meeting_room_url, inherits_office_hours, comunas, regions, active,
                updated_at, version, calendar_position) =
            (EXCLUDED.name, EXCLUDED.time_zone, EXCLUDED.email, EXCLUDED.phone, EXCLUDED.meeting_room_url,
                EXCLUDED.inherits_office_hours, EXCLUDED.comunas, EXCLUDED.regions, EXCLUDED.active,
                EXCLUDED.updated_at, EXCLUDED.version,
                GREATEST(agents.calendar_position, EXCLUDED.calendar_position))",
        column(&rows, |row| row.agent_id.as_str()) as _,
        column(&rows, |row| row.profile.name.as_str()) as _,
        column(&rows, |row| row.profile.time_zone.name()) as _,
        column(&rows, |row| row.profile.email.as_deref()) as _,
        column(&rows, |row| row.profile.phone.as_deref()) as _,
        column(&rows, |row| row.profile.meeting_room_url.as_deref()) as _,
        &column(&rows, |row| row.profile.inherits_office_hours)[..],
        &column(&rows, |row| row.active)[..],
        &column(&rows, |row| row.registered_at)[..],
        &column(&rows, |row| row.updated_at)[..],
        &column(&rows, |row| signed(row.version))[..],
        &column(&rows, |row| signed(position(row).unwrap_or(0)))[..],
        column(&rows, |row| Json(&row.profile.comunas)) as _,
        column(&rows, |row| Json(&row.profile.regions)) as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn appointments<'a>(
    connection: &mut PgConnection,
    appointments: impl Iterator<Item = &'a AppointmentView>,
) -> Result<(), sqlx::Error> {
    let views: Vec<_> = appointments.collect();
    if views.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = views.iter().map(|view| &view.row).collect();
    sqlx::query!(
        r#"INSERT INTO appointments (id, lead_id, agent_id, appointment_type, status, start, "end",
            duration_minutes, local_start, time_zone, location, property_id, notes, lead_contact, reminder_sent,
            created_at, updated_at, version, sequence, origin, confirm_by, cancellation_cause, behind, no_show_by)
        SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
            $7::timestamptz[], $8::integer[], $9::timestamp[], $10::text[], $11::text[], $12::text[], $13::text[],
            $14::jsonb[], $15::boolean[], $16::timestamptz[], $17::timestamptz[], $18::bigint[], $19::bigint[],
            $20::text[], $21::timestamptz[], $22::text[], $23::jsonb[], $24::text[])
        ON CONFLICT (id) DO UPDATE SET
            (lead_id, agent_id, appointment_type, status, start, "end", duration_minutes, local_start, time_zone,
                location, property_id, notes, lead_contact, reminder_sent, created_at, updated_at, version,
                sequence, origin, confirm_by, cancellation_cause, behind, no_show_by) =
            (EXCLUDED.lead_id, EXCLUDED.agent_id, EXCLUDED.appointment_type, EXCLUDED.status, EXCLUDED.start,
                EXCLUDED."end", EXCLUDED.duration_minutes, EXCLUDED.local_start, EXCLUDED.time_zone,
                EXCLUDED.location, EXCLUDED.property_id, EXCLUDED.notes, EXCLUDED.lead_contact,
                EXCLUDED.reminder_sent, EXCLUDED.created_at, EXCLUDED.updated_at, EXCLUDED.version,
                EXCLUDED.sequence, EXCLUDED.origin, EXCLUDED.confirm_by, EXCLUDED.cancellation_cause,
                EXCLUDED.behind, EXCLUDED.no_show_by)"#,
        &column(&rows, |row| row.id.uuid())[..],
        column(&rows, |row| row.lead_id.as_str()) as _,
        column(&rows, |row| row.agent_id.as_str()) as _,
        column(&rows, |row| row.appointment_type.as_str()) as _,
        column(&rows, |row| row.status.as_str()) as _,
        &column(&rows, |row| row.start)[..],
        &column(&rows, |row| row.end)[..],
        &column(&rows, |row| i32::from(row.duration_minutes))[..],
        &column(&rows, |row| row.local_start)[..],
        column(&rows, |row| row.time_zone.name()) as _,
        column(&rows, |row| row.location.as_deref()) as _,
        column(&rows, |row| row.property_id.as_ref().map(schemas::PropertyId::as_str)) as _,
        column(&rows, |row| row.notes.as_deref()) as _,
        column(&rows, |row| row.lead_contact.as_ref().map(Json)) as _,
        &column(&rows, |row| row.reminder_sent)[..],
        &column(&rows, |row| row.created_at)[..],
        &column(&rows, |row| row.updated_at)[..],
        &column(&rows, |row| signed(row.version))[..],
        &column(&rows, |row| i64::from(row.sequence))[..],
        column(&rows, |row| name_of(&row.origin)) as _,
        column(&rows, |row| row.confirm_by) as _,
        column(&rows, |row| row.cancellation_cause.as_ref().map(name_of)) as _,
        column(&views, |view| (!view.behind.is_empty()).then_some(Json(&view.behind))) as _,
        column(&rows, |row| row.no_show_by.map(NoShowBy::as_str)) as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn history(
    connection: &mut PgConnection,
    history: &[(AppointmentId, HistoryRecord)],
) -> Result<(), sqlx::Error> {
    if history.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = history.iter().map(|(id, record)| (*id, record)).collect();
    sqlx::query!(
        "INSERT INTO appointment_history (appointment_id, position, agent_id, revision, event_id, event_type,
            data, metadata)
        SELECT appointment_id, position, agent_id, revision, event_id, event_type, data, metadata
        FROM UNNEST($1::uuid[], $2::bigint[], $3::text[], $4::bigint[], $5::uuid[], $6::text[], $7::text[], $8::text[])
        AS new (appointment_id, position, agent_id, revision, event_id, event_type, data, metadata)",
        &column(&rows, |(id, _)| id.uuid())[..],
        &column(&rows, |(_, record)| signed(record.position))[..],
        column(&rows, |(_, record)| record.agent_id.as_str()) as _,
        &column(&rows, |(_, record)| signed(record.revision))[..],
        &column(&rows, |(_, record)| record.event_id.uuid())[..],
        column(&rows, |(_, record)| record.event_type) as _,
        column(&rows, |(_, record)| &*record.stored.payload) as _,
        column(&rows, |(_, record)| &*record.stored.metadata) as _
    )
    .execute(connection)
    .await?;
    Ok(())
}
