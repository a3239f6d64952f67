//! Checks that the committed JSON Schemas of commands match the code, so that every change of the contract shows in
//! review.

use std::path::PathBuf;

use operation::Description;
use schemas::ActorKind;
use serde_json::{Value, json};

use super::messages::{MESSAGES, Message};

/// Set to write the schemas instead of comparing them.
const UPDATE: &str = "UPDATE_SCHEMAS";

/// The schema of a message's payload: the request's, with the target's members added.
fn schema_of(operation: &Description) -> Value {
    let mut schema: Value = (operation.request)().into();
    let target: Value = (operation.target)().into();
    let of_target = |name: &str| target[name].clone();
    let mut required: Vec<Value> = of_target("required").as_array().cloned().unwrap_or_default();
    required.extend(schema["required"].as_array().cloned().unwrap_or_default());
    if let Some(members) = of_target("properties").as_object() {
        for (name, member) in members {
            schema["properties"][name] = member.clone();
        }
    }
    if let Some(definitions) = of_target("$defs").as_object() {
        for (name, definition) in definitions {
            schema["$defs"][name] = definition.clone();
        }
    }
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema["title"] = json!(operation.name);
    schema["description"] = json!(operation.summary);
    schema
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../schemas/commands")
}

#[test]
fn the_committed_schemas_of_commands_are_those_of_the_code() {
    let update = std::env::var_os(UPDATE).is_some();
    let mut expected = Vec::new();
    for Message { operation, .. } in &MESSAGES {
        let (file, schema) = (format!("{}.v1.json", operation.name), schema_of(operation));
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if update {
            std::fs::write(folder().join(&file), &text).unwrap();
        }
        let committed = std::fs::read_to_string(folder().join(&file)).unwrap_or_default();
        assert!(
            committed == text,
            "{file} differs from the code: run `{UPDATE}=1 cargo test -p command-api describe` and commit the change; \
             if messages that were valid are not accepted any more, the command needs a new version"
        );
        expected.push(file);
    }
    let mut files: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    expected.sort();
    assert_eq!(files, expected, "every schema belongs to a command that is accepted");
}

#[test]
fn every_type_is_read_and_other_systems_may_send_it() {
    for message in &MESSAGES {
        let command_type = message.command_type();
        let refused = Message::read(&command_type, b"{}").err().unwrap().to_json();
        assert!(!refused["field"].as_str().unwrap().contains("ce_type"), "{command_type}: {refused}");
        assert!(message.operation.access.allows(ActorKind::Service), "{command_type}");
    }
    assert!(Message::read("citas.Teleport.v1", b"{}").is_err());
}
