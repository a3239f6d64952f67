//! The properties' own time, each in one row, and the visits that they have.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use availability::{Interval, PropertyCalendar};
use calendar_fold::fold_property;
use chrono::{DateTime, Utc};
use schemas::{AppointmentId, PropertyEvent, PropertyId};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::columns::{named, signed};
use super::records::{self, BookingRecord};
use super::rows;
use crate::office::OfficeView;
use crate::property_visits::{VisitedProperty, visits_around};

struct PropertyCalendarRecord {
    property_id: String,
    calendar: Json<PropertyCalendar>,
}

/// What a batch changes of a property's time.
#[derive(Debug, Default)]
pub(super) struct PropertyCalendarChange {
    /// None before it is registered.
    calendar: Option<PropertyCalendar>,
    /// The position of the last event that changed it, if one did.
    position: Option<u64>,
}

impl PropertyCalendarChange {
    /// Folds the next event of the property. One that comes before its registration changes nothing.
    pub(super) fn evolve(&mut self, event: &PropertyEvent, position: u64) {
        if let PropertyEvent::PropertyRegistered(event) = event {
            self.calendar.get_or_insert_with(|| PropertyCalendar::new(event.profile.time_zone));
        }
        if let Some(calendar) = &mut self.calendar {
            fold_property(calendar, event);
            self.position = Some(position);
        }
    }
}

/// The time of those of these properties that are registered.
pub(super) async fn load(
    connection: &mut PgConnection,
    property_ids: &BTreeSet<PropertyId>,
) -> Result<BTreeMap<PropertyId, PropertyCalendarChange>, sqlx::Error> {
    let ids: Vec<&str> = property_ids.iter().map(PropertyId::as_str).collect();
    let found = sqlx::query_as!(
        PropertyCalendarRecord,
        r#"SELECT property_id, calendar AS "calendar: _" FROM property_calendars WHERE property_id = ANY($1)"#,
        ids as _
    );
    let change = |record: PropertyCalendarRecord| {
        let calendar = Some(record.calendar.0);
        let property_id = named("property_id", &record.property_id)?;
        Ok((property_id, PropertyCalendarChange { calendar, position: None }))
    };
    found.fetch_all(connection).await?.into_iter().map(change).collect()
}

/// Writes those that a batch has changed.
pub(super) async fn write(
    connection: &mut PgConnection,
    changes: &BTreeMap<PropertyId, PropertyCalendarChange>,
) -> Result<(), sqlx::Error> {
    let rows: Vec<(&str, &PropertyCalendar, u64)> = changes
        .iter()
        .filter_map(|(property_id, change)| {
            Some((property_id.as_str(), change.calendar.as_ref()?, change.position?))
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = rows.iter().map(|(property_id, ..)| *property_id).collect();
    let calendars: Vec<Json<&PropertyCalendar>> =
        rows.iter().map(|(_, calendar, _)| Json(*calendar)).collect();
    let positions: Vec<i64> = rows.iter().map(|(.., position)| signed(*position)).collect();
    sqlx::query!(
        "INSERT INTO property_calendars (property_id, calendar, calendar_position)
        SELECT * FROM UNNEST($1::text[], $2::jsonb[], $3::bigint[])
        ON CONFLICT (property_id) DO UPDATE
        SET (calendar, calendar_position) = (EXCLUDED.calendar, EXCLUDED.calendar_position)",
        ids as _,
        calendars as _,
        &positions[..]
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The property with the visits that matter for starts in the range; none if it is not registered.
pub(super) async fn property_in(
    connection: &mut PgConnection,
    office: &OfficeView,
    property_id: &PropertyId,
    range: Interval,
    moving: Option<AppointmentId>,
    now: DateTime<Utc>,
) -> Result<Option<Arc<PropertyCalendar>>, sqlx::Error> {
    let found = load(connection, &BTreeSet::from([property_id.clone()])).await?;
    let Some(calendar) = found.into_values().find_map(|found| found.calendar) else { return Ok(None) };
    let mut visited = VisitedProperty { calendar, office, moving };
    let around = visits_around(range);
    // What is reserved for a hand-over is not the new agent's yet.
    let bookings = sqlx::query_as!(
        BookingRecord,
        r#"SELECT bookings.agent_id, bookings.appointment_id, bookings.lead_id, bookings.appointment_type,
            bookings.property_id, bookings.coordinates AS "coordinates: _", bookings.start, bookings."end", bookings.buffer_before_minutes,
            bookings.buffer_after_minutes
        FROM bookings JOIN appointments
            ON appointments.id = bookings.appointment_id AND appointments.agent_id = bookings.agent_id
        WHERE bookings.property_id = $1 AND bookings.start < $3 AND $2 < bookings."end""#,
        property_id.as_str(),
        around.start,
        around.end
    );
    for record in bookings.fetch_all(&mut *connection).await? {
        visited.add_booking(&named("agent_id", &record.agent_id)?, &rows::booking(&record)?);
    }
    let holds = records::holds!("WHERE property_id = $1 AND $2 < expires_at", property_id.as_str(), now);
    for record in holds.fetch_all(connection).await? {
        visited.add_hold(&named("agent_id", &record.agent_id)?, &rows::hold(&record)?);
    }
    Ok(Some(Arc::new(visited.calendar)))
}
