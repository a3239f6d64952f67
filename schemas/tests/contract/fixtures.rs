//! One frozen example of every event version ever written: what was once stored can always be read.

use std::collections::BTreeSet;

use schemas::{AgentEvent, BulkMoveEvent, ClaimEvent, DecodeError, LeadEvent, Metadata, OfficeEvent};
use serde_json::Value;

use crate::files::{file_name, named_by, names_in, read_json, written_today};

struct Fixture {
    name: String,
    event_type: String,
    schema_version: u16,
    payload: Value,
    metadata: Value,
}

fn fixtures() -> Vec<Fixture> {
    let read = |name: String| {
        let (event_type, schema_version) =
            named_by(&name).unwrap_or_else(|| panic!("{name} is no fixture's name"));
        let file = read_json("fixtures", &name);
        Fixture {
            event_type: event_type.to_owned(),
            schema_version,
            payload: file["payload"].clone(),
            metadata: file["metadata"].clone(),
            name,
        }
    };
    names_in("fixtures").into_iter().map(read).collect()
}

/// The fixture decoded and written again, with the version it is written in.
fn written_again(fixture: &Fixture) -> Result<(u16, Vec<u8>), DecodeError> {
    let (event_type, version) = (&fixture.event_type, fixture.schema_version);
    let payload = fixture.payload.to_string().into_bytes();
    let is_of = |types: &[(&str, u16)]| types.iter().any(|(known, _)| known == event_type);
    macro_rules! again {
        ($event:ident) => {{
            let event = $event::decode(event_type, version, &payload)?;
            assert_eq!(event.event_type(), event_type);
            Ok((event.schema_version(), event.payload()))
        }};
    }
    if is_of(OfficeEvent::TYPES) {
        again!(OfficeEvent)
    } else if is_of(ClaimEvent::TYPES) {
        again!(ClaimEvent)
    } else if is_of(BulkMoveEvent::TYPES) {
        again!(BulkMoveEvent)
    } else if is_of(LeadEvent::TYPES) {
        again!(LeadEvent)
    } else {
        again!(AgentEvent)
    }
}

#[test]
fn every_version_written_today_has_its_fixture() {
    let committed: BTreeSet<String> = names_in("fixtures").into_iter().collect();
    for (event_type, version) in written_today() {
        for version in 1..=version {
            let name = file_name(event_type, version);
            assert!(committed.contains(&name), "write an example of it into fixtures/{name}");
        }
    }
}

#[test]
fn every_fixture_still_decodes_and_is_written_the_same() {
    for fixture in fixtures() {
        let (version, payload) =
            written_again(&fixture).unwrap_or_else(|error| panic!("{}: {error:?}", fixture.name));
        if version == fixture.schema_version {
            let payload: Value = serde_json::from_slice(&payload).unwrap();
            assert_eq!(payload, fixture.payload, "{}", fixture.name);
        }
    }
}

#[test]
fn every_fixtures_metadata_still_decodes_and_is_written_the_same() {
    for fixture in fixtures() {
        let metadata: Metadata = serde_json::from_value(fixture.metadata.clone()).unwrap();
        assert_eq!(metadata.schema_version, fixture.schema_version, "{}", fixture.name);
        assert_eq!(serde_json::to_value(&metadata).unwrap(), fixture.metadata, "{}", fixture.name);
    }
}

#[test]
fn every_fixture_follows_its_committed_schema() {
    let metadata_schema = read_json("json", "Metadata.json");
    for fixture in fixtures() {
        let schema = read_json("json", &fixture.name);
        for (schema, instance) in [(&schema, &fixture.payload), (&metadata_schema, &fixture.metadata)] {
            let validator = jsonschema::options().should_validate_formats(true).build(schema).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(instance)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{}: {errors:?}", fixture.name);
        }
    }
}

/// A member that no fixture shows could be renamed without anyone noticing.
#[test]
fn every_fixture_shows_every_member_of_its_schema() {
    for fixture in fixtures() {
        let schema = read_json("json", &fixture.name);
        let mut missing = Vec::new();
        members_not_in(&fixture.payload, &schema, &schema, &mut missing);
        assert!(missing.is_empty(), "{} lacks {missing:?}", fixture.name);
    }
}

fn members_not_in(instance: &Value, schema: &Value, root: &Value, missing: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target =
            root.pointer(reference.trim_start_matches('#')).expect("a schema refers to its own parts");
        members_not_in(instance, target, root, missing);
    }
    for choice in schema["anyOf"].as_array().into_iter().flatten() {
        members_not_in(instance, choice, root, missing);
    }
    for item in instance.as_array().into_iter().flatten() {
        members_not_in(item, &schema["items"], root, missing);
    }
    for (member, inner) in schema["properties"].as_object().into_iter().flatten() {
        match instance.get(member) {
            Some(value) => members_not_in(value, inner, root, missing),
            None => missing.push(member.clone()),
        }
    }
}

#[test]
fn a_change_of_a_fixture_is_found_out() {
    let mut changed =
        fixtures().into_iter().find(|fixture| fixture.event_type == "AppointmentBooked").unwrap();
    changed.payload.as_object_mut().unwrap().remove("duration_minutes");
    assert!(matches!(
        written_again(&changed),
        Err(DecodeError::Payload { event_type: "AppointmentBooked", .. })
    ));
}
