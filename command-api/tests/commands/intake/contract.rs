//! Checks commands, replies and dead letters against the `AsyncAPI` document.

use serde_json::{Value, json};

use super::support::Given;
use crate::broker::Record;

fn read(file: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas").join(file);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn assert_valid(what: &str, schema: &Value, document: &Value, value: &Value) {
    let schema = match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("../")) {
        Some(file) => read(file),
        // References within the document lead to where they are in it.
        None => json!({"components": document["components"], "allOf": [schema]}),
    };
    let validator = jsonschema::validator_for(&schema).unwrap();
    if let Err(error) = validator.validate(value) {
        panic!("{what}: {error} in {value}");
    }
}

fn assert_described(document: &Value, name: &str, record: &Record) {
    let message = &document["components"]["messages"][name];
    assert!(message.is_object(), "{name} is no message");
    assert_valid(name, &message["headers"], document, &json!(record.headers));
    if message["payload"].is_object() {
        assert_valid(name, &message["payload"]["schema"], document, &record.json());
    }
}

fn name_of(record: &Record) -> &str {
    record.headers["ce_type"].split('.').nth(1).unwrap()
}

impl Given {
    /// Every reply and every dead letter is valid by the document.
    pub(crate) async fn is_as_described(&self) {
        let document = read("asyncapi/appointments.json");
        for reply in self.broker.records(&self.settings.replies).await {
            assert_described(&document, name_of(&reply), &reply);
        }
        for letter in self.dead_letters().await {
            assert_described(&document, "DeadLetter", &letter);
        }
    }

    /// Every command that was sent is valid by the document; call it only if all are meant to be.
    pub(crate) async fn was_sent_as_described(&self) {
        let document = read("asyncapi/appointments.json");
        for command in self.broker.records(&self.settings.commands).await {
            assert_described(&document, name_of(&command), &command);
        }
    }
}
