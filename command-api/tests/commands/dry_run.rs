//! A dry run of every command: it tells what would happen, and nothing is stored.

use std::collections::BTreeSet;

use actix_web::http::Method;
use event_store::StreamFilter;
use http_edge::{Address, Routes as Addresses};
use serde_json::{Value, json};

use crate::store::Store;
use crate::support::{Answer, BOOK, Routes, Server, agency, hour, send, server};

/// What is made anew each time, and where in the log it is.
const OF_THE_MOMENT: [&str; 6] = ["position", "rule_ids", "block_id", "hold_id", "appointment_id", "id"];

/// What only a dry run tells.
const FORESEEN: &str = "conflicts";

/// A write side whose every command is tried before it is carried out.
struct Trial<'a, R> {
    store: &'a Store,
    server: &'a Server<'a, R>,
    /// The method and the pattern of the path of each command that was tried.
    tried: BTreeSet<(String, String)>,
}

impl<R: Routes> Trial<'_, R> {
    async fn end_of_log(&self) -> Option<u64> {
        self.store.client().head_of(&StreamFilter::all()).await.unwrap()
    }

    /// Sends the command for a trial, twice under one key, and then for real without one; compares their answers.
    async fn carry_out(&mut self, method: Method, pattern: &str, ids: &[&str], body: Value) -> Answer {
        self.tried.insert((method.to_string(), pattern.to_owned()));
        let path = ids.iter().fold(pattern.to_owned(), |path, id| {
            let (open, close) = (path.find('{').unwrap(), path.find('}').unwrap());
            format!("{}{id}{}", &path[..open], &path[close + 1..])
        });
        let before = self.end_of_log().await;
        let dry = format!("{path}?dry_run=true");
        let key = format!("{method} {path}");
        let told = send(self.server, (method.clone(), &dry), &key, body.clone()).await;
        let again = send(self.server, (method.clone(), &dry), &key, body.clone()).await;
        assert_eq!(self.end_of_log().await, before, "{method} {path}: {told:?}");
        assert!(!again.replayed, "{method} {path}: {again:?}");
        let real = send(self.server, (method.clone(), &path), "", body).await;
        let creates = real.status == 201;
        assert_eq!(told.status, if creates { 200 } else { real.status }, "{method} {path}: {told:?}");
        assert_eq!(without(&told.body, creates), without(&real.body, creates), "{method} {path}");
        assert_eq!(without(&again.body, true), without(&told.body, true), "{method} {path}");
        if real.status < 300 {
            assert!(told.body["position"].as_u64() <= before, "{method} {path}: {told:?}");
        }
        real
    }

    async fn accepted(&mut self, method: Method, pattern: &str, ids: &[&str], body: Value) -> Value {
        let answer = self.carry_out(method, pattern, ids, body).await;
        assert!(answer.status < 300, "{pattern}: {answer:?}");
        answer.body
    }

    async fn refused(&mut self, method: Method, pattern: &str, ids: &[&str], body: Value) -> String {
        let answer = self.carry_out(method, pattern, ids, body).await;
        assert!(answer.status >= 400, "{pattern}: {answer:?}");
        answer.body["code"].as_str().unwrap().to_owned()
    }
}

