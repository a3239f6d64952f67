use reactor::{Reactors, Resumed};
use schemas::event::{AgentDeactivated, ConsentGiven, LeadRegistered};
use schemas::value::{ConsentPurpose, ContactChannel, LeadProfile};
use schemas::{LeadEvent, LeadId, Personal};
use serde_json::json;

use crate::parking;
use crate::support::{Given, in_time, now, registered};

use super::kafka::Kafka;
use super::{AGENTS, Story, booked, is_ready, reached, relay};

#[tokio::test]
async fn every_public_event_is_told_once_and_in_order_for_each_appointment() {
    let (mut given, kafka, story) = (Given::new().await, Kafka::new().await, Story::default());
    story.goes_on(&mut given, 40).await;
    let relay = relay(&given, &kafka);
    let position = story.goes_on(&mut given, 40).await;
    reached(&relay, position).await;
    in_time(relay.until(is_ready)).await;
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
    records.retain(|record| record.key == appointment_id);
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
        ("citas-stream", &schemas::stream::agent(&ana)),
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
async fn a_leads_events_are_under_its_id_and_do_not_tell_who_it_is() {
    let (mut given, kafka) = (Given::new().await, Kafka::new().await);
    let lead_id = LeadId::parse(given.agent("55").as_str()).unwrap();
    let personal = |text: &str| Some(Personal::new(lead_id.clone(), text.to_owned()));
    let profile = LeadProfile {
        name: personal("Zoraida"),
        phone: personal("+56977712345"),
        preferred_channel: Some(ContactChannel::Sms),
        ..LeadProfile::default()
    };
    let consent = ConsentGiven {
        lead_id: lead_id.clone(),
        purpose: ConsentPurpose::Reminders,
        channel: ContactChannel::Sms,
        at: now(),
        source: personal("Formulario"),
        wording: personal("Sí, por SMS"),
    };
    let events = [LeadEvent::from(LeadRegistered { lead_id: lead_id.clone(), profile }), consent.into()];
    let stored: Vec<_> = events
        .iter()
        .map(|event| given.stored(event.event_type(), event.schema_version(), event.payload()))
        .collect();
    let stream = schemas::stream::lead(&lead_id);
    let last = given.append_to(&stream, &stored).await;
    let relay = relay(&given, &kafka);
    reached(&relay, last).await;
    let mut records = kafka.records().await;
    records.retain(|record| record.key == lead_id.as_str());
    let types: Vec<_> = records.iter().map(|record| record.headers["ce_type"].as_str()).collect();
    assert_eq!(types, ["citas.LeadRegistered.v1", "citas.ConsentGiven.v1"]);
    assert!(records.iter().all(|record| record.headers["citas-stream"] == stream));
    assert_eq!(records[0].json(), json!({"lead_id": lead_id, "preferred_channel": "sms"}));
    let consent = &records[1].json();
    assert_eq!((&consent["purpose"], &consent["channel"]), (&json!("reminders"), &json!("sms")));
    for personal in ["Zoraida", "56977712345", "Formulario", "Sí, por SMS"] {
        assert!(!format!("{records:?}").contains(personal), "{personal} in {records:?}");
    }
}

#[tokio::test]
async fn a_hand_over_is_one_event_of_its_appointment_and_tells_of_no_commands() {
    let (mut given, kafka, story) = (Given::new().await, Kafka::new().await, Story::default());
    let [ana, bruno] = ["7", "1"].map(|name| given.agent(name));
    for agent_id in [&ana, &bruno] {
        given.append(agent_id, registered(agent_id, "Ana")).await;
    }
    let id = given.new_id();
    let position = story.hand_over(&mut given, id, &ana, &bruno).await;
    let relay = relay(&given, &kafka);
    reached(&relay, position).await;
    let mut records = kafka.records().await;
    records.retain(|record| record.key == id.to_string());
    let types: Vec<_> = records.iter().map(|record| record.headers["ce_type"].as_str()).collect();
    let expected = ["Booked", "HandedOver", "Cancelled"].map(|name| format!("citas.Appointment{name}.v1"));
    assert_eq!(types, expected);
    let hand_over = records[1].json();
    assert_eq!((&hand_over["to_agent_id"], &hand_over["appointment"]["version"]), (&json!(bruno), &json!(2)));
    let text = format!("{:?}", records[1]);
    for kept in ["digest-of-a-command", "Joaquín", "madre", "Ñuñoa"] {
        assert!(!text.contains(kept), "{kept} in {text}");
    }
    story.was_told(&records);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_parks_its_stream_and_its_later_events_come_once_it_is_skipped() {
    let (mut given, kafka, story) =
        (Given::with_own_node(parking::BECAUSE).await, Kafka::new().await, Story::default());
    let ana = given.agent("7");
    story.goes_on(&mut given, 1).await;
    let unknown = given.stored("AppointmentTeleported", 1, b"{}".to_vec());
    given.append_stored(&ana, &[unknown]).await;
    let last = story.goes_on(&mut given, 3).await;
    // Every relay that begins parks it, and relays the other streams, once.
    for _ in 0..2 {
        let relay = relay(&given, &kafka);
        reached(&relay, last).await;
        let [parked] = &relay.parked()[..] else { panic!("{:?}", relay.parked()) };
        assert_eq!(parked.event_type, "AppointmentTeleported");
        assert!(is_ready(&relay));
        let records = kafka.records().await;
        let counts = AGENTS.map(|name| {
            let stream = schemas::stream::agent(&given.agent(name));
            records.iter().filter(|record| record.headers["citas-stream"] == stream).count()
        });
        assert_eq!(counts, [12, 12, 12, 12, 12, 3]);
    }

    let (relay, reactors) = (relay(&given, &kafka), Reactors::default());
    reactors.add(relay.clone());
    reached(&relay, last).await;
    let stream = schemas::stream::agent(&ana);
    let retried = in_time(reactors.retry("relay", &stream)).await;
    let Ok(Resumed::ParkedAgain(parked)) = retried else { panic!("{retried:?}") };
    let skipped = in_time(reactors.skip("relay", &stream, parked.revision)).await;
    assert!(matches!(skipped, Ok(Resumed::Handled { .. })), "{skipped:?}");
    story.was_told_late(&kafka.records().await);

    // Later records state that it was skipped, so a relay that begins then repeats nothing.
    let last = story.goes_on(&mut given, 1).await;
    reached(&relay, last).await;
    relay.stop().await;
    let last = story.goes_on(&mut given, 1).await;
    let next = super::relay(&given, &kafka);
    reached(&next, last).await;
    assert!(next.parked().is_empty());
    story.was_told_late(&kafka.records().await);
}
