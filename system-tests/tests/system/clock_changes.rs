use availability::{InvalidTime, zone};
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use schemas::{LocalDateTime, TimeInput};
use serde_json::{Value, json};
use system_tests::Client;

use crate::support::{Given, VISIT, always, day, instant, text};

/// Where the clock changes at midnight, where it does at another hour, and where it never does.
const ZONES: &[Tz] = &[Tz::America__Santiago, Tz::Pacific__Easter, Tz::America__Punta_Arenas];

/// A time of the next day, some minutes of which the clock of the zone skips or shows twice.
struct Change {
    date: NaiveDate,
    /// Such a time, with the half hour that it is in.
    local: NaiveDateTime,
}

/// The next dates on which the clock goes forward and back in Santiago, as computed from the zone's own rules.
fn next_changes(zone: Tz) -> (Change, Change) {
    let resolve = |local| zone::resolve(&TimeInput::Local(LocalDateTime { local, zone, offset: None }));
    let find = |is_it: fn(&InvalidTime) -> bool| {
        (2..400)
            .flat_map(|days| (0..48).map(move |half| (day(days), half)))
            .map(|(date, half)| (date, date.and_hms_opt(half / 2, half % 2 * 30, 0).unwrap()))
            .find(|(_, local)| resolve(*local).is_err_and(|invalid| is_it(&invalid)))
            .map(|(date, local)| Change { date, local })
            .unwrap()
    };
    let gap = find(|found| matches!(found, InvalidTime::Gap { .. }));
    let fold = find(|found| matches!(found, InvalidTime::Ambiguous { .. }));
    (gap, fold)
}

async fn agency(zone: Tz) -> Given {
    let given = Given::agency(&[]).await;
    let profile = json!({"name": "Ana", "time_zone": zone.name()});
    given.client.put("/v1/agents/7").body(&profile).ok().await;
    let hours = given.client.put("/v1/agents/7/weekly-hours").body(&always("00:00", "24:00")).ok().await;
    given.client.get(&format!("/v1/office?min_position={}", hours["position"])).ok().await;
    given
}

/// The free starts of a local date, with what the agent's clock shows.
async fn slots_of(client: &Client, zone: Tz, date: NaiveDate) -> Vec<(DateTime<Utc>, String)> {
    let noon = zone::start_instant(zone, date.and_hms_opt(12, 0, 0).unwrap());
    let (from, to) = (noon - TimeDelta::hours(15), noon + TimeDelta::hours(15));
    let query = format!("from={}&to={}&zone={}&limit=200", text(from), text(to), zone.name());
    let offered = client.get(&format!("/v1/slots?appointment_type={VISIT}&{query}")).ok().await;
    let items = offered["items"].as_array().unwrap().iter();
    let of_date = items.filter(|slot| slot["local"].as_str().unwrap().starts_with(&date.to_string()));
    of_date.map(|slot| (instant(&slot["start"]), slot["local"].as_str().unwrap()[11..].to_owned())).collect()
}

#[tokio::test]
async fn a_day_has_as_many_slots_as_the_clock_leaves_it() {
    let (gap, fold) = next_changes(Tz::America__Santiago);
    for zone in ZONES {
        let given = agency(*zone).await;
        let (own_gap, own_fold) = if *zone == Tz::America__Punta_Arenas {
            ((gap.date, 48), (fold.date, 48))
        } else {
            let (gap, fold) = next_changes(*zone);
            ((gap.date, 46), (fold.date, 50))
        };
        for (date, count) in [own_gap, own_fold, (day(20), 48)] {
            let slots = slots_of(&given.client, *zone, date).await;
            assert_eq!(slots.len(), count, "{zone} {date}: {slots:?}");
            let gapless = slots.windows(2).all(|pair| pair[1].0 - pair[0].0 == TimeDelta::minutes(30));
            assert!(gapless, "{zone} {date}: {slots:?}");
            for (start, local) in slots {
                let shown = zone::local(*zone, start).format("%H:%M").to_string();
                assert_eq!(shown, local, "{zone} {date}");
            }
        }
    }
}

fn at_local(local: NaiveDateTime, zone: Tz, offset: Option<&str>) -> Value {
    let mut start = json!({"local": local.format("%Y-%m-%dT%H:%M").to_string(), "zone": zone.name()});
    if let Some(offset) = offset {
        start["offset"] = json!(offset);
    }
    json!({"agent_id": "7", "lead_id": "55", "appointment_type": VISIT, "start": start})
}

#[tokio::test]
async fn a_skipped_time_cannot_be_booked_and_a_doubled_one_once_for_each_pass() {
    let zone = Tz::America__Santiago;
    let (gap, fold) = next_changes(zone);
    let given = agency(zone).await;
    let book = async |body: Value| given.client.post("/v1/appointments").body(&body).answer().await;
    let skipped = book(at_local(gap.local, zone, None)).await.refused(422, "invalid_time");
    assert_eq!(skipped["field"], "start");
    let doubled = book(at_local(fold.local, zone, None)).await.refused(422, "invalid_time");
    let detail = doubled["detail"].as_str().unwrap();
    assert!(detail.contains("-03:00") && detail.contains("-04:00"), "{detail}");
    book(at_local(fold.local, zone, Some("-05:00"))).await.refused(422, "invalid_time");
    let mut starts = Vec::new();
    for offset in ["-03:00", "-04:00"] {
        let booked = book(at_local(fold.local, zone, Some(offset))).await.success().json();
        starts.push(instant(&booked["start"]));
        let position = &booked["position"];
        let id = booked["appointment_id"].as_str().unwrap();
        let row = given.client.get(&format!("/v1/appointments/{id}?min_position={position}")).ok().await;
        assert_eq!(row["local_start"], fold.local.format("%Y-%m-%dT%H:%M:%S").to_string());
    }
    assert_eq!(starts[1] - starts[0], TimeDelta::hours(1));
}
