//! The committed JSON Schemas of commands are those of the code, so that every change of the contract shows in review.

use std::path::PathBuf;

use schemars::{JsonSchema, schema_for};
use schemas::{AppointmentId, HoldId};
use serde_json::{Value, json};

use super::addressed::Address;
use super::call::{Call, TYPES};
use crate::routes::Nothing;
use crate::routes::book::Book;
use crate::routes::cancel::Cancel;
use crate::routes::hold::HoldSlotBody;
use crate::routes::reassign::Reassign;
use crate::routes::reschedule::Reschedule;

/// Set to write the schemas instead of comparing them.
const UPDATE: &str = "UPDATE_SCHEMAS";

fn body<Body: JsonSchema>() -> Value {
    schema_for!(Body).into()
}

fn addressed<Id: Address + JsonSchema, Body: JsonSchema>() -> Value {
    let mut schema = body::<Body>();
    let mut id: Value = schema_for!(Id).into();
    let id_members = id.as_object_mut().unwrap();
    id_members.retain(|name, _| !name.starts_with('$') && name != "title");
    schema["properties"][Id::MEMBER] = id;
    let mut needed = vec![json!(Id::MEMBER)];
    needed.extend(schema["required"].as_array().cloned().unwrap_or_default());
    schema["required"] = json!(needed);
    schema
}

fn schema_of(command: &str) -> Value {
    let mut schema = match command {
        "BookAppointment" => body::<Book>(),
        "HoldSlot" => body::<HoldSlotBody>(),
        "ReleaseHold" => addressed::<HoldId, Nothing>(),
        "RescheduleAppointment" => addressed::<AppointmentId, Reschedule>(),
        "ReassignAppointment" => addressed::<AppointmentId, Reassign>(),
        "CancelAppointment" => addressed::<AppointmentId, Cancel>(),
        "ConfirmAppointment" | "CompleteAppointment" | "MarkNoShow" => addressed::<AppointmentId, Nothing>(),
        other => panic!("{other} is described nowhere"),
    };
    schema["title"] = json!(command);
    schema.as_object_mut().unwrap().remove("description");
    schema
}

fn name_of(command_type: &str) -> &str {
    command_type.strip_prefix("citas.").unwrap().strip_suffix(".v1").unwrap()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../schemas/commands")
}

#[test]
fn the_committed_schemas_of_commands_are_those_of_the_code() {
    let update = std::env::var_os(UPDATE).is_some();
    let mut expected = Vec::new();
    for command_type in TYPES {
        let name = name_of(command_type);
        let (file, schema) = (format!("{name}.v1.json"), schema_of(name));
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if update {
            std::fs::write(folder().join(&file), &text).unwrap();
        }
        let committed = std::fs::read_to_string(folder().join(&file)).unwrap_or_default();
        assert!(
            committed == text,
            "{file} differs from the code: run `{UPDATE}=1 cargo test -p command-api describe` and commit what changed; if \
             what was sent until now is not taken any more, the command needs its next version"
        );
        expected.push(file);
    }
    let mut files: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    expected.sort();
    assert_eq!(files, expected, "no schema is left of a command that is not taken");
}

#[test]
fn every_type_is_read() {
    for command_type in TYPES {
        let refused = Call::read(command_type, b"{}").unwrap_err().to_json();
        assert!(!refused["field"].as_str().unwrap().contains("ce_type"), "{command_type}: {refused}");
    }
    assert!(Call::read("citas.Teleport.v1", b"{}").is_err());
}
