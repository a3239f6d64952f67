//! The demonstration that `--demo` fills in, and the tour of the README through it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::TcpListener;

use chrono::{Datelike as _, NaiveDateTime, TimeDelta, Timelike as _, Weekday};
use futures::future::join_all;
use serde_json::{Value, json};
use system_tests::{Citas, Client, Launch};
use tempfile::TempDir;

use crate::support::{Given, all, type_of};

const README: &str = include_str!("../../../README.md");

/// What is said once everything is there.
const COMPLETE: &str = "the demonstration agency is complete";

fn demo(launch: Launch) -> Launch {
    launch.variable("CITAS_DEMO", "true")
}

/// The same folder, with the demonstration asked for.
async fn restarted_with_demo(given: Given) -> (Citas, Client, TempDir) {
    let Given { citas, folder, .. } = given;
    let data = citas.data().to_owned();
    citas.stop().await;
    let citas = demo(Launch::new(data)).ready().await;
    let client = citas.client();
    (citas, client, folder)
}

/// A position that everything answered so far is before; the office's name stays.
async fn position(client: &Client) -> Value {
    client.put("/v1/office/appointment-types/other").body(&type_of(30)).ok().await["position"].clone()
}

async fn office(client: &Client) -> Value {
    let position = position(client).await;
    client.get(&format!("/v1/office?min_position={position}")).ok().await
}

async fn agents(client: &Client) -> Vec<String> {
    let agents = all(client, "/v1/agents", &position(client).await).await;
    agents.iter().map(|agent| agent["agent_id"].as_str().unwrap().to_owned()).collect()
}

/// A member that is a text.
fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("{member}: {value}"))
}

#[tokio::test]
async fn an_empty_store_is_filled_with_an_agency_that_can_be_believed() {
    let Given { client, citas, folder: _folder } = Given::launched(demo).await;
    // It is written before the process is ready, and read from its log a moment later.
    citas.logged(COMPLETE).await;
    let logs = citas.logs();
    let told = ["filling the store with the demonstration agency", COMPLETE];
    assert!(told.iter().all(|told| logs.contains(told)), "ready, and not told:\n{logs}");
    assert_eq!(office(&client).await["name"], "Propiedades Cordillera y Mar");
    assert_eq!(agents(&client).await, ["101", "102", "103", "104", "105", "106", "107"]);

    let appointments = all(&client, "/v1/appointments", &position(&client).await).await;
    assert!(appointments.len() > 150, "{}", appointments.len());
    let statuses: BTreeSet<&str> = appointments.iter().map(|one| text(one, "status")).collect();
    assert_eq!(statuses, BTreeSet::from(["cancelled", "completed", "confirmed", "no_show", "scheduled"]));
    assert!(appointments.iter().any(|one| one["sequence"] != 0), "some were moved");
    assert_places(&appointments);
    assert_people(&appointments);
    for one in &appointments {
        let start: NaiveDateTime = text(one, "local_start").parse().unwrap();
        assert!((9..20).contains(&start.hour()) && start.weekday() != Weekday::Sun, "{one}");
    }
    assert_stories(&client, &appointments).await;
}

/// Every property has one address, in one comuna, where its agents work.
fn assert_places(appointments: &[Value]) {
    let (mut addresses, mut comunas) = (BTreeMap::new(), BTreeMap::<&str, BTreeSet<&str>>::new());
    for one in appointments {
        let is_visit = one["appointment_type"] == "visita_propiedad";
        assert_eq!(is_visit, one["property_id"].is_string(), "{one}");
        if one["appointment_type"] == "reunion_virtual" {
            assert!(text(one, "location").starts_with("https://meet.example.com/"), "{one}");
        }
        if !is_visit {
            continue;
        }
        let (property, address) = (text(one, "property_id"), text(one, "location"));
        assert_eq!(*addresses.entry(property).or_insert(address), address, "of {property}");
        let (_, comuna) = address.rsplit_once(", ").unwrap();
        comunas.entry(comuna).or_default().insert(text(one, "agent_id"));
    }
    let distinct: BTreeSet<_> = addresses.values().collect();
    assert_eq!(distinct.len(), addresses.len(), "two properties at one address: {addresses:?}");
    assert!(addresses.len() >= 25, "{addresses:?}");
    for known in ["Providencia", "Las Condes", "Maipú", "Viña del Mar", "Concepción", "Punta Arenas"] {
        assert!(comunas.contains_key(known), "{known}: {comunas:?}");
    }
    assert!(comunas.values().all(|agents| agents.len() <= 2), "by area: {comunas:?}");
}

