//! The impact of a change is told by its dry run.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::store::Store;
use crate::support::{Answer, BOOK, Routes, Server, agency, hour, send, server};

async fn tried(server: &Server<'_, impl Routes>, method: Method, path: &str, body: Value) -> Answer {
    send(server, (method, &format!("{path}?dry_run=true")), "", body).await
}

/// Agent, reasons and start of each conflict.
fn conflicts(answer: &Answer) -> Vec<(String, Vec<String>, String)> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let conflicts = answer.body["conflicts"].as_array().unwrap_or_else(|| panic!("{answer:?}"));
    let told = conflicts.iter().map(|conflict| {
        let findings = conflict["findings"].as_array().unwrap();
        let reasons = findings.iter().map(|finding| text(&finding["reason"])).collect();
        (text(&conflict["agent_id"]), reasons, text(&conflict["interval"]["start"]))
    });
    told.collect()
}

#[actix_web::test]
async fn a_change_of_one_calendar_tells_the_appointments_that_it_would_leave_against_the_rules() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    for (agent, hours) in [("a", 30), ("a", 6), ("b", 6)] {
        let booked = send(&server, BOOK, "", store.booking(Some(agent), hour(hours))).await;
        assert_eq!(booked.status, 201, "{booked:?}");
    }
    let (a, path) = (store.name("a"), format!("/v1/agents/{}", store.name("a")));
    let start = |hours| serde_json::to_value(hour(hours)).unwrap().as_str().unwrap().to_owned();
    let both =
        |reason: &str| [6, 30].map(|hours| (a.clone(), vec![reason.to_owned()], start(hours))).to_vec();
    let no_hours = json!({"rules": []});
    let hours = format!("{path}/weekly-hours");
    let told = tried(&server, Method::PUT, &hours, no_hours.clone()).await;
    assert_eq!(conflicts(&told), both("outside_hours"));
    assert_eq!(told.body["rule_ids"], json!([]), "beside what it answers in any case");
    let block = json!({"start": hour(6), "end": hour(7), "on_overlap": "keep"});
    let told = tried(&server, Method::POST, &format!("{path}/blocks"), block).await;
    assert_eq!(conflicts(&told), [(a.clone(), vec!["blocked".to_owned()], start(6))]);
    assert_eq!(told.body["conflicts"][0]["findings"][0]["cause"]["block_id"], told.body["block_id"]);
    let exception = format!("{path}/exceptions/2026-12-15");
    let told = tried(&server, Method::PUT, &exception, json!({"intervals": []})).await;
    assert_eq!(conflicts(&told), [(a.clone(), vec!["outside_hours".to_owned()], start(30))]);
    let keep = json!({"keep_appointments": true});
    let told = tried(&server, Method::POST, &format!("{path}/deactivate"), keep).await;
    assert_eq!(conflicts(&told), both("agent_inactive"));
    // For real, nothing is told of it; tried again, nothing would be new.
    let real = send(&server, (Method::PUT, &hours), "", no_hours.clone()).await;
    assert_eq!((real.status, &real.body["conflicts"]), (200, &Value::Null));
    assert_eq!(conflicts(&tried(&server, Method::PUT, &hours, no_hours).await), []);
}

#[actix_web::test]
async fn a_change_of_the_office_tells_those_of_every_agent() {
    let store = Store::own("looks at every agent's appointments").await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    for (agent, hours) in [("a", 30), ("b", 6)] {
        let booked = send(&server, BOOK, "", store.booking(Some(agent), hour(hours))).await;
        assert_eq!(booked.status, 201, "{booked:?}");
    }
    let start = |hours| serde_json::to_value(hour(hours)).unwrap().as_str().unwrap().to_owned();
    let (first, second) = ((store.name("b"), start(6)), (store.name("a"), start(30)));
    let all = |reason: &str| {
        [&first, &second]
            .map(|(agent, start)| (agent.clone(), vec![reason.to_owned()], start.clone()))
            .to_vec()
    };
    let holiday = json!({"start": hour(0), "end": hour(48)});
    let told = tried(&server, Method::POST, "/v1/office/blocks", holiday).await;
    assert_eq!(conflicts(&told), all("blocked"));
    assert_eq!(told.body["conflicts"][0]["findings"][0]["cause"]["kind"], "office_block");
    let path = format!("/v1/office/appointment-types/{}", store.name("visit"));
    assert_eq!(conflicts(&tried(&server, Method::DELETE, &path, json!({})).await), all("type_retired"));
    let longer = json!({"duration_minutes": 90});
    assert_eq!(conflicts(&tried(&server, Method::PATCH, &path, longer).await), all("too_short"));
    let shorter = json!({"duration_minutes": 30});
    assert_eq!(conflicts(&tried(&server, Method::PATCH, &path, shorter).await), []);
}

/// Where each conflict could go, and why nobody takes it.
fn placements(answer: &Answer) -> Vec<(Value, Value)> {
    let conflicts = answer.body["conflicts"].as_array().unwrap_or_else(|| panic!("{answer:?}"));
    conflicts.iter().map(|one| (one["to_agent_id"].clone(), one["because"].clone())).collect()
}

