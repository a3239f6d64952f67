//! One agent with a full month.

use anyhow::{Context as _, Result};
use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};

use crate::http::{Session, Target};

/// How many appointments the agent has.
pub(crate) const APPOINTMENTS: usize = 500;

/// Over how many days.
pub(crate) const DAYS: u64 = 30;

const AGENT: &str = "agent-1";
const TYPE: &str = "reunion_breve";

/// Half hours from eight to eight.
const SLOTS_PER_DAY: u64 = 24;

/// Of every 36 slots in a row 25 are taken: 500 of the month's 720.
const EVERY: u64 = 36;
const TAKEN: u64 = 25;

/// Registers the agent, books the month, and waits until queries see it. Returns the path that queries the free
/// slots, without a limit.
pub(crate) async fn book(target: &Target, now: DateTime<Utc>) -> Result<String> {
    let mut session = Session::open(target).await?;
    let appointment_type = serde_json::json!({
        "name": {"es-CL": "Reunión breve"},
        "duration_minutes": 30,
        "location_kind": "video",
    });
    let path = format!("/v1/office/appointment-types/{TYPE}");
    session.command("PUT", &path, &appointment_type, 200).await?;
    let rule = |day: u8| serde_json::json!({"day_of_week": day, "start_time": "08:00", "end_time": "20:00"});
    let rules = serde_json::json!({"rules": (0..7).map(rule).collect::<Vec<_>>()});
    session.command("PUT", "/v1/office/weekly-hours", &rules, 200).await?;
    let profile = serde_json::json!({"name": "Camila Soto", "time_zone": "America/Santiago"});
    session.command("PUT", &format!("/v1/agents/{AGENT}"), &profile, 200).await?;

    let first_day = now.date_naive() + Days::new(2);
    let opens = NaiveTime::from_hms_opt(8, 0, 0).context("eight o'clock is a time")?;
    let mut position = 0;
    let mut booked = 0;
    // 7 and 36 are coprime, so that the free slots are spread over all hours.
    for slot in (0..DAYS * SLOTS_PER_DAY).filter(|slot| slot * 7 % EVERY < TAKEN) {
        let minutes = TimeDelta::minutes(30 * i64::try_from(slot % SLOTS_PER_DAY)?);
        let local = (first_day + Days::new(slot / SLOTS_PER_DAY)).and_time(opens) + minutes;
        let booking = serde_json::json!({
            "lead_id": format!("lead-{slot}"),
            "agent_id": AGENT,
            "appointment_type": TYPE,
            "start": {"local": local.format("%Y-%m-%dT%H:%M").to_string(), "zone": "America/Santiago"},
        });
        let reply = session.command("POST", "/v1/appointments", &booking, 201).await?.json()?;
        position = reply["position"].as_u64().context("a booking has a position")?;
        booked += 1;
    }
    anyhow::ensure!(booked == APPOINTMENTS, "{booked} appointments instead of {APPOINTMENTS}");
    session.get(&format!("/v1/office?min_position={position}")).await?.expect(200)?;
    let midnight = |days| (first_day + Days::new(days)).format("%Y-%m-%dT00:00:00Z");
    let (from, to) = (midnight(0), midnight(DAYS));
    Ok(format!("/v1/slots?appointment_type={TYPE}&agent_id={AGENT}&from={from}&to={to}"))
}
