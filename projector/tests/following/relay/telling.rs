use projector::Cause;
use projector::relay::RelayNotReady;
use schemas::event::AgentDeactivated;
use serde_json::json;

use crate::given::{Given, in_time, registered};
use crate::stopping;

use super::kafka::Kafka;
use super::{Story, booked, reached, relay};

#[tokio::test]
async fn every_public_event_is_told_once_and_in_order_for_each_agent() {
    let (mut given, kafka, story) = (Given::new().await, Kafka::new().await, Story::default());
    story.goes_on(&mut given, 40).await;
    let relay = relay(&given, &kafka);
    let position = story.goes_on(&mut given, 40).await;
    reached(&relay, position).await;
    in_time(relay.until(Result::is_ok)).await;
    let records = kafka.records().await;
    story.was_told(&records);
    for pair in records.windows(2).filter(|pair| pair[0].partition == pair[1].partition) {
        let positions =
            [&pair[0], &pair[1]].map(|record| record.headers["ce_position"].parse::<u64>().unwrap());
        assert!(positions[0] < positions[1], "in the order of the log within a partition");
    }
}

#[tokio::test]
async fn a_message_is_a_cloud_event_that_tells_nothing_personal() {
    let (mut given, kafka) = (Given::new().await, Kafka::new().await);
    let ana = given.agent("7");
    given.append(&ana, registered(&ana, "Ana")).await;
    let id = given.new_id();
    let appointment_id = id.to_string();
    let event = given.encoded(booked(id, &ana));
    let event_id = event.event_id;
    let position = given.append_stored(&ana, &[event]).await;
    let last = given.append(&ana, AgentDeactivated { agent_id: ana.clone() }).await;
    let relay = relay(&given, &kafka);
    reached(&relay, last).await;
    let mut records = kafka.records().await;
    records.retain(|record| record.key == ana.as_str());
    let [record] = &records[..] else { panic!("one event is public: {records:?}") };
    let id = event_id.uuid();
    let traceparent = format!("00-{}-{:016x}-00", id.simple(), id.as_u64_pair().1);
    let expected = [
        ("ce_specversion", "1.0"),
        ("ce_id", &event_id.to_string()),
        ("ce_source", "/citas"),
        ("ce_type", "citas.AppointmentBooked.v1"),
        ("ce_time", "2026-11-30T12:00:00Z"),
        ("ce_subject", &appointment_id),
        ("ce_correlationid", &event_id.to_string()),
        ("ce_traceparent", &traceparent),
        ("ce_position", &position.to_string()),
        ("content-type", "application/json"),
    ];
    for (name, value) in expected {
        assert_eq!(record.headers[name], value, "{name}");
    }
    assert_eq!((&record.json()["lead_id"], &record.json()["duration_minutes"]), (&json!("5001"), &json!(45)));
    let text = format!("{record:?}");
    for personal in ["Joaquín", "madre", "Ñuñoa", "Ana"] {
        assert!(!text.contains(personal), "{personal} in {text}");
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_stops_the_relay_and_is_named() {
    let (mut given, kafka, story) =
        (Given::with_own_node(stopping::BECAUSE).await, Kafka::new().await, Story::default());
    let ana = given.agent("7");
    let before = story.goes_on(&mut given, 1).await;
    let unknown = given.stored("AppointmentTeleported", 1, b"{}".to_vec());
    let event_id = unknown.event_id;
    given.append_stored(&ana, &[unknown]).await;
    let relay = relay(&given, &kafka);
    in_time(relay.until(|ready| matches!(ready, Err(RelayNotReady::Stopped(_))))).await;
    let Err(RelayNotReady::Stopped(failure)) = relay.ready() else { panic!("{:?}", relay.ready()) };
    assert_eq!(failure.event_id, event_id);
    assert!(matches!(failure.cause, Cause::Unknown(_)));
    assert!(relay.ready().unwrap_err().to_string().contains("AppointmentTeleported"));
    assert!(relay.position() <= before);
}
