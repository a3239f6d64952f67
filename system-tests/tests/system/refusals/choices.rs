use serde_json::{Value, json};

use super::commands::BOOK;
use super::{Unchanged, assert_names};
use crate::addresses::MISSING;
use crate::support::{VISIT, at, booking, day, text};

/// References to a free slot of agent 7 and to one of agent 8.
async fn offered(test: &Unchanged) -> [String; 2] {
    let range = format!("from={}&to={}", text(at(6, 0)), text(at(6, 30)));
    let slots = test.given.client.get(&format!("/v1/slots?appointment_type={VISIT}&{range}")).ok().await;
    ["7", "8"].map(|agent| {
        let slot = slots["items"].as_array().unwrap().iter().find(|slot| slot["agent_id"] == agent);
        slot.unwrap()["slot_ref"].as_str().unwrap().to_owned()
    })
}

#[tokio::test]
async fn a_slot_is_named_in_one_way() {
    let test = Unchanged::new().await;
    let [slot_ref, of_another] = offered(&test).await;
    let start = text(at(6, 0));
    let reschedule = format!("{BOOK}/{}/reschedule", test.appointment);
    for (path, body, field) in [
        (BOOK, json!({}), "start"),
        (BOOK, json!({"agent_id": "7", "appointment_type": VISIT}), "start"),
        (BOOK, json!({"start": start, "appointment_type": VISIT, "slot_ref": slot_ref}), "start"),
        (BOOK, json!({"start": start, "appointment_type": VISIT, "hold_id": MISSING}), "start"),
        (BOOK, json!({"slot_ref": slot_ref, "hold_id": MISSING}), "start"),
        (BOOK, json!({"start": start}), "appointment_type"),
        (BOOK, json!({"start": start, "agent_id": "7"}), "appointment_type"),
        (BOOK, json!({"slot_ref": slot_ref, "agent_id": "8"}), "agent_id"),
        (BOOK, json!({"slot_ref": slot_ref, "appointment_type": "call"}), "appointment_type"),
        (BOOK, json!({"hold_id": "1"}), "hold_id"),
        (BOOK, json!({"hold_id": MISSING.replace('0', "g")}), "hold_id"),
        ("/v1/holds", json!({}), "slot_ref"),
        ("/v1/holds", json!({"slot_ref": slot_ref, "agent_id": "7"}), "slot_ref"),
        ("/v1/holds", json!({"slot_ref": slot_ref, "start": start}), "slot_ref"),
        ("/v1/holds", json!({"start": start, "agent_id": "7"}), "slot_ref"),
        ("/v1/holds", json!({"start": start, "appointment_type": VISIT}), "slot_ref"),
        ("/v1/holds", json!({"agent_id": "7", "appointment_type": VISIT}), "slot_ref"),
        (&reschedule, json!({}), "start"),
        (&reschedule, json!({"start": start, "slot_ref": slot_ref}), "start"),
        (&reschedule, json!({"slot_ref": of_another, "agent_id": "7"}), "agent_id"),
        (&reschedule, json!({"duration_minutes": 0}), "duration_minutes"),
    ] {
        let answer = test.given.client.post(path).body(&for_lead(path, body)).answer().await;
        assert_names(&answer, field);
    }
    let any = json!({"lead_id": "55", "start": start, "appointment_type": VISIT});
    for (path, body) in [(BOOK, &any), ("/v1/holds", &booking("7", "55", at(3, 900)))] {
        assert_names(&test.given.client.post(path).body(body).if_match(1).answer().await, "If-Match");
    }
    test.assert_nothing_stored().await;
}

fn for_lead(path: &str, mut body: Value) -> Value {
    if !path.ends_with("reschedule") {
        body["lead_id"] = json!("55");
    }
    body
}

#[tokio::test]
async fn a_reference_to_a_slot_is_one_that_was_given_out() {
    let test = Unchanged::new().await;
    let [slot_ref, _] = offered(&test).await;
    let reschedule = format!("{BOOK}/{}/reschedule", test.appointment);
    let mut wrong = ["", " ", "made up", "AAAA", "=", "\u{0}", "ñ"].map(str::to_owned).to_vec();
    wrong.push("A".repeat(60_000));
    wrong.push(format!("{slot_ref}="));
    wrong.push(format!("{slot_ref}{slot_ref}"));
    wrong.push(slot_ref[..slot_ref.len() - 1].to_owned());
    wrong.push(slot_ref.to_uppercase());
    for place in 0..slot_ref.len() - 1 {
        let other = if &slot_ref[place..=place] == "A" { "B" } else { "A" };
        wrong.push(format!("{}{other}{}", &slot_ref[..place], &slot_ref[place + 1..]));
    }
    for wrong in wrong {
        for path in [BOOK, "/v1/holds", &reschedule] {
            let body = for_lead(path, json!({"slot_ref": wrong}));
            assert_names(&test.given.client.post(path).body(&body).answer().await, "slot_ref");
        }
    }
    test.assert_nothing_stored().await;
}

