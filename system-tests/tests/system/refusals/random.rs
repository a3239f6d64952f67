use serde_json::{Map, Value, json};
use system_tests::{Launch, SeededRng};

use super::commands::{BOOK, Command, commands};
use crate::addresses::deletions;
use crate::support::{Given, VISIT, at, book, day, text};

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

fn any_value(dice: &mut SeededRng, depth: usize) -> Value {
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
            let member = |dice: &mut SeededRng| ((*dice.pick(TEXTS)).to_owned(), any_value(dice, depth - 1));
            Value::Object((0..dice.below(5)).map(|_| member(dice)).collect::<Map<_, _>>())
        }
    }
}

/// Changes something somewhere in a body that would have been accepted.
fn spoil(dice: &mut SeededRng, value: &mut Value) {
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

/// Any command with a body that may be accepted, or one that takes none.
fn any_command(dice: &mut SeededRng, appointment: &str) -> (&'static str, String, Value) {
    if dice.one_in(10) {
        // Without its type nothing could be booked any more.
        let paths: Vec<String> = deletions().into_iter().filter(|path| !path.ends_with(VISIT)).collect();
        return ("DELETE", dice.pick(&paths).clone(), Value::Null);
    }
    let mut commands = commands("8", appointment);
    let place = dice.below(commands.len() * 2);
    let booking = commands.iter().position(|command| command.path == BOOK).unwrap();
    let Command { method, path, mut body, .. } =
        commands.swap_remove(if place < commands.len() { place } else { booking });
    if body.get("lead_id").is_some() || path.ends_with("reschedule") {
        let minutes = 15 * i64::try_from(dice.below(500)).unwrap();
        let wall =
            json!({"local": format!("{}T10:00", day(5)), "zone": "America/Santiago", "offset": "-03:00"});
        body["start"] = if dice.one_in(4) { wall } else { json!(text(at(4, minutes))) };
    }
    (method, path, body)
}

/// What can be wrong with the bytes of a body, beside what they say.
fn garble(dice: &mut SeededRng, bytes: &mut Vec<u8>) {
    let place = dice.below(bytes.len());
    let deep = "[".repeat(1 + dice.below(300));
    let piece: &[u8] = match dice.below(8) {
        0 => &dice.throw().to_le_bytes()[..1],
        1 => b"\0",
        2 => br"\ud800",
        3 => br"\udc00\ud800",
        4 => b"\xff\xfe",
        5 => b"1e999",
        6 => deep.as_bytes(),
        _ => return bytes.truncate(place),
    };
    bytes.splice(place..place, piece.iter().copied());
}

#[tokio::test]
async fn nothing_that_is_sent_breaks_anything() {
    let mut dice = SeededRng::thrown("random");
    let Given { citas, client, folder: _folder } = Given::agency(&["7", "8"]).await;
    let mut appointment = book(&client, "7", "55", at(3, 600)).await;
    let mut accepted = 0;
    for _ in 0..TIMES {
        let (method, path, mut body) = any_command(&mut dice, &appointment);
        for _ in 0..dice.below(4) {
            spoil(&mut dice, &mut body);
        }
        let mut bytes = body.to_string().into_bytes();
        if dice.one_in(10) {
            garble(&mut dice, &mut bytes);
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
    assert_eq!(client.get("/readyz").ok().await["status"], "ready");
    let before = crate::answers::everything(&client).await;
    let data = citas.data().to_owned();
    let exit = citas.stop().await;
    assert_eq!(exit.code, Some(0), "{}", exit.logs);
    assert!(!exit.logs.contains("panicked") && !exit.logs.contains("\"ERROR\""), "{}", exit.logs);
    // Whatever was accepted can be read back.
    let citas = Launch::new(data).ready().await;
    assert_eq!(crate::answers::everything(&citas.client()).await, before);
}
