//! Writes the changes to agents' calendars.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use schemas::{AgentId, PropertyId, stream};
use sqlx::PgConnection;

use super::hours::{insert_blocks, replace_hours};
use super::{column, delete};
use crate::postgres::changes::CalendarChanges;

type Changes = BTreeMap<AgentId, CalendarChanges>;

/// The rows of changed ids are deleted before new ones are inserted, so that no order of rows makes two of them
/// collide.
pub(super) async fn write(connection: &mut PgConnection, changes: &Changes) -> Result<(), sqlx::Error> {
    forget(connection, changes).await?;
    bookings(connection, changes).await?;
    holds(connection, changes).await?;
    external_busy(connection, changes).await?;
    blocks(connection, changes).await?;
    let hours = changes.iter().filter_map(|(agent_id, changes)| Some((agent_id, changes.hours.as_ref()?)));
    replace_hours(connection, &hours.collect()).await
}

/// Deletes the rows that ended by `forget_before`.
async fn forget(connection: &mut PgConnection, changes: &Changes) -> Result<(), sqlx::Error> {
    let rows: Vec<(&str, DateTime<Utc>)> = changes
        .iter()
        .filter_map(|(agent_id, changes)| Some((agent_id.as_str(), changes.forget_before?)))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let agent_ids = column(&rows, |(agent_id, _)| agent_id);
    let instants = column(&rows, |(_, instant)| instant);
    delete!(
        from "bookings" where r#"agent_id = key.agent_id AND "end" <= key.instant"#,
        for "UNNEST($1::text[], $2::timestamptz[]) AS key (agent_id, instant)",
        &agent_ids as _,
        &instants[..]
    )
    .execute(&mut *connection)
    .await?;
    delete!(
        from "external_busy" where r#"agent_id = key.agent_id AND "end" <= key.instant"#,
        for "UNNEST($1::text[], $2::timestamptz[]) AS key (agent_id, instant)",
        &agent_ids as _,
        &instants[..]
    )
    .execute(&mut *connection)
    .await?;
    // As in the index `holds_by_end`.
    delete!(
        from "holds" where r#"agent_id = key.agent_id AND LEAST("end", expires_at) <= key.instant"#,
        for "UNNEST($1::text[], $2::timestamptz[]) AS key (agent_id, instant)",
        &agent_ids as _,
        &instants[..]
    )
    .execute(&mut *connection)
    .await?;
    Ok(())
}