/// Every lead has one name, which is a given name and two family names, and no other lead has it.
fn assert_people(appointments: &[Value]) {
    let mut names = HashMap::new();
    for one in appointments {
        let contact = &one["lead_contact"];
        let name = text(contact, "name");
        assert!(name.split(' ').count() >= 3, "{name}");
        assert!(text(contact, "email").ends_with("@example.com"), "{contact}");
        assert_eq!(*names.entry(text(one, "lead_id")).or_insert(name), name);
    }
    assert!(names.len() > 80, "{} leads", names.len());
    assert!(names.len() < appointments.len(), "nobody comes back");
    let distinct: BTreeSet<_> = names.values().collect();
    assert_eq!(distinct.len(), names.len());
}

/// What was cancelled, moved or reassigned has a reason.
async fn assert_stories(client: &Client, appointments: &[Value]) {
    let mut seen = BTreeSet::new();
    for one in appointments.iter().filter(|one| one["version"] != 1) {
        let history = client.get(&format!("/v1/appointments/{}/history", text(one, "id"))).ok().await;
        for entry in history["items"].as_array().unwrap() {
            let kind = text(entry, "event_type").to_owned();
            let explains_itself =
                ["AppointmentBooked", "AppointmentConfirmed", "AppointmentCompleted", "AppointmentNoShow"];
            let needs_reason = !explains_itself.contains(&&*kind);
            assert_eq!(entry["reason"].is_string(), needs_reason, "{entry}");
            seen.insert(kind);
        }
    }
    let expected = ["Booked", "Cancelled", "Completed", "Confirmed", "HandedOver", "NoShow", "Rescheduled"];
    assert_eq!(seen, expected.map(|kind| format!("Appointment{kind}")).into());
}

#[tokio::test]
async fn nothing_is_filled_in_before_the_port_is_bound() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let address = taken.local_addr().unwrap().to_string();
    let exit = demo(Launch::new(&data)).listen(address).ended().await;
    assert!(exit.code.is_some_and(|code| code != 0) && !exit.logs.contains("demonstration"), "{exit:?}");
    let citas = Launch::new(&data).ready().await;
    assert!(agents(&citas.client()).await.is_empty());
}

#[tokio::test]
async fn a_store_that_has_agents_is_left_as_it_is() {
    let (citas, client, _folder) = restarted_with_demo(Given::agency(&["7"]).await).await;
    citas.logged("this one has agents, and is left as it is").await;
    assert_eq!(agents(&client).await, ["7"]);
    assert_eq!(client.get("/v1/appointments").ok().await["items"], json!([]));
    assert_eq!(office(&client).await["blocks"], json!([]));
}

#[tokio::test]
async fn a_store_without_agents_is_filled_though_it_is_not_new_and_its_office_stays_as_it_is() {
    let given = Given::fresh().await;
    let named = json!({"name": "Corredora Austral", "max_holds_per_lead": 3});
    given.client.put("/v1/office").body(&named).ok().await;
    let (citas, client, _folder) = restarted_with_demo(given).await;
    citas.logged(COMPLETE).await;
    let kept = office(&client).await;
    assert_eq!((&kept["name"], &kept["max_holds_per_lead"]), (&json!("Corredora Austral"), &json!(3)));
    let count = all(&client, "/v1/appointments", &position(&client).await).await.len();
    assert!(count > 150, "{count}");

    let data = citas.data().to_owned();
    citas.stop().await;
    let citas = demo(Launch::new(data)).ready().await;
    citas.logged("is left as it is").await;
    let client = citas.client();
    assert_eq!(all(&client, "/v1/appointments", &position(&client).await).await.len(), count);
}