#[tokio::test]
async fn what_has_the_right_form_and_is_not_there_is_not_found() {
    let test = Unchanged::new().await;
    let slot = |agent: &str, code: &str| json!({"agent_id": agent, "lead_id": "55", "appointment_type": code, "start": text(at(4, 0))});
    let rule = json!({"day_of_week": 0, "start_time": "09:00", "end_time": "10:00"});
    let block = json!({"start": text(at(9, 0)), "end": text(at(9, 60)), "reason": "x"});
    let range = format!("from={}&to={}", text(at(0, 0)), text(at(1, 0)));
    let of = |verb: &str| format!("{BOOK}/{MISSING}/{verb}");
    let no_agent = "unknown_agent";
    for (method, path, body, code) in [
        ("GET", "/v1/agents/none", json!({}), no_agent),
        ("GET", &format!("/v1/agents/none/calendar?{range}"), json!({}), no_agent),
        ("GET", &format!("/v1/agents/none/availability?{range}"), json!({}), no_agent),
        ("GET", &format!("/v1/slots?appointment_type={VISIT}&agent_id=none"), json!({}), no_agent),
        ("GET", &format!("/v1/slots?appointment_type={VISIT}&agent_id=7&agent_id=none"), json!({}), no_agent),
        ("GET", "/v1/slots?appointment_type=none", json!({}), "unknown_appointment_type"),
        ("GET", &format!("{BOOK}/{MISSING}"), json!({}), "appointment_not_found"),
        ("GET", &of("history"), json!({}), "appointment_not_found"),
        ("POST", "/v1/agents/none/deactivate", json!({}), no_agent),
        ("PUT", "/v1/agents/none/weekly-hours", json!({"rules": []}), no_agent),
        ("PUT", "/v1/agents/none/weekly-hours", json!({"rules": [rule.clone()]}), no_agent),
        ("POST", "/v1/agents/none/availability-rules", rule, no_agent),
        ("DELETE", &format!("/v1/agents/none/availability-rules/{MISSING}"), json!({}), no_agent),
        ("DELETE", &format!("/v1/agents/7/availability-rules/{MISSING}"), json!({}), "rule_not_found"),
        ("PUT", &format!("/v1/agents/none/exceptions/{}", day(9)), json!({"intervals": []}), no_agent),
        ("DELETE", &format!("/v1/agents/none/exceptions/{}", day(9)), json!({}), no_agent),
        ("DELETE", &format!("/v1/agents/7/exceptions/{}", day(9)), json!({}), "exception_not_found"),
        ("POST", "/v1/agents/none/blocks", block, no_agent),
        ("DELETE", &format!("/v1/agents/none/blocks/{MISSING}"), json!({}), no_agent),
        ("DELETE", &format!("/v1/agents/7/blocks/{MISSING}"), json!({}), "block_not_found"),
        ("DELETE", &format!("/v1/office/blocks/{MISSING}"), json!({}), "block_not_found"),
        ("PUT", &format!("/v1/agents/7/blocks/{MISSING}"), json!({"date": "2026-12-24"}), "block_not_found"),
        ("PUT", &format!("/v1/office/blocks/{MISSING}"), json!({"date": "2026-12-24"}), "block_not_found"),
        ("DELETE", "/v1/office/appointment-types/none", json!({}), "unknown_appointment_type"),
        ("POST", "/v1/holds", slot("none", VISIT), no_agent),
        ("POST", "/v1/holds", slot("7", "none"), "unknown_appointment_type"),
        ("DELETE", &format!("/v1/holds/{MISSING}"), json!({}), "hold_not_found"),
        ("POST", BOOK, slot("none", VISIT), no_agent),
        ("POST", BOOK, slot("7", "none"), "unknown_appointment_type"),
        ("POST", BOOK, json!({"lead_id": "55", "hold_id": MISSING}), "hold_not_found"),
        ("POST", &of("confirm"), json!({}), "appointment_not_found"),
        ("POST", &of("cancel"), json!({}), "appointment_not_found"),
        ("POST", &of("reschedule"), json!({"start": text(at(4, 0))}), "appointment_not_found"),
        ("POST", &of("reassign"), json!({"agent_id": "8"}), "appointment_not_found"),
        ("POST", &of("complete"), json!({}), "appointment_not_found"),
        ("POST", &of("no-show"), json!({}), "appointment_not_found"),
        ("POST", &of("reinstate"), json!({}), "appointment_not_found"),
        (
            "POST",
            &format!("/v1/conflicts/{MISSING}/settle"),
            json!({"keep": "instant"}),
            "appointment_not_found",
        ),
        ("PUT", &of("outcome"), json!({"outcome": "completed"}), "appointment_not_found"),
        ("PATCH", &format!("{BOOK}/{MISSING}"), json!({"notes": "x"}), "appointment_not_found"),
        ("POST", &format!("{BOOK}/{}/reassign", test.appointment), json!({"agent_id": "none"}), no_agent),
    ] {
        test.given.client.request(method, path).body(&body).answer().await.refused(404, code);
    }
    test.assert_nothing_stored().await;
}
