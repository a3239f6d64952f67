use serde_json::{Map, Value, json};
use system_tests::{Dice, Launch};

use crate::given::{Given, VISIT, always, at, book, day, text, type_of};

const TIMES: usize = 1500;

/// Texts that something has been known to trip over.
const TEXTS: &[&str] = &[
    "",
    " ",
    "7",
    "visit",
    "call",
    "55",
    "UTC",
    "America/Santiago",
    "chat",
    "keep",
    "phone",
    "09:00",
    "24:00",
    "\u{0}",
    "\u{7f}",
    "\u{202e}",
    "ñandú",
    "💥",
    "-1",
    "0",
    "1e400",
    "null",
    "2026-02-30",
    "2026-12-24",
    "2026-12-24T10:00:00Z",
    "2026-12-24T10:00:00+25:00",
    "2026-12-24T10:00",
    "9999-12-31T23:59:59Z",
    "-9999-01-01T00:00:00Z",
    "FREQ=DAILY",
    "FREQ=WEEKLY;BYDAY=MO;COUNT=1000",
    "FREQ=YEARLY;INTERVAL=65535",
    "FREQ=MONTHLY;BYMONTHDAY=31;UNTIL=20991231",
    "00000000-0000-0000-0000-000000000000",
    "../../etc/passwd",
    "'; DROP TABLE events; --",
    "{{7*7}}",
    "%s%n",
    "x\r\nSet-Cookie: a=b",
];

fn any_value(dice: &mut Dice, depth: usize) -> Value {
    match dice.below(if depth == 0 { 9 } else { 12 }) {
        0 => Value::Null,
        1 => json!(dice.one_in(2)),
        2 => json!(dice.below(10)),
        3 => json!(dice.throw()),
        4 => json!(-1 - i64::try_from(dice.below(1_000_000)).unwrap()),
        5 => json!([1.5, 1e300, -0.0, 1e-300, 65_536.5][dice.below(5)]),
        6 => json!("x".repeat(dice.below(3000))),
        7 | 8 => json!(*dice.pick(TEXTS)),
        9 => (0..dice.below(5)).map(|_| any_value(dice, depth - 1)).collect(),
        _ => {
            let member = |dice: &mut Dice| ((*dice.pick(TEXTS)).to_owned(), any_value(dice, depth - 1));
            Value::Object((0..dice.below(5)).map(|_| member(dice)).collect::<Map<_, _>>())
        }
    }
}

/// Changes something somewhere in a body that would have been accepted.
fn spoil(dice: &mut Dice, value: &mut Value) {
    match value {
        Value::Object(members) if !members.is_empty() && !dice.one_in(6) => {
            let names: Vec<String> = members.keys().cloned().collect();
            let name = dice.pick(&names);
            match dice.below(8) {
                0 => drop(members.remove(name)),
                1 => drop(members.insert((*dice.pick(TEXTS)).to_owned(), any_value(dice, 2))),
                _ => spoil(dice, &mut members[name]),
            }
        }
        Value::Array(items) if !items.is_empty() && !dice.one_in(6) => {
            let place = dice.below(items.len());
            spoil(dice, &mut items[place]);
        }
        value => *value = any_value(dice, 2),
    }
}