fn nobody(finding: &str) -> (Value, Value) {
    (Value::Null, json!({"kind": "slot_unavailable", "finding": finding}))
}

#[actix_web::test]
async fn what_a_change_of_one_calendar_displaces_is_placed_by_load_or_offered_other_times() {
    let store = Store::own("others' agents would be less loaded").await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b", "c"]).await;
    let mut ids = Vec::new();
    for (agent, hours) in [("a", 6), ("a", 7), ("a", 8), ("b", 8), ("c", 8)] {
        let booked = send(&server, BOOK, "", store.booking(Some(agent), hour(hours))).await;
        assert_eq!(booked.status, 201, "{booked:?}");
        ids.push(booked.body["appointment_id"].as_str().unwrap().to_owned());
    }
    let a = store.name("a");
    let block = json!({"start": hour(5), "end": hour(9), "on_overlap": "keep"});
    let told = tried(&server, Method::POST, &format!("/v1/agents/{a}/blocks"), block).await;
    // The first counts for the second; nobody is free for the third.
    let mut taken_by: Vec<_> =
        placements(&told)[..2].iter().map(|(agent_id, _)| agent_id.as_str().unwrap().to_owned()).collect();
    taken_by.sort_unstable();
    assert_eq!(taken_by, ["b", "c"].map(|agent| store.name(agent)), "{told:?}");
    assert_eq!(placements(&told)[2], nobody("already_booked"), "{told:?}");
    assert_eq!(told.body["conflicts"][0]["alternatives"], Value::Null, "one who can take it is enough");
    let others = told.body["conflicts"][2]["alternatives"].as_array().unwrap();
    assert_eq!(others.len(), 3, "{told:?}");
    for other in others {
        let (agent, start) = (other["agent_id"].as_str().unwrap(), other["start"].as_str().unwrap());
        let start: chrono::DateTime<chrono::Utc> = start.parse().unwrap();
        assert!(agent != a || start < hour(5) || hour(9) <= start, "its agent's block counts: {other}");
    }
    // What is offered can be had.
    let path = format!("/v1/appointments/{}/reschedule", ids[2]);
    let moved = send(&server, (Method::POST, &path), "", json!({"slot_ref": others[0]["slot_ref"]})).await;
    assert_eq!((moved.status, &moved.body["agent_id"]), (200, &others[0]["agent_id"]), "{moved:?}");
    assert_eq!(moved.body["start"], others[0]["start"]);
    // A deactivated agent is no way out.
    let keep = json!({"keep_appointments": true});
    let told = tried(&server, Method::POST, &format!("/v1/agents/{a}/deactivate"), keep).await;
    let conflicts = told.body["conflicts"].as_array().unwrap();
    assert!(!conflicts.is_empty());
    for conflict in conflicts {
        assert_ne!(conflict["to_agent_id"], json!(a));
        let others = conflict["alternatives"].as_array().into_iter().flatten();
        assert!(others.into_iter().all(|other| other["agent_id"] != json!(a)), "{conflict}");
    }
}

#[actix_web::test]
async fn what_no_agent_escapes_is_placed_with_nobody() {
    let store = Store::own("looks at every agent's appointments").await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    let booked = send(&server, BOOK, "", store.booking(Some("a"), hour(6))).await;
    assert_eq!(booked.status, 201, "{booked:?}");
    let holiday = json!({"start": hour(0), "end": hour(24)});
    let told = tried(&server, Method::POST, "/v1/office/blocks", holiday).await;
    assert_eq!(placements(&told), [nobody("blocked")]);
    let others = told.body["conflicts"][0]["alternatives"].as_array().unwrap();
    assert!(!others.is_empty());
    for other in others {
        let start: chrono::DateTime<chrono::Utc> = other["start"].as_str().unwrap().parse().unwrap();
        let end: chrono::DateTime<chrono::Utc> = other["end"].as_str().unwrap().parse().unwrap();
        assert!(end <= hour(0) || hour(24) <= start, "after the holiday: {other}");
    }
    let path = format!("/v1/office/appointment-types/{}", store.name("visit"));
    let told = tried(&server, Method::DELETE, &path, json!({})).await;
    assert_eq!(placements(&told), [nobody("type_retired")]);
    assert_eq!(told.body["conflicts"][0]["alternatives"], Value::Null, "there is no other time for it");
    // Of one that takes longer by now, the times are as long as it takes, its own among them.
    let told = tried(&server, Method::PATCH, &path, json!({"duration_minutes": 90})).await;
    assert_eq!(placements(&told), [nobody("too_short")]);
    let longer = &told.body["conflicts"][0]["alternatives"][0];
    assert_eq!(longer["start"], json!(hour(6)), "{told:?}");
    assert_eq!(longer["end"], json!(hour(7) + chrono::TimeDelta::minutes(30)));
}