#[tokio::test]
async fn a_filling_that_was_killed_is_completed_by_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let launch = || demo(Launch::new(folder.path().join("data")));
    let citas = launch().listening().await;
    citas.logged("\"done\":100").await;
    citas.kill().await;
    let citas = launch().ready().await;
    citas.logged(COMPLETE).await;
    let client = citas.client();
    assert_eq!(office(&client).await["name"], "Propiedades Cordillera y Mar");
    let appointments = all(&client, "/v1/appointments", &position(&client).await).await;
    let by: BTreeSet<&str> = appointments.iter().map(|one| text(one, "agent_id")).collect();
    assert_eq!(by.len(), 7, "{by:?}");
    let live = appointments.iter().filter(|one| one["status"] != "cancelled");
    let places: Vec<_> = live.map(|one| (text(one, "agent_id"), text(one, "start"))).collect();
    assert_eq!(places.iter().collect::<BTreeSet<_>>().len(), places.len(), "twice");
}

/// A path of the tour, as the README has it.
fn of_tour(path: &str) -> &str {
    assert!(README.contains(&format!("$C{path}")), "the README has no {path}");
    path
}

/// What a conversation asks for: the README tells of it beside the table of operations.
#[tokio::test]
async fn slots_as_a_conversation_asks_for_them() {
    let Given { client, citas: _citas, folder: _folder } = Given::launched(demo).await;
    let spread = of_tour("/v1/slots?appointment_type=visita_propiedad&days_ahead=10&spread=true");
    let spread = client.get(spread).ok().await;
    let days: BTreeSet<&str> =
        spread["items"].as_array().unwrap().iter().map(|slot| &text(slot, "local")[..10]).collect();
    assert_eq!((days.len(), &spread["next_cursor"]), (5, &json!(null)), "{spread}");
    let saturday =
        "/v1/slots?appointment_type=visita_propiedad&weekday=saturday&part_of_day=morning&distinct=start";
    let saturday = client.get(of_tour(saturday)).ok().await;
    let starts: Vec<&str> =
        saturday["items"].as_array().unwrap().iter().map(|slot| text(slot, "start")).collect();
    assert_eq!(starts.iter().collect::<BTreeSet<_>>().len(), starts.len(), "twice: {saturday}");
    assert!(starts.len() > 2, "{saturday}");
}

