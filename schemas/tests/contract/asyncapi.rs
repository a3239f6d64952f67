//! The `AsyncAPI` document describes exactly what the code publishes to other systems.

use std::collections::BTreeSet;

use schemas::AgentEvent;
use serde_json::{Value, json};

use crate::files::{file_name, names_in, read_json};

fn document() -> Value {
    read_json("asyncapi", "appointments.json")
}

/// The published types, each with its current version.
fn published() -> Vec<(&'static str, u16)> {
    let is_published = |event_type: &str| AgentEvent::PUBLISHED_TYPES.contains(&event_type);
    AgentEvent::TYPES.iter().copied().filter(|(event_type, _)| is_published(event_type)).collect()
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// The schema of a message's payload, with the file that it refers to in place of the reference.
fn payload_schema(event_type: &str) -> Value {
    fn resolve(schema: Value) -> Value {
        match schema {
            Value::Object(members) => {
                if let Some(name) = members.get("$ref").and_then(Value::as_str) {
                    let mut file = read_json(
                        "json",
                        name.strip_prefix("../json/").expect("files are referred to alone"),
                    );
                    // Makes the file's own references resolve within it.
                    file["$id"] = json!(format!("urn:citas:{name}"));
                    return file;
                }
                members.into_iter().map(|(name, member)| (name, resolve(member))).collect()
            }
            Value::Array(items) => items.into_iter().map(resolve).collect(),
            other => other,
        }
    }
    resolve(document()["components"]["messages"][event_type]["payload"]["schema"].take())
}

#[test]
fn every_published_type_is_a_message_and_nothing_else_is() {
    let document = document();
    let told: BTreeSet<&str> = document["channels"]["appointmentEvents"]["messages"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let published = published();
    assert_eq!(published.len(), AgentEvent::PUBLISHED_TYPES.len(), "each is a type of event");
    assert_eq!(told, published.iter().map(|(event_type, _)| *event_type).collect());
    for (event_type, version) in published {
        let message = &document["components"]["messages"][event_type];
        let ce_type = &message["headers"]["allOf"][1]["properties"]["ce_type"]["const"];
        assert_eq!(*ce_type, json!(format!("citas.{event_type}.v{version}")));
        let mut named = BTreeSet::new();
        references(&message["payload"], &mut named);
        assert_eq!(named, BTreeSet::from([format!("../json/{}", file_name(event_type, version))]));
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut named = BTreeSet::new();
    references(&document, &mut named);
    assert!(named.len() > 2 * AgentEvent::PUBLISHED_TYPES.len());
    for reference in named {
        let leads_somewhere = match reference.strip_prefix("../").and_then(|file| file.split_once('/')) {
            Some((folder, name)) => names_in(folder).iter().any(|file| file == name),
            None => document.pointer(reference.trim_start_matches('#')).is_some(),
        };
        assert!(leads_somewhere, "{reference}");
    }
}

/// The schemas of commands are committed by command-api's tests, and their answers are tested there.
#[test]
fn every_command_is_a_message_with_its_schema() {
    let document = document();
    let messages = document["channels"]["appointmentCommands"]["messages"].as_object().unwrap();
    let files: BTreeSet<String> = names_in("commands").into_iter().collect();
    assert_eq!(files, messages.keys().map(|name| file_name(name, 1)).collect());
    for name in messages.keys() {
        let message = &document["components"]["messages"][name];
        let ce_type = &message["headers"]["allOf"][1]["properties"]["ce_type"]["const"];
        assert_eq!(*ce_type, json!(format!("citas.{name}.v1")));
        assert_eq!(
            message["payload"]["schema"]["$ref"],
            json!(format!("../commands/{}", file_name(name, 1)))
        );
        jsonschema::validator_for(&read_json("commands", &file_name(name, 1))).unwrap();
    }
}

/// The members of an event that are `Personal`, by its schema.
fn personal_members(event_type: &str, version: u16) -> BTreeSet<String> {
    let schema = read_json("json", &file_name(event_type, version));
    let members = schema["properties"].as_object().expect("an event has members");
    let personal = members.iter().filter(|(_, member)| {
        let mut named = BTreeSet::new();
        references(member, &mut named);
        named.iter().any(|name| name.starts_with("#/$defs/Personal_"))
    });
    personal.map(|(name, _)| name.clone()).collect()
}

/// The examples have every member, so a member left out of them is left out of all events.
#[test]
fn what_is_published_is_of_its_schema_and_tells_nothing_personal() {
    for (event_type, version) in AgentEvent::TYPES {
        let fixture = read_json("fixtures", &file_name(event_type, *version));
        let stored =
            AgentEvent::decode(event_type, *version, fixture["payload"].to_string().as_bytes()).unwrap();
        assert_eq!(stored.event_type(), *event_type);
        let published = stored.published();
        assert_eq!(published.is_some(), AgentEvent::PUBLISHED_TYPES.contains(event_type), "{event_type}");
        let Some((appointment_id, payload)) = published else { continue };
        let payload: Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(payload["appointment_id"], json!(appointment_id));

        let validator = jsonschema::validator_for(&payload_schema(event_type)).unwrap();
        if let Err(error) = validator.validate(&payload) {
            panic!("{event_type}: {error}");
        }
        let personal = personal_members(event_type, *version);
        let mut expected = fixture["payload"].clone();
        expected.as_object_mut().unwrap().retain(|name, _| !personal.contains(name));
        assert_eq!(payload, expected, "{event_type}");
        for name in personal {
            let mut leaked = payload.clone();
            leaked[&name] = fixture["payload"][&name].clone();
            assert!(!validator.is_valid(&leaked), "{event_type}: the document would let {name} leave");
        }
    }
    assert!(!personal_members("AppointmentBooked", 1).is_empty(), "they are looked for where they are");
}

/// A new member of an event is published, unless it is `Personal`: that is decided here.
#[test]
fn what_leaves_was_decided_on() {
    let leaving = AgentEvent::PUBLISHED_TYPES.iter().flat_map(|name| {
        let schema = read_json("json", &file_name(name, 1));
        let personal = personal_members(name, 1);
        let members: Vec<String> = schema["properties"].as_object().unwrap().keys().cloned().collect();
        members.into_iter().filter(move |member| !personal.contains(member))
    });
    let leaving: BTreeSet<String> = leaving.collect();
    let decided = [
        "agent_id",
        "appointment_id",
        "appointment_type",
        "buffer_after_minutes",
        "buffer_before_minutes",
        "cancelled_by",
        "duration_minutes",
        "end",
        "hold_id",
        "lead_id",
        "local_start",
        "max_appointments_per_slot",
        "origin",
        "previous_end",
        "previous_start",
        "property_id",
        "reassigned_from",
        "sequence",
        "start",
        "time_zone",
        "to_agent_id",
        "version",
    ];
    let leaving: BTreeSet<&str> = leaving.iter().map(String::as_str).collect();
    assert_eq!(leaving, BTreeSet::from(decided), "decide whether the new member is Personal");
}