/// The answer without the position, and without ids if they are new each time.
fn without(body: &Value, is_new: bool) -> Value {
    let mut body = body.clone();
    body.as_object_mut().unwrap().remove(FORESEEN);
    for member in if is_new { &OF_THE_MOMENT[..] } else { &OF_THE_MOMENT[..2] } {
        body.as_object_mut().unwrap().remove(*member);
    }
    body
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_dry_run_of_every_command_tells_its_answer_and_stores_nothing() {
    let store = Store::own("looks at the whole log").await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    let mut trial = Trial { store: &store, server: &server, tried: BTreeSet::new() };
    let [a, b, visit] = [store.name("a"), store.name("b"), store.name("visit")];
    let (put, post, delete, patch) = (Method::PUT, Method::POST, Method::DELETE, Method::PATCH);

    // The office.
    let kind = json!({"name": {"es": "Paseo"}, "duration_minutes": 30, "location_kind": "property"});
    let of_type = "/v1/office/appointment-types/{code}";
    trial.accepted(put.clone(), of_type, &["paseo"], kind).await;
    trial.accepted(patch.clone(), of_type, &["paseo"], json!({"duration_minutes": 45})).await;
    trial.accepted(delete.clone(), of_type, &["paseo"], json!({})).await;
    trial.accepted(put.clone(), "/v1/office", &[], json!({"name": "Casas"})).await;
    trial.accepted(patch.clone(), "/v1/office", &[], json!({"travel_minutes": 10})).await;
    let rule = json!({"day_of_week": 0, "start_time": "09:00", "end_time": "18:00"});
    let hours = json!({"rules": [rule]});
    trial.accepted(put.clone(), "/v1/office/weekly-hours", &[], hours.clone()).await;
    let block = json!({"start": hour(48), "end": hour(50)});
    let blocked = trial.accepted(post.clone(), "/v1/office/blocks", &[], block.clone()).await;
    let block_id = text(&blocked["block_id"]);
    let daily = json!({"start": hour(48), "end": hour(50), "recurrence": "FREQ=DAILY"});
    let of_block = "/v1/office/blocks/{block_id}";
    trial.accepted(put.clone(), of_block, &[&block_id], daily.clone()).await;
    let occurrence = format!("{of_block}/occurrences/{{date}}");
    let moved = json!({"start": hour(72), "end": hour(73)});
    trial.accepted(put.clone(), &occurrence, &[&block_id, "2026-12-17"], moved.clone()).await;
    trial.accepted(delete.clone(), &occurrence, &[&block_id, "2026-12-18"], json!({})).await;
    trial.accepted(delete.clone(), of_block, &[&block_id], json!({})).await;

    // An agent, who is new at first.
    let profile = json!({"name": "Ana", "time_zone": "America/Santiago", "email": "ana@example.com"});
    trial.accepted(put.clone(), "/v1/agents/{agent_id}", &["7"], profile).await;
    let bare = json!({"name": "Ana", "time_zone": "America/Santiago"});
    let replaced = trial.accepted(put.clone(), "/v1/agents/{agent_id}", &["7"], bare).await;
    assert_eq!(replaced["reset"], json!(["email"]));
    let named = json!({"inherits_office_hours": false});
    trial.accepted(patch.clone(), "/v1/agents/{agent_id}", &["7"], named).await;
    trial.accepted(put.clone(), "/v1/agents/{agent_id}/weekly-hours", &["7"], hours).await;
    let evening = json!({"day_of_week": 1, "start_time": "18:00", "end_time": "20:00"});
    let rules = "/v1/agents/{agent_id}/availability-rules";
    let added = trial.accepted(post.clone(), rules, &["7"], evening).await;
    let rule_id = text(&added["rule_ids"][0]);
    trial.accepted(delete.clone(), &format!("{rules}/{{rule_id}}"), &["7", &rule_id], json!({})).await;
    let exception = "/v1/agents/{agent_id}/exceptions/{date}";
    trial.accepted(put.clone(), exception, &["7", "2026-12-24"], json!({"intervals": []})).await;
    trial.accepted(delete.clone(), exception, &["7", "2026-12-24"], json!({})).await;
    let blocked = trial.accepted(post.clone(), "/v1/agents/{agent_id}/blocks", &["7"], block).await;
    let block_id = text(&blocked["block_id"]);
    let of_block = "/v1/agents/{agent_id}/blocks/{block_id}";
    trial.accepted(put.clone(), of_block, &["7", &block_id], daily).await;
    let occurrence = format!("{of_block}/occurrences/{{date}}");
    trial.accepted(put.clone(), &occurrence, &["7", &block_id, "2026-12-17"], moved).await;
    trial.accepted(delete.clone(), &occurrence, &["7", &block_id, "2026-12-18"], json!({})).await;
    trial.accepted(delete.clone(), of_block, &["7", &block_id], json!({})).await;
    trial.accepted(post.clone(), "/v1/agents/{agent_id}/deactivate", &["7"], json!({})).await;

    // A lead, who is new at first.
    let of_lead = "/v1/leads/{lead_id}";
    let contact = json!({"name": "Carla", "email": "carla@example.org"});
    trial.accepted(put.clone(), of_lead, &["55"], contact).await;
    let replaced = trial.accepted(put.clone(), of_lead, &["55"], json!({"name": "Carla"})).await;
    assert_eq!(replaced["reset"], json!(["email"]));
    trial.accepted(patch.clone(), of_lead, &["55"], json!({"preferred_channel": "sms"})).await;
    let consent = json!({"channel": "sms", "given": true, "source": "Chat"});
    let consents = "/v1/leads/{lead_id}/consents/{purpose}";
    trial.accepted(put.clone(), consents, &["55", "reminders"], consent).await;

    // Holds, and an appointment of each end.
    let hold = json!({"agent_id": a, "appointment_type": visit, "start": hour(20), "lead_id": "1"});
    let held = trial.accepted(post.clone(), "/v1/holds", &[], hold).await;
    trial.accepted(delete.clone(), "/v1/holds/{hold_id}", &[&text(&held["hold_id"])], json!({})).await;
    let booked = trial.accepted(post.clone(), BOOK.1, &[], store.booking(Some("a"), hour(5))).await;
    let id = text(&booked["appointment_id"]);
    assert_eq!(
        trial.refused(post.clone(), BOOK.1, &[], store.booking(Some("a"), hour(5))).await,
        "lead_has_appointment"
    );
    let rival = store.booking_of("rival", Some("a"), hour(5));
    assert_eq!(trial.refused(post.clone(), BOOK.1, &[], rival).await, "slot_unavailable");
    // With any agent: b, who is free.
    let any = trial.accepted(post.clone(), BOOK.1, &[], store.booking(None, hour(5))).await;
    assert_eq!(any["agent_id"], b.as_str());
    let on = |action: &str| format!("/v1/appointments/{{appointment_id}}/{action}");
    trial.accepted(post.clone(), &on("confirm"), &[&id], json!({})).await;
    assert_eq!(trial.refused(post.clone(), &on("complete"), &[&id], json!({})).await, "not_started");
    assert_eq!(trial.refused(post.clone(), &on("no-show"), &[&id], json!({})).await, "not_started");
    // b has the time already, until it is another.
    let to_b = json!({ "agent_id": b });
    assert_eq!(trial.refused(post.clone(), &on("reassign"), &[&id], to_b.clone()).await, "slot_unavailable");
    trial.accepted(post.clone(), &on("reschedule"), &[&id], json!({"start": hour(9)})).await;
    let moved = trial.accepted(post.clone(), &on("reassign"), &[&id], to_b).await;
    assert_eq!((&moved["agent_id"], &moved["version"]), (&json!(b), &json!(4)));
    let outcome = json!({"outcome": "completed"});
    assert_eq!(trial.refused(put.clone(), &on("outcome"), &[&id], outcome).await, "not_started");
    let details = json!({"notes": "Calls before", "lead_contact": {"name": "Carla"}});
    trial.accepted(patch.clone(), "/v1/appointments/{appointment_id}", &[&id], details).await;
    trial.accepted(post.clone(), &on("cancel"), &[&id], json!({})).await;
    let settle = "/v1/conflicts/{appointment_id}/settle";
    let kept = json!({"keep": "wall_time"});
    assert_eq!(trial.refused(post.clone(), settle, &[&id], kept).await, "invalid_transition");
    let back = trial.accepted(post.clone(), &on("reinstate"), &[&id], json!({})).await;
    assert_eq!((&back["status"], &back["version"]), (&json!("scheduled"), &json!(7)));

    // A bulk move is told as it is planned, and not as it ends.
    let days = json!({"from": hour(0), "to": hour(48), "reason": "Licencia"});
    let before = trial.end_of_log().await;
    let told =
        send(&server, (post.clone(), "/v1/agents/7/appointments/move?dry_run=true"), "", days.clone()).await;
    assert_eq!((told.status, &told.body["status"]), (200, &json!("planned")), "{told:?}");
    assert_eq!(trial.end_of_log().await, before);
    let moved = send(&server, (post.clone(), "/v1/agents/7/appointments/move"), "", days).await;
    assert_eq!((moved.status, &moved.body["visits"]), (201, &told.body["visits"]), "{moved:?}");
    trial.tried.insert((post.to_string(), "/v1/agents/{agent_id}/appointments/move".to_owned()));
    let move_id = text(&moved.body["move_id"]);
    trial.accepted(post.clone(), "/v1/moves/{move_id}/resume", &[&move_id], json!({})).await;
    trial.accepted(post.clone(), "/v1/moves/{move_id}/undo", &[&move_id], json!({})).await;

    let mut addresses = Addresses::default();
    command_api::configure(&mut addresses);
    let commands =
        addresses.addresses().map(|Address { methods, path, .. }| (methods[0].to_string(), path.to_owned()));
    let untried: Vec<_> = commands.filter(|command| !trial.tried.contains(command)).collect();
    assert!(untried.is_empty(), "{untried:?}");
}

#[actix_web::test]
async fn a_dry_run_is_not_remembered_and_a_command_that_was_is_not_its_answer() {
    let store = Store::own("looks at the whole log").await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    let dry = (Method::POST, "/v1/appointments?dry_run=true");
    let booking = || store.booking(Some("a"), hour(5));
    assert_eq!(send(&server, dry.clone(), "one", booking()).await.status, 200);
    // The key is still free for another command.
    let booked = send(&server, BOOK, "one", store.booking(None, hour(5))).await;
    assert_eq!((booked.status, booked.replayed), (201, false), "{booked:?}");
    // Sent again it has its first answer; tried, it is decided anew.
    let replayed = send(&server, BOOK, "one", store.booking(None, hour(5))).await;
    assert_eq!((replayed.status, replayed.replayed), (201, true), "{replayed:?}");
    let tried = send(&server, dry, "one", store.booking(None, hour(5))).await;
    assert_eq!((tried.status, tried.replayed), (409, false), "{tried:?}");
}

#[actix_web::test]
async fn a_parameter_that_a_command_does_not_know_or_that_repeats_is_refused() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    for (query, field) in [
        ("date=2026-12-15", "date"),
        ("dry_run=true&limit=1", "limit"),
        ("dry_run=true&dry_run=true", "dry_run"),
        ("dry_run=yes", "dry_run"),
    ] {
        let path = format!("/v1/appointments?{query}");
        let refused = send(&server, (Method::POST, &path), "", store.booking(Some("a"), hour(5))).await;
        assert_eq!((refused.status, &refused.body["field"]), (400, &json!(field)), "{query}: {refused:?}");
        assert!(
            refused.body["detail"].as_str().unwrap().contains("dry_run") || field == "dry_run",
            "{refused:?}"
        );
    }
    assert_eq!(
        send(&server, BOOK, "", store.booking(Some("a"), hour(5))).await.status,
        201,
        "none was booked"
    );
}