#[tokio::test]
async fn the_tour_of_the_readme() {
    let given = Given::launched(demo).await;
    let client = given.client.clone();
    let first = of_tour("/v1/slots?appointment_type=visita_propiedad&limit=1");
    let slot = client.get(first).ok().await["items"][0].clone();
    let agent = text(&slot, "agent_id").to_owned();

    assert!(
        README.contains(r#"{\"lead_id\": \"5001\", \"slot_ref\": \"$SLOT\", \"property_id\": \"P-310\"}"#)
    );
    let body = json!({"lead_id": "5001", "slot_ref": slot["slot_ref"], "property_id": "P-310"});
    let book = || client.post("/v1/appointments").key("chat-4711").body(&body);
    let booked = book().answer().await.success();
    assert_eq!(booked.status, 201);
    let again = book().answer().await.success();
    assert_eq!((again.header("idempotent-replay"), &again.text), ("true", &booked.text));
    let booked = booked.json();
    assert_eq!((&booked["start"], &booked["agent_id"]), (&slot["start"], &json!(agent)));

    assert!(README.contains(r#"{\"lead_id\": \"5002\", \"slot_ref\": \"$SLOT\"}"#));
    let other = json!({"lead_id": "5002", "slot_ref": slot["slot_ref"]});
    let refused =
        client.post("/v1/appointments").body(&other).answer().await.refused(409, "slot_unavailable");
    assert_eq!(refused["reason"], "already_booked");
    assert_eq!(refused["alternatives"].as_array().unwrap().len(), 3);

    assert!(
        README.contains(r#"{\"lead_id\": \"5001\", \"slot_ref\": \"$OTHER\", \"property_id\": \"P-310\"}"#)
    );
    let other =
        of_tour("/v1/slots?appointment_type=visita_propiedad&agent_id=$A&limit=1").replace("$A", &agent);
    let other = client.get(&format!("{other}&min_position={}", booked["position"])).ok().await;
    let body = json!({"lead_id": "5001", "slot_ref": other["items"][0]["slot_ref"], "property_id": "P-310"});
    let refused =
        client.post("/v1/appointments").body(&body).answer().await.refused(409, "already_scheduled");
    for member in ["appointment_id", "start", "end"] {
        assert_eq!(refused[member], booked[member], "{refused}");
    }

    let context = client.get(of_tour("/v1/leads/5001/context")).ok().await;
    let lines: Vec<&str> = text(&context, "text").lines().filter(|line| line.starts_with("- ")).collect();
    assert_eq!(lines.len(), 1, "{context}");
    let appointment = text(&booked, "appointment_id");
    assert!(lines[0].contains("Visita a propiedad con") && lines[0].contains(appointment), "{context}");

    let calls = of_tour("/v1/slots?appointment_type=llamada&agent_id=$A&limit=1").replace("$A", &agent);
    let start = client.get(&calls).ok().await["items"][0]["start"].clone();
    let asked = (1..=16).map(|number| {
        let body = json!({
            "lead_id": format!("lead-{number}"), "agent_id": agent, "appointment_type": "llamada", "start": start,
        });
        let client = client.another();
        async move { client.post("/v1/appointments").body(&body).answer().await.status.as_u16() }
    });
    let mut statuses = join_all(asked).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [[201].as_slice(), &[409; 15]].concat());

    let Given { client, citas: _citas, folder: _folder } = given.restarted(Citas::kill).await;
    let kept = client.get(&format!("/v1/appointments/{appointment}")).ok().await;
    assert_eq!((&kept["status"], &kept["agent_id"]), (&json!("scheduled"), &json!(agent)));

    let moving = of_tour("/v1/slots?moving=$ID&limit=1").replace("$ID", appointment);
    let offered = client.get(&moving).ok().await["items"][0].clone();
    assert!(README.contains(r#"{\"slot_ref\": \"$OTHER\", \"requested_by\": \"lead\"}"#));
    let body = json!({"slot_ref": offered["slot_ref"], "requested_by": "lead"});
    let path = format!("/v1/appointments/{appointment}/reschedule");
    let moved = client.post(&path).body(&body).ok().await;
    assert_eq!((&moved["agent_id"], &moved["start"]), (&offered["agent_id"], &offered["start"]));
    // What is offered first may be the same hour with another agent, which is no other time.
    let sequence = u8::from(offered["start"] != kept["start"]);
    assert_eq!((&moved["sequence"], &moved["version"]), (&json!(sequence), &json!(2)));

    let plan = of_tour("/v1/agents/102/appointments/move?dry_run=true");
    let (from, to) = (crate::support::at(1, 180), crate::support::at(7, 180));
    let body = json!({
        "from": crate::support::text(from), "to": crate::support::text(to), "to_agents": ["101", "107"],
        "reason": "Licencia médica",
    });
    let planned = client.post(plan).body(&body).ok().await;
    assert_eq!(planned["status"], "planned");
    let counts = ["visits", "pending", "not_moved"].map(|count| planned["counts"][count].as_u64().unwrap());
    assert!(counts[0] > 0 && counts[0] == counts[1] + counts[2], "{planned}");
}

/// Why agent 102 has no free visit on a holiday. The README asks it about one that will be over one day.
#[tokio::test]
async fn a_holiday_in_the_tour() {
    let Given { client, citas: _citas, folder: _folder } = Given::launched(demo).await;
    let asked = "/v1/slots?appointment_type=visita_propiedad&agent_id=102&explain=true&from=";
    of_tour(asked);
    let office = office(&client).await;
    let now = system_tests::now();
    let holidays = office["blocks"].as_array().unwrap().iter().filter_map(|block| {
        let start: NaiveDateTime = block["local_start"].as_str()?.parse().ok()?;
        let is_on_weekdays = !matches!(start.weekday(), Weekday::Sat | Weekday::Sun);
        let is_to_come = crate::support::instant(&block["start"]) > now;
        let is_everywhere = block.get("regions").is_none();
        (is_on_weekdays && is_to_come && is_everywhere).then_some(block)
    });
    let holiday = holidays.min_by_key(|block| text(block, "start")).expect("there is another holiday");
    let day = format!("{asked}{}&to={}", text(holiday, "start"), text(holiday, "end"));
    let summary = client.get(&day).ok().await["summaries"][0].clone();
    assert_eq!((&summary["agent_id"], &summary["free"]), (&json!("102"), &json!(0)), "{summary}");
    let reasons: Vec<_> =
        summary["reasons"].as_array().unwrap().iter().map(|one| text(one, "reason")).collect();
    let is_near = crate::support::instant(&holiday["start"]) < now + TimeDelta::days(58);
    assert!(reasons.contains(if is_near { &"blocked" } else { &"beyond_horizon" }), "{summary}");
}
