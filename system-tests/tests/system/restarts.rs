use serde_json::json;
use system_tests::{Citas, Client};

use crate::answers::{Answers, everything};
use crate::support::{CALL, Given, VISIT, at, book, booking, day, text};

/// An agency in which everything has happened that can happen without waiting.
async fn eventful(client: &Client) {
    for number in 0..24_i64 {
        let (agent, other) = [("7", "8"), ("8", "9"), ("9", "7")][usize::try_from(number % 3).unwrap()];
        let lead = format!("lead-{}", number % 6);
        let mut body = booking(agent, &lead, at(3, number * 30));
        if number % 2 == 0 {
            body["property_id"] = json!(format!("P-{number}"));
            body["lead_contact"] = json!({"name": "Carla Núñez", "phone": "+56 9 5555 5555"});
        } else {
            body["appointment_type"] = json!(CALL);
        }
        let booked = client.post("/v1/appointments").body(&body).ok().await;
        let id = booked["appointment_id"].as_str().unwrap();
        let (verb, body) = match number % 6 {
            0 => ("confirm", json!({})),
            1 => ("cancel", json!({"reason": "¡No más!"})),
            2 => ("reschedule", json!({"start": text(at(4, number * 30))})),
            3 => ("reassign", json!({"agent_id": other})),
            _ => continue,
        };
        client.post(&format!("/v1/appointments/{id}/{verb}")).body(&body).ok().await;
    }
    let block = json!({
        "start": {"local": format!("{}T12:00", day(2)), "zone": "America/Santiago"},
        "end": {"local": format!("{}T13:00", day(2)), "zone": "America/Santiago"},
        "reason": "Lunch", "recurrence": "FREQ=WEEKLY;BYDAY=MO,TU,WE", "on_overlap": "keep",
    });
    client.post("/v1/agents/7/blocks").body(&block).ok().await;
    client
        .post("/v1/office/blocks")
        .body(&json!({"start": text(at(6, 0)), "end": text(at(7, 0))}))
        .ok()
        .await;
    client.put(&format!("/v1/agents/8/exceptions/{}", day(5))).body(&json!({"intervals": []})).ok().await;
    let held = json!({
        "agent_id": "9", "appointment_type": VISIT, "start": text(at(5, 0)), "lead_id": "lead-1",
        "ttl_seconds": 900,
    });
    client.post("/v1/holds").body(&held).ok().await;
    client.post("/v1/agents/9/deactivate").body(&json!({"keep_appointments": true})).ok().await;
}

fn assert_same(before: &Answers, after: &Answers) {
    assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(after) {
        assert_eq!(before, after);
    }
}

#[tokio::test]
async fn the_answers_outlive_the_process_that_gave_them_however_it_ended() {
    let given = Given::agency(&["7", "8", "9"]).await;
    eventful(&given.client).await;
    let before = everything(&given.client).await;
    assert!(before.len() > 200, "too few to mean anything: {}", before.len());

    let given = given.restarted(async |citas: Citas| assert_eq!(citas.stop().await.code, Some(0))).await;
    assert_same(&before, &everything(&given.client).await);
    let given = given.restarted(Citas::kill).await;
    assert_same(&before, &everything(&given.client).await);
}

#[tokio::test]
async fn secrets_outlive_the_process_and_so_do_offered_slots() {
    let given = Given::agency(&["7"]).await;
    let range = format!("from={}&to={}", text(at(3, 0)), text(at(3, 60)));
    let other = json!({"lead_id": "54", "agent_id": "7", "appointment_type": VISIT, "start": text(at(4, 0))});
    let seen = given.client.post("/v1/appointments").body(&other).ok().await["position"].clone();
    let path = format!("/v1/slots?appointment_type={VISIT}&{range}&min_position={seen}");
    let offered = given.client.get(&path).ok().await["items"][0].clone();
    let token = given.client.token().to_owned();
    let given = given.restarted(Citas::kill).await;
    assert_eq!(given.client.token(), token);
    let body = json!({"slot_ref": offered["slot_ref"], "lead_id": "55"});
    let booked = given.client.post("/v1/appointments").body(&body).ok().await;
    assert_eq!(booked["start"], offered["start"]);
}

#[tokio::test]
async fn a_kill_before_it_is_ready_loses_nothing() {
    let mut given = Given::agency(&["7"]).await;
    let id = book(&given.client, "7", "55", at(3, 0)).await;
    for _ in 0..5 {
        let data = given.citas.data().to_owned();
        given = given
            .restarted(async |citas: Citas| {
                citas.kill().await;
                system_tests::Launch::new(data).listening().await.kill().await;
            })
            .await;
        assert_eq!(given.client.get(&format!("/v1/appointments/{id}")).ok().await["version"], 1);
    }
}

#[tokio::test]
async fn what_is_asked_before_it_is_ready_is_never_said_not_to_be_there() {
    let given = Given::agency(&["7"]).await;
    let id = book(&given.client, "7", "55", at(3, 0)).await;
    for number in 0..150 {
        given.client.put("/v1/office").body(&json!({"name": format!("Office {number}")})).ok().await;
    }
    let data = given.citas.data().to_owned();
    given.citas.kill().await;
    for _ in 0..5 {
        let citas = system_tests::Launch::new(&data).listening().await;
        let path = format!("/v1/appointments/{id}");
        let mut answer = citas.client().get(&path).answer().await;
        while answer.status == 503 {
            assert_eq!(
                (answer.json()["code"].as_str(), answer.header("retry-after")),
                (Some("not_ready"), "1")
            );
            answer = citas.client().get(&path).answer().await;
        }
        assert_eq!(answer.status, 200, "{answer:?}");
        citas.kill().await;
    }
}