async fn bookings(connection: &mut PgConnection, changes: &Changes) -> Result<(), sqlx::Error> {
    let touched = changes.iter().flat_map(|(agent_id, changes)| {
        changes.bookings.iter().map(move |(id, entry)| (agent_id.as_str(), *id, entry.as_ref()))
    });
    let touched: Vec<_> = touched.collect();
    if touched.is_empty() {
        return Ok(());
    }
    delete!(
        from "bookings" where "agent_id = key.agent_id AND appointment_id = key.id",
        for "UNNEST($1::text[], $2::uuid[]) AS key (agent_id, id)",
        column(&touched, |(agent_id, ..)| agent_id) as _,
        &column(&touched, |(_, id, _)| id.uuid())[..]
    )
    .execute(&mut *connection)
    .await?;
    let kept = touched.iter().filter_map(|(agent_id, _, entry)| Some((*agent_id, (*entry)?)));
    let rows: Vec<_> =
        kept.map(|(agent_id, entry)| (agent_id, &entry.booking, entry.max_appointments_per_slot)).collect();
    sqlx::query!(
        r#"INSERT INTO bookings (agent_id, appointment_id, lead_id, appointment_type, property_id, start, "end",
            buffer_before_minutes, buffer_after_minutes, max_appointments_per_slot, reach)
        SELECT agent_id, appointment_id, lead_id, appointment_type, property_id, start, "end", buffer_before_minutes,
            buffer_after_minutes, max_appointments_per_slot, tstzrange(reach_from, reach_to)
        FROM UNNEST($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
            $8::integer[], $9::integer[], $10::integer[], $11::timestamptz[], $12::timestamptz[])
        AS new (agent_id, appointment_id, lead_id, appointment_type, property_id, start, "end", buffer_before_minutes,
            buffer_after_minutes, max_appointments_per_slot, reach_from, reach_to)"#,
        column(&rows, |(agent_id, ..)| agent_id) as _,
        &column(&rows, |(_, booking, _)| booking.appointment_id.uuid())[..],
        column(&rows, |(_, booking, _)| booking.lead_id.as_str()) as _,
        column(&rows, |(_, booking, _)| booking.appointment_type.as_str()) as _,
        column(&rows, |(_, booking, _)| booking.property_id.as_ref().map(PropertyId::as_str)) as _,
        &column(&rows, |(_, booking, _)| booking.start)[..],
        &column(&rows, |(_, booking, _)| booking.end)[..],
        &column(&rows, |(_, booking, _)| i32::from(booking.buffer_before_minutes))[..],
        &column(&rows, |(_, booking, _)| i32::from(booking.buffer_after_minutes))[..],
        &column(&rows, |(.., capacity)| i32::from(capacity))[..],
        &column(&rows, |(_, booking, _)| booking.start - minutes(booking.buffer_before_minutes))[..],
        &column(&rows, |(_, booking, _)| booking.end + minutes(booking.buffer_after_minutes))[..]
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn minutes(minutes: u16) -> TimeDelta {
    TimeDelta::minutes(i64::from(minutes))
}

async fn holds(connection: &mut PgConnection, changes: &Changes) -> Result<(), sqlx::Error> {
    let touched = changes.iter().flat_map(|(agent_id, changes)| {
        changes.holds.iter().map(move |(id, entry)| (agent_id.as_str(), *id, entry.as_ref()))
    });
    let touched: Vec<_> = touched.collect();
    if touched.is_empty() {
        return Ok(());
    }
    delete!(
        from "holds" where "agent_id = key.agent_id AND hold_id = key.id",
        for "UNNEST($1::text[], $2::uuid[]) AS key (agent_id, id)",
        column(&touched, |(agent_id, ..)| agent_id) as _,
        &column(&touched, |(_, id, _)| id.uuid())[..]
    )
    .execute(&mut *connection)
    .await?;
    let kept = touched.iter().filter_map(|(agent_id, _, entry)| Some((*agent_id, (*entry)?)));
    let rows: Vec<_> = kept.collect();
    sqlx::query!(
        r#"INSERT INTO holds (agent_id, hold_id, lead_id, appointment_type, property_id, start, "end",
            buffer_before_minutes, buffer_after_minutes, max_appointments_per_slot, expires_at)
        SELECT * FROM UNNEST($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
            $7::timestamptz[], $8::integer[], $9::integer[], $10::integer[], $11::timestamptz[])"#,
        column(&rows, |(agent_id, _)| agent_id) as _,
        &column(&rows, |(_, hold)| hold.hold_id.uuid())[..],
        column(&rows, |(_, hold)| hold.lead_id.as_str()) as _,
        column(&rows, |(_, hold)| hold.appointment_type.as_str()) as _,
        column(&rows, |(_, hold)| hold.property_id.as_ref().map(PropertyId::as_str)) as _,
        &column(&rows, |(_, hold)| hold.start)[..],
        &column(&rows, |(_, hold)| hold.end)[..],
        &column(&rows, |(_, hold)| i32::from(hold.buffer_before_minutes))[..],
        &column(&rows, |(_, hold)| i32::from(hold.buffer_after_minutes))[..],
        &column(&rows, |(_, hold)| i32::from(hold.max_appointments_per_slot))[..],
        &column(&rows, |(_, hold)| hold.expires_at)[..]
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn external_busy(connection: &mut PgConnection, changes: &Changes) -> Result<(), sqlx::Error> {
    let touched = changes.iter().flat_map(|(agent_id, changes)| {
        changes.busy.iter().map(move |(id, entry)| (agent_id.as_str(), id.as_str(), entry.as_ref()))
    });
    let touched: Vec<_> = touched.collect();
    if touched.is_empty() {
        return Ok(());
    }
    delete!(
        from "external_busy" where "agent_id = key.agent_id AND busy_id = key.id",
        for "UNNEST($1::text[], $2::text[]) AS key (agent_id, id)",
        column(&touched, |(agent_id, ..)| agent_id) as _,
        column(&touched, |(_, id, _)| id) as _
    )
    .execute(&mut *connection)
    .await?;
    let kept = touched.iter().filter_map(|(agent_id, _, entry)| Some((*agent_id, (*entry)?)));
    let rows: Vec<_> = kept.collect();
    sqlx::query!(
        r#"INSERT INTO external_busy (agent_id, busy_id, source, start, "end")
        SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])"#,
        column(&rows, |(agent_id, _)| agent_id) as _,
        column(&rows, |(_, entry)| entry.busy.busy_id.as_str()) as _,
        column(&rows, |(_, entry)| entry.source.as_str()) as _,
        &column(&rows, |(_, entry)| entry.busy.start)[..],
        &column(&rows, |(_, entry)| entry.busy.end)[..]
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn blocks(connection: &mut PgConnection, changes: &Changes) -> Result<(), sqlx::Error> {
    let touched = changes.iter().flat_map(|(agent_id, changes)| {
        let stream = stream::agent(agent_id);
        changes.blocks.iter().map(move |(id, block)| (stream.clone(), id.uuid(), block.as_ref()))
    });
    let touched: Vec<_> = touched.collect();
    if touched.is_empty() {
        return Ok(());
    }
    delete!(
        from "blocks" where "stream = key.stream AND block_id = key.id",
        for "UNNEST($1::text[], $2::uuid[]) AS key (stream, id)",
        touched.iter().map(|(stream, ..)| stream.as_str()).collect::<Vec<_>>() as _,
        &touched.iter().map(|(_, id, _)| *id).collect::<Vec<_>>()[..]
    )
    .execute(&mut *connection)
    .await?;
    let kept = touched.iter().filter_map(|(stream, _, block)| Some((stream.as_str(), (*block)?)));
    insert_blocks(connection, &kept.collect::<Vec<_>>()).await
}
