//! What the tests begin with: a running program, and an agency in it that was set up through the interface alone.

use chrono::{DateTime, Days, NaiveDate, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use system_tests::{Citas, Client, Launch, now};
use tempfile::TempDir;

/// Half an hour, on a grid of half hours, at once and for two years.
pub(crate) const VISIT: &str = "visit";
/// A quarter of an hour.
pub(crate) const CALL: &str = "call";

/// A running program with a folder that goes when it goes.
pub(crate) struct Given {
    pub(crate) citas: Citas,
    pub(crate) client: Client,
    pub(crate) folder: TempDir,
}

impl Given {
    /// A fresh program, ready.
    pub(crate) async fn fresh() -> Self {
        Self::launched(|launch| launch).await
    }

    /// A fresh program, started in this way.
    pub(crate) async fn launched(how: impl FnOnce(Launch) -> Launch) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let citas = how(Launch::new(folder.path().join("data"))).ready().await;
        Self { client: citas.client(), citas, folder }
    }

    /// A program with two types of appointment and these agents, who are there all day and every day.
    pub(crate) async fn agency(agents: &[&str]) -> Self {
        let given = Self::fresh().await;
        set_up(&given.client, agents).await;
        given
    }

    /// The same folder with another process on it, after this one has been brought to its end.
    pub(crate) async fn restarted<F: Future<Output = ()>>(self, end: impl FnOnce(Citas) -> F) -> Self {
        let Self { citas, folder, .. } = self;
        let data = citas.data().to_owned();
        end(citas).await;
        let citas = Launch::new(data).ready().await;
        Self { client: citas.client(), citas, folder }
    }
}

/// Two types of appointment, and these agents with hours all day and every day in UTC.
pub(crate) async fn set_up(client: &Client, agents: &[&str]) {
    for (code, minutes) in [(VISIT, 30), (CALL, 15)] {
        client.put(&format!("/v1/office/appointment-types/{code}")).body(&type_of(minutes)).ok().await;
    }
    for agent in agents {
        let profile = json!({"name": format!("Agent {agent}"), "time_zone": "UTC"});
        client.put(&format!("/v1/agents/{agent}")).body(&profile).ok().await;
        client.put(&format!("/v1/agents/{agent}/weekly-hours")).body(&always("00:00", "24:00")).ok().await;
    }
}

/// An appointment type of this length on a grid of the same step, at once and for two years.
pub(crate) fn type_of(minutes: u16) -> Value {
    json!({"name": {"en": "Test"}, "duration_minutes": minutes, "horizon_days": 732, "location_kind": "phone"})
}

/// These hours on every day of the week.
pub(crate) fn always(start_time: &str, end_time: &str) -> Value {
    let rule = |day| json!({"day_of_week": day, "start_time": start_time, "end_time": end_time});
    json!({"rules": (0..7).map(rule).collect::<Vec<_>>()})
}

/// The date so many days from today.
pub(crate) fn day(days: u64) -> NaiveDate {
    now().date_naive() + Days::new(days)
}

/// So many minutes after midnight, UTC, of the date so many days from today.
pub(crate) fn at(days: u64, minutes: i64) -> DateTime<Utc> {
    day(days).and_time(chrono::NaiveTime::MIN).and_utc() + TimeDelta::minutes(minutes)
}

/// An instant as it is sent and answered.
pub(crate) fn text(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The instant of an answer's member.
pub(crate) fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

/// The body of a booking.
pub(crate) fn booking(agent: &str, lead: &str, start: DateTime<Utc>) -> Value {
    json!({"agent_id": agent, "lead_id": lead, "appointment_type": VISIT, "start": text(start)})
}

/// Books, and gives the appointment's id.
pub(crate) async fn book(client: &Client, agent: &str, lead: &str, start: DateTime<Utc>) -> String {
    let booked = client.post("/v1/appointments").body(&booking(agent, lead, start)).ok().await;
    booked["appointment_id"].as_str().unwrap().to_owned()
}

/// Every item of a list, asked for page by page, once everything up to `position` is in it.
pub(crate) async fn all(client: &Client, list: &str, position: &Value) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    let separator = if list.contains('?') { '&' } else { '?' };
    loop {
        let page =
            client.get(&format!("{list}{separator}limit=200&min_position={position}{cursor}")).ok().await;
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else { return items };
        cursor = format!("&cursor={next}");
    }
}

/// A position that everything answered so far is before: that of a command that is sent now.
pub(crate) async fn head(client: &Client) -> Value {
    let name = json!({"name": format!("Office at {}", now().to_rfc3339())});
    client.put("/v1/office").body(&name).ok().await["position"].clone()
}