fn commands(dice: &mut Dice, appointment: &str) -> (&'static str, String, Value) {
    let minutes = 15 * i64::try_from(dice.below(500)).unwrap();
    let wall = json!({"local": format!("{}T10:00", day(5)), "zone": "America/Santiago", "offset": "-03:00"});
    let start = if dice.one_in(4) { wall } else { json!(text(at(4, minutes))) };
    let slot = json!({"agent_id": "7", "lead_id": "55", "appointment_type": VISIT, "start": start});
    let mut booking = slot.clone();
    booking["lead_contact"] =
        json!({"name": "Carla", "email": "c@example.org", "phone": "1", "locale": "es-CL"});
    booking["notes"] = json!("Second floor");
    booking["property_id"] = json!("P-1");
    booking["origin"] = json!("chat");
    let block = json!({
        "start": start, "end": text(at(15, 0)), "reason": "x", "recurrence": "FREQ=WEEKLY;BYDAY=MO",
        "on_overlap": "keep",
    });
    let mut rule = always("09:00", "18:00")["rules"][0].take();
    rule["valid_from"] = json!(day(1));
    rule["appointment_type"] = json!(VISIT);
    let on_appointment = |verb: &str| format!("/v1/appointments/{appointment}/{verb}");
    let intervals = json!({"intervals": [{"start_time": "09:00", "end_time": "12:00"}]});
    let office =
        json!({"name": "Office", "time_zone": "America/Santiago", "locale": "es-CL", "travel_minutes": 10});
    match dice.below(22) {
        0 => ("PUT", "/v1/office".into(), office),
        1 => ("PUT", "/v1/office/appointment-types/tour".into(), type_of(30)),
        2 => ("PUT", "/v1/office/weekly-hours".into(), always("09:00", "18:00")),
        3 => ("POST", "/v1/office/blocks".into(), block),
        4 => (
            "PUT",
            "/v1/agents/8".into(),
            json!({"name": "Eva", "time_zone": "UTC", "email": "e@example.org"}),
        ),
        5 => ("POST", "/v1/agents/8/deactivate".into(), json!({"keep_appointments": true})),
        6 => ("PUT", "/v1/agents/8/weekly-hours".into(), always("00:00", "24:00")),
        7 => ("POST", "/v1/agents/7/availability-rules".into(), rule),
        8 => ("PUT", format!("/v1/agents/8/exceptions/{}", day(9)), intervals),
        9 => ("POST", "/v1/agents/8/blocks".into(), block),
        10 => ("POST", "/v1/holds".into(), slot),
        11 => ("POST", on_appointment("confirm"), json!({})),
        12 => ("POST", on_appointment("cancel"), json!({"reason": "x"})),
        13 | 14 => ("POST", on_appointment("reschedule"), json!({"start": start})),
        15 => ("POST", on_appointment("reassign"), json!({"agent_id": "8"})),
        16 => ("POST", on_appointment("complete"), json!({})),
        17 => ("POST", on_appointment("no-show"), json!({})),
        _ => ("POST", "/v1/appointments".into(), booking),
    }
}

#[tokio::test]
async fn nothing_that_is_sent_breaks_anything() {
    let mut dice = Dice::thrown("random");
    let Given { citas, client, folder: _folder } = Given::agency(&["7", "8"]).await;
    let mut appointment = book(&client, "7", "55", at(3, 600)).await;
    let mut accepted = 0;
    for _ in 0..TIMES {
        let (method, path, mut body) = commands(&mut dice, &appointment);
        for _ in 0..dice.below(4) {
            spoil(&mut dice, &mut body);
        }
        let mut bytes = body.to_string().into_bytes();
        if dice.one_in(20) {
            let place = dice.below(bytes.len());
            bytes[place] = dice.throw().to_le_bytes()[0];
        }
        let answer = client.request(method, &path).text(bytes).answer().await;
        if answer.status.is_success() {
            accepted += 1;
            if let Some(id) = answer.json()["appointment_id"].as_str() {
                id.clone_into(&mut appointment);
            }
        } else {
            answer.problem();
        }
    }
    println!("{accepted} of {TIMES} were accepted");
    assert!(
        (TIMES / 20..TIMES).contains(&accepted),
        "{accepted} accepted: too few or too many to mean anything"
    );
    let before = crate::answers::everything(&client).await;
    let data = citas.data().to_owned();
    let exit = citas.stop().await;
    assert_eq!(exit.code, Some(0), "{}", exit.logs);
    assert!(!exit.logs.contains("panicked") && !exit.logs.contains("\"ERROR\""), "{}", exit.logs);
    // Whatever was accepted can be read back.
    let citas = Launch::new(data).ready().await;
    assert_eq!(crate::answers::everything(&citas.client()).await, before);
}
