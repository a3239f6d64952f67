use schemas::stream;
use schemas::value::AppointmentType;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::{column, hours};
use crate::office::OfficeView;
use crate::postgres::columns::{name_of, signed};

/// Replaces the whole office: it changes only a few times a year.
pub(super) async fn replace(
    connection: &mut PgConnection,
    office: &OfficeView,
    position: u64,
) -> Result<(), sqlx::Error> {
    let Some(version) = office.version else { return Ok(()) };
    sqlx::query!(
        "INSERT INTO office (name, time_zone, locale, travel_minutes, max_holds_per_lead, meeting_link_template,
            parts_of_day, updated_at, version, calendar_position)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (only_one) DO UPDATE SET
            (name, time_zone, locale, travel_minutes, max_holds_per_lead, meeting_link_template, parts_of_day,
                updated_at, version, calendar_position) =
            (EXCLUDED.name, EXCLUDED.time_zone, EXCLUDED.locale, EXCLUDED.travel_minutes,
                EXCLUDED.max_holds_per_lead, EXCLUDED.meeting_link_template, EXCLUDED.parts_of_day, EXCLUDED.updated_at,
                EXCLUDED.version, EXCLUDED.calendar_position)",
        office.policy.name.as_str(),
        office.policy.time_zone.name(),
        office.policy.locale.as_str(),
        i32::from(office.policy.travel_minutes),
        i32::from(office.policy.max_holds_per_lead),
        office.policy.meeting_link_template.as_deref(),
        Json(&office.policy.parts_of_day) as _,
        office.updated_at,
        signed(version),
        signed(position)
    )
    .execute(&mut *connection)
    .await?;
    appointment_types(connection, office).await?;
    let rules: Vec<_> = office.calendar.rules().map(|rule| (stream::OFFICE, rule)).collect();
    hours::replace_rules(connection, &[stream::OFFICE.to_owned()], &rules).await?;
    sqlx::query!("DELETE FROM blocks WHERE stream = $1", stream::OFFICE).execute(&mut *connection).await?;
    let blocks: Vec<_> = office.calendar.blocks().map(|block| (stream::OFFICE, block)).collect();
    hours::insert_blocks(connection, &blocks).await
}

async fn appointment_types(connection: &mut PgConnection, office: &OfficeView) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM appointment_types").execute(&mut *connection).await?;
    let in_use = office.calendar.types().map(|kind| (kind, false));
    let retired = office.calendar.retired_types().map(|kind| (kind, true));
    let rows: Vec<(&AppointmentType, bool)> = in_use.chain(retired).collect();
    sqlx::query!(
        "INSERT INTO appointment_types (code, name, duration_minutes, slot_step_minutes,
            buffer_before_minutes, buffer_after_minutes, min_notice_minutes, horizon_days, daily_limit, location_kind,
            confirm_before_minutes, retired, version)
        SELECT * FROM UNNEST($1::text[], $2::jsonb[], $3::integer[], $4::integer[], $5::integer[], $6::integer[],
            $7::bigint[], $8::integer[], $9::integer[], $10::text[], $11::bigint[], $12::boolean[], $13::bigint[])",
        column(&rows, |(kind, _)| kind.code.as_str()) as _,
        column(&rows, |(kind, _)| Json(&kind.name)) as _,
        &column(&rows, |(kind, _)| i32::from(kind.duration_minutes))[..],
        &column(&rows, |(kind, _)| i32::from(kind.slot_step_minutes))[..],
        &column(&rows, |(kind, _)| i32::from(kind.buffer_before_minutes))[..],
        &column(&rows, |(kind, _)| i32::from(kind.buffer_after_minutes))[..],
        &column(&rows, |(kind, _)| i64::from(kind.min_notice_minutes))[..],
        &column(&rows, |(kind, _)| i32::from(kind.horizon_days))[..],
        column(&rows, |(kind, _)| kind.daily_limit.map(i32::from)) as _,
        column(&rows, |(kind, _)| name_of(&kind.location_kind)) as _,
        column(&rows, |(kind, _)| kind.confirm_before_minutes.map(i64::from)) as _,
        &column(&rows, |(_, retired)| retired)[..],
        &column(&rows, |(kind, _)| signed(office.type_version(&kind.code)))[..]
    )
    .execute(connection)
    .await?;
    Ok(())
}
