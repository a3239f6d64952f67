//! Hours and blocks, of agents and of the office alike.

use std::collections::BTreeMap;

use availability::AgentCalendar;
use schemas::value::{AvailabilityRule, Block};
use schemas::{AgentId, AppointmentTypeCode, stream};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::column;

/// Inserts blocks, each under its owner's stream.
pub(super) async fn insert_blocks(
    connection: &mut PgConnection,
    rows: &[(&str, &Block)],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"INSERT INTO blocks (stream, block_id, start, "end", time_zone, local_start, local_end, reason,
            recurrence, date, until, exceptions, regions, agent_ids, source)
        SELECT * FROM UNNEST($1::text[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::text[],
            $6::timestamp[], $7::timestamp[], $8::text[], $9::text[], $10::date[], $11::date[], $12::jsonb[],
            $13::jsonb[], $14::jsonb[], $15::jsonb[])"#,
        column(rows, |(stream, _)| stream) as _,
        &column(rows, |(_, block)| block.block_id.uuid())[..],
        &column(rows, |(_, block)| block.start)[..],
        &column(rows, |(_, block)| block.end)[..],
        column(rows, |(_, block)| block.time_zone.name()) as _,
        &column(rows, |(_, block)| block.local_start)[..],
        &column(rows, |(_, block)| block.local_end)[..],
        column(rows, |(_, block)| block.reason.as_str()) as _,
        column(rows, |(_, block)| block.recurrence.as_deref()) as _,
        column(rows, |(_, block)| block.date) as _,
        column(rows, |(_, block)| block.until) as _,
        column(rows, |(_, block)| Json(&block.exceptions)) as _,
        column(rows, |(_, block)| Json(&block.regions)) as _,
        column(rows, |(_, block)| Json(&block.agent_ids)) as _,
        column(rows, |(_, block)| block.source.as_ref().map(Json)) as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Replaces all rules under these streams.
pub(super) async fn replace_rules(
    connection: &mut PgConnection,
    streams: &[String],
    rows: &[(&str, &AvailabilityRule)],
) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM availability_rules WHERE stream = ANY($1)", streams)
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "INSERT INTO availability_rules (stream, rule_id, day_of_week, start_minute, end_minute,
            is_recurring, valid_from, valid_until, appointment_type, max_appointments_per_slot)
        SELECT * FROM UNNEST($1::text[], $2::uuid[], $3::smallint[], $4::smallint[], $5::smallint[], $6::boolean[],
            $7::date[], $8::date[], $9::text[], $10::integer[])",
        column(rows, |(stream, _)| stream) as _,
        &column(rows, |(_, rule)| rule.rule_id.uuid())[..],
        &column(rows, |(_, rule)| i16::from(rule.day_of_week.number()))[..],
        &column(rows, |(_, rule)| minute(rule.start_time))[..],
        &column(rows, |(_, rule)| minute(rule.end_time))[..],
        &column(rows, |(_, rule)| rule.is_recurring)[..],
        column(rows, |(_, rule)| rule.valid_from) as _,
        column(rows, |(_, rule)| rule.valid_until) as _,
        column(rows, |(_, rule)| rule.appointment_type.as_ref().map(AppointmentTypeCode::as_str)) as _,
        &column(rows, |(_, rule)| i32::from(rule.max_appointments_per_slot))[..]
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn minute(time: schemas::LocalTime) -> i16 {
    time.minutes().try_into().expect("a day has 1440 minutes")
}

/// Replaces all rules and exceptions of these agents.
pub(super) async fn replace_hours(
    connection: &mut PgConnection,
    hours: &BTreeMap<&AgentId, &AgentCalendar>,
) -> Result<(), sqlx::Error> {
    if hours.is_empty() {
        return Ok(());
    }
    let streams: Vec<String> = hours.keys().map(|agent_id| stream::agent(agent_id)).collect();
    let of_agents = streams.iter().zip(hours.values());
    let rules: Vec<_> = of_agents
        .flat_map(|(stream, calendar)| calendar.rules().map(move |rule| (stream.as_str(), rule)))
        .collect();
    replace_rules(connection, &streams, &rules).await?;
    let agent_ids: Vec<&str> = hours.keys().map(|agent_id| agent_id.as_str()).collect();
    sqlx::query!("DELETE FROM date_exceptions WHERE agent_id = ANY($1)", agent_ids as _)
        .execute(&mut *connection)
        .await?;
    let rows: Vec<_> = hours
        .iter()
        .flat_map(|(agent_id, calendar)| {
            calendar.exceptions().map(move |exception| (agent_id.as_str(), exception))
        })
        .collect();
    sqlx::query!(
        "INSERT INTO date_exceptions (agent_id, date, intervals)
        SELECT * FROM UNNEST($1::text[], $2::date[], $3::jsonb[])",
        column(&rows, |(agent_id, _)| agent_id) as _,
        &column(&rows, |(_, exception)| exception.date)[..],
        column(&rows, |(_, exception)| Json(&exception.intervals)) as _
    )
    .execute(connection)
    .await?;
    Ok(())
}
