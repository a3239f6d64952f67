use chrono::TimeDelta;
use serde_json::json;

use crate::support::{Given, VISIT, always, at, booking, day, instant, text};

/// Every evening from ten to one in the night, in UTC.
async fn evenings() -> Given {
    let given = Given::agency(&["7"]).await;
    given.client.put("/v1/agents/7/weekly-hours").body(&always("22:15", "01:00")).ok().await;
    given
}

#[tokio::test]
async fn a_visit_over_midnight_is_offered_booked_shown_and_in_nobodys_way() {
    let Given { client, citas: _citas, folder: _folder } = evenings().await;
    let over_midnight = at(4, -15);
    let booked = client.post("/v1/appointments").body(&booking("7", "55", over_midnight)).ok().await;
    assert_eq!(instant(&booked["end"]), at(4, 15));
    let position = &booked["position"];

    let (from, to) = (at(3, 12 * 60), at(4, 12 * 60));
    let range = format!("from={}&to={}&min_position={position}", text(from), text(to));
    let slots = client.get(&format!("/v1/slots?appointment_type={VISIT}&agent_id=7&{range}")).ok().await;
    let starts: Vec<_> =
        slots["items"].as_array().unwrap().iter().map(|slot| instant(&slot["start"])).collect();
    let minutes = [-105, -75, -45, 15];
    assert_eq!(starts, minutes.map(|minutes| at(4, 0) + TimeDelta::minutes(minutes)));

    let calendar = client.get(&format!("/v1/agents/7/calendar?{range}")).ok().await;
    let hours = json!([{"start": text(at(4, -105)), "end": text(at(4, 60))}]);
    assert_eq!((&calendar["hours"], &calendar["conflicts"]), (&hours, &json!([])));
    let free = client.get(&format!("/v1/agents/7/availability?{range}")).ok().await;
    assert_eq!(free["busy"], json!([{"start": text(at(4, -15)), "end": text(at(4, 15))}]));
    let agent = client.get("/v1/agents/7").ok().await;
    assert_eq!(agent["rules"][0]["end_time"], "01:00");

    for (lead, minutes, reason) in
        [("56", -15, "already_booked"), ("57", 45, "outside_hours"), ("58", 20, "off_grid")]
    {
        let other = client.post("/v1/appointments").body(&booking("7", lead, at(4, minutes))).answer().await;
        assert_eq!(other.refused(409, "slot_unavailable")["reason"], reason);
    }
}

#[tokio::test]
async fn a_date_of_its_own_hours_leaves_the_evening_before_as_it_is() {
    let Given { client, citas: _citas, folder: _folder } = evenings().await;
    let closed = format!("/v1/agents/7/exceptions/{}", day(4));
    client.put(&closed).body(&json!({"intervals": []})).ok().await;
    client.post("/v1/appointments").body(&booking("7", "55", at(4, -15))).ok().await;
    client.post("/v1/appointments").body(&booking("7", "56", at(4, 15))).ok().await;
    let evening = client.post("/v1/appointments").body(&booking("7", "57", at(5, -15))).answer().await;
    assert_eq!(evening.refused(409, "slot_unavailable")["reason"], "outside_hours");
    let night = json!({"intervals": [{"start_time": "23:00", "end_time": "00:30"}]});
    client.put(&closed).body(&night).ok().await;
    client.post("/v1/appointments").body(&booking("7", "57", at(5, 0))).ok().await;
}

#[tokio::test]
async fn own_hours_beside_the_offices_keep_its_grid() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&[]).await;
    client.put("/v1/office").body(&json!({"name": "Office", "time_zone": "UTC"})).ok().await;
    client.put("/v1/office/weekly-hours").body(&always("09:00", "11:00")).ok().await;
    client.put("/v1/agents/7").body(&json!({"name": "Ana", "time_zone": "UTC"})).ok().await;
    let mut own = always("08:45", "09:00");
    let later = always("10:45", "12:10");
    own["rules"].as_array_mut().unwrap().extend(later["rules"].as_array().unwrap().clone());
    let position = client.put("/v1/agents/7/weekly-hours").body(&own).ok().await["position"].clone();
    let range = format!("from={}&to={}&min_position={position}", text(at(3, 0)), text(at(4, 0)));
    let slots = client.get(&format!("/v1/slots?appointment_type={VISIT}&{range}")).ok().await;
    let starts: Vec<_> =
        slots["items"].as_array().unwrap().iter().map(|slot| instant(&slot["start"])).collect();
    let nine = at(3, 9 * 60);
    assert_eq!(
        starts,
        (0..6).map(|half_hours| nine + TimeDelta::minutes(30 * half_hours)).collect::<Vec<_>>()
    );
}
