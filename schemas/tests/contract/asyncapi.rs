//! The `AsyncAPI` document describes exactly what the code publishes to other systems.

use std::collections::BTreeSet;

use schemas::{AgentEvent, LeadEvent};
use serde_json::{Value, json};

use crate::files::{file_name, names_in, read_json};

fn document() -> Value {
    read_json("asyncapi", "appointments.json")
}

/// The names of the published types.
fn published_types() -> impl Iterator<Item = &'static str> {
    AgentEvent::PUBLISHED_TYPES.iter().chain(LeadEvent::PUBLISHED_TYPES).copied()
}

/// The published types, each with its current version.
fn published() -> Vec<(&'static str, u16)> {
    let is_published = |event_type: &str| published_types().any(|published| published == event_type);
    let all = AgentEvent::TYPES.iter().chain(LeadEvent::TYPES).copied();
    all.filter(|(event_type, _)| is_published(event_type)).collect()
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
    assert_eq!(published.len(), published_types().count(), "each is a type of event");
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
    assert!(named.len() > 2 * published_types().count());
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

/// Members that are not published though nothing in them is `Personal`.
const WITHHELD: &[&str] = &["/receipts"];

/// A member of an event, at any depth.
struct Member {
    /// Where it is, as a JSON pointer without the places in lists.
    pointer: String,
    is_personal: bool,
}

impl Member {
    fn leaves(&self) -> bool {
        !self.is_personal && !WITHHELD.iter().any(|withheld| self.pointer.starts_with(withheld))
    }

    fn name(&self) -> &str {
        self.pointer.rsplit('/').next().expect("a pointer has a last part")
    }
}

/// The members of an event by its schema. What is `Personal` is not looked into.
fn members_of(event_type: &str, version: u16) -> Vec<Member> {
    let schema = read_json("json", &file_name(event_type, version));
    let mut found = Vec::new();
    collect_members(&schema, &schema, "", &mut found);
    assert!(!found.is_empty(), "an event has members");
    found
}

fn collect_members(schema: &Value, root: &Value, pointer: &str, found: &mut Vec<Member>) {
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let pointer = format!("{pointer}/{name}");
        let mut named = BTreeSet::new();
        references(member, &mut named);
        let is_personal = named.iter().any(|name| name.starts_with("#/$defs/Personal_"));
        found.push(Member { pointer: pointer.clone(), is_personal });
        for name in named.iter().filter(|_| !is_personal) {
            let inner = root.pointer(name.trim_start_matches('#')).expect("a schema refers to its own parts");
            collect_members(inner, root, &pointer, found);
        }
    }
}

/// Removes a member, which no list is around.
fn take_out(json: &mut Value, pointer: &str) -> Option<Value> {
    let (around, name) = pointer.rsplit_once('/').expect("a member is in an object");
    json.pointer_mut(around)?.as_object_mut()?.remove(name)
}

/// The published payload of an agent's example, if it has one.
fn public_agent_event((event_type, version): (&str, u16)) -> Option<Value> {
    let fixture = read_json("fixtures", &file_name(event_type, version));
    let stored = AgentEvent::decode(event_type, version, fixture["payload"].to_string().as_bytes())
        .expect("an example is as it is stored");
    let (appointment_id, payload) = stored.published()?;
    let payload: Value = serde_json::from_slice(&payload).expect("an example is as it is stored");
    let told = payload.get("appointment_id").or_else(|| payload.pointer("/appointment/appointment_id"));
    assert_eq!(told, Some(&json!(appointment_id)));
    Some(payload)
}

/// The same of a lead's.
fn public_lead_event((event_type, version): (&str, u16)) -> Option<Value> {
    let fixture = read_json("fixtures", &file_name(event_type, version));
    let stored = LeadEvent::decode(event_type, version, fixture["payload"].to_string().as_bytes())
        .expect("an example is as it is stored");
    let (lead_id, payload) = stored.published()?;
    let payload: Value = serde_json::from_slice(&payload).expect("an example is as it is stored");
    assert_eq!(payload["lead_id"], json!(lead_id));
    Some(payload)
}

/// The examples have every member, so a member left out of them is left out of all events.
#[test]
fn what_is_published_is_of_its_schema_and_tells_nothing_personal() {
    let of_agents = AgentEvent::TYPES.iter().map(|named| (*named, public_agent_event(*named)));
    let of_leads = LeadEvent::TYPES.iter().map(|named| (*named, public_lead_event(*named)));
    for ((event_type, version), published) in of_agents.chain(of_leads) {
        let is_public = published_types().any(|published| published == event_type);
        assert_eq!(published.is_some(), is_public, "{event_type}");
        let Some(payload) = published else { continue };
        let fixture = read_json("fixtures", &file_name(event_type, version));
        let validator = jsonschema::validator_for(&payload_schema(event_type)).unwrap();
        if let Err(error) = validator.validate(&payload) {
            panic!("{event_type}: {error}");
        }
        let mut expected = fixture["payload"].clone();
        for Member { pointer, is_personal } in members_of(event_type, version) {
            if !is_personal && !WITHHELD.contains(&pointer.as_str()) {
                continue;
            }
            let left_out = take_out(&mut expected, &pointer).expect("the example has it");
            let mut leaked = payload.clone();
            let (around, name) = pointer.rsplit_once('/').unwrap();
            leaked.pointer_mut(around).expect("what it is in is published")[name] = left_out;
            assert!(!validator.is_valid(&leaked), "{event_type}: the document would let {pointer} leave");
        }
        assert_eq!(payload, expected, "{event_type}");
    }
    for (event_type, pointer) in
        [("AppointmentBooked", "/notes"), ("AppointmentHandedOver", "/appointment/notes")]
    {
        let is_found = |member: &Member| member.pointer == pointer && member.is_personal;
        assert!(members_of(event_type, 1).iter().any(is_found), "they are looked for where they are");
    }
}

/// A new member of an event is published, unless it is `Personal`: that is decided here.
#[test]
fn what_leaves_was_decided_on() {
    let members: Vec<Member> = published_types().flat_map(|event_type| members_of(event_type, 1)).collect();
    let leaving: BTreeSet<&str> = members.iter().filter(|member| member.leaves()).map(Member::name).collect();
    let decided = [
        "agent_id",
        "appointment",
        "appointment_id",
        "appointment_type",
        "at",
        "buffer_after_minutes",
        "buffer_before_minutes",
        "by",
        "cancelled_by",
        "changed",
        "channel",
        "confirm_by",
        "created_at",
        "duration_minutes",
        "end",
        "forced",
        "hold_id",
        "id",
        "keep",
        "kind",
        "lead_id",
        "local_start",
        "location_source",
        "max_appointments_per_slot",
        "origin",
        "outcome",
        "preferred_channel",
        "previous_end",
        "previous_start",
        "property_id",
        "purpose",
        "requested_by",
        "reservation_id",
        "sequence",
        "start",
        "status",
        "time_zone",
        "to_agent_id",
        "updated_at",
        "version",
    ];
    assert_eq!(leaving, BTreeSet::from(decided), "decide whether the new member is Personal");
}
