use serde_json::json;

use super::kafka::Kafka;
use super::load::Load;
use super::support::Production;
use crate::support::{at, booking, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_booked_is_seen_by_questions_and_by_other_systems() {
    let production = Production::start(Kafka::shared()).await;
    let client = production.client();
    let start = at(3, 600);
    let booked = client.post("/v1/appointments").key("one").body(&booking("7", "55", start)).answer().await;
    assert_eq!(booked.status, 201, "{booked:?}");
    let again = client.post("/v1/appointments").key("one").body(&booking("7", "55", start)).answer().await;
    assert_eq!((again.status.as_u16(), again.header("idempotent-replay")), (201, "true"));
    let booked = booked.json();
    let (id, position) = (booked["appointment_id"].as_str().unwrap(), &booked["position"]);
    assert_eq!(again.json(), booked);

    let path = format!("/v1/appointments/{id}?min_position={position}");
    let seen = client.get(&path).answer().await.success();
    assert!(seen.header("x-position").parse::<u64>().unwrap() >= position.as_u64().unwrap());
    assert_eq!(seen.json()["start"], text(start));
    assert_eq!(client.head(&path).answer().await.status, 200);
    let cancelled = client.post(&format!("/v1/appointments/{id}/cancel")).body(&json!({})).ok().await;
    let path = format!("/v1/appointments/{id}?min_position={}", cancelled["position"]);
    assert_eq!(client.get(&path).ok().await["status"], "cancelled");

    // A slot that query-api offers is one that command-api knows by its reference.
    let path = format!("/v1/slots?appointment_type=visit&agent_id=8&from={}&limit=1", text(at(4, 0)));
    let slot = client.get(&path).ok().await["items"][0].clone();
    let body = json!({"slot_ref": slot["slot_ref"], "lead_id": "56"});
    let other = client.post("/v1/appointments").body(&body).ok().await;
    assert_eq!(other["start"], slot["start"]);

    let types = async {
        loop {
            let records = production.kafka.records().await;
            if records.len() >= 3 {
                return records.into_iter().map(|record| (record.key, record.event_type)).collect::<Vec<_>>();
            }
        }
    };
    let mut types = tokio::time::timeout(system_tests::STEP_TIMEOUT, types).await.unwrap();
    // Those of one appointment are in one partition, in their order.
    types.sort_by_key(|(key, _)| key != id);
    let other_id = other["appointment_id"].as_str().unwrap();
    let expected = [(id, "AppointmentBooked"), (id, "AppointmentCancelled"), (other_id, "AppointmentBooked")];
    assert_eq!(types, expected.map(|(id, name)| (id.to_owned(), format!("citas.{name}.v1"))));
    assert!(production.projector.metric("relayed_events_total").await >= 3.0);

    let stored = production.stop_and_read_the_log(other["position"].as_u64().unwrap()).await;
    assert_eq!(stored.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_who_race_are_all_answered_and_every_answer_is_kept() {
    let production = Production::start(Kafka::shared()).await;
    let load = Load::start(&production);
    load.goes_on(200).await;
    let outcome = load.end(production).await;
    assert_eq!(outcome.put_off, 0, "nothing was away");
    assert!(outcome.booked >= 100 && outcome.records.len() == outcome.booked, "{outcome:?}");
}
