use serde_json::{Value, json};

use super::Unchanged;
use super::commands::commands;

/// A value of each JSON type, and numbers that no whole number of the interface is as large or as small as.
fn values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!("\u{0}"),
        json!([]),
        json!({}),
        json!(["x", "x", "x", "x", "x", "x", "x", "x"]),
        json!({"unheard_of": 1}),
        json!(1.5),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
    ]
}

/// Every place in a body: as a pointer, and as refusals name it.
fn places(value: &Value, pointer: &str, name: &str, found: &mut Vec<(String, String)>) {
    let below: Vec<(String, String, &Value)> = match value {
        Value::Object(members) => {
            let dot = if name.is_empty() { "" } else { "." };
            members.iter().map(|(key, value)| (key.clone(), format!("{name}{dot}{key}"), value)).collect()
        }
        Value::Array(items) => {
            let numbered = items.iter().enumerate();
            numbered.map(|(place, item)| (place.to_string(), format!("{name}[{place}]"), item)).collect()
        }
        _ => Vec::new(),
    };
    for (key, name, value) in below {
        let pointer = format!("{pointer}/{key}");
        places(value, &pointer, &name, found);
        found.push((pointer, name));
    }
}

/// Whether this is no more wrong in the place of `right` than that itself.
fn is_alike(right: &Value, value: &Value) -> bool {
    match (right, value) {
        (Value::Array(right), Value::Array(items)) => {
            right.iter().chain(items).all(Value::is_string) || items.is_empty()
        }
        (Value::Object(_), Value::Object(members)) => members.is_empty(),
        (Value::Bool(_), Value::Bool(_)) => true,
        _ => false,
    }
}

#[tokio::test]
async fn no_member_at_any_depth_takes_a_value_of_another_type() {
    let test = Unchanged::new().await;
    for command in commands("7", &test.appointment) {
        let mut found = Vec::new();
        places(&command.body, "", "", &mut found);
        for (pointer, name) in found {
            let member = pointer.rsplit('/').next().unwrap();
            for value in values() {
                let mut body = command.body.clone();
                let place = body.pointer_mut(&pointer).unwrap();
                if is_alike(place, &value) || value.is_null() && command.optional.contains(&member) {
                    continue;
                }
                let is_null = value.is_null();
                *place = value;
                let answer =
                    test.given.client.request(command.method, &command.path).body(&body).answer().await;
                let problem = answer.refused(400, "malformed_request");
                let is_named = problem["field"].as_str().unwrap().starts_with(&name);
                // Null is as if it were left out, and may be asked for together with others.
                let is_asked_for = is_null && problem["detail"].as_str().unwrap().contains(member);
                assert!(is_named || is_asked_for, "{name}: {body}: {problem}");
            }
        }
    }
    test.assert_nothing_stored().await;
}

#[tokio::test]
async fn a_member_that_is_missing_is_asked_for() {
    let test = Unchanged::new().await;
    for command in commands("7", &test.appointment) {
        let mut found = Vec::new();
        places(&command.body, "", "", &mut found);
        for (pointer, _) in found {
            let (parent, member) = pointer.rsplit_once('/').unwrap();
            let mut body = command.body.clone();
            let parent = body.pointer_mut(parent).unwrap().as_object_mut();
            let may_be_missing = command.optional.contains(&member) || command.preset.contains(&member);
            let Some(parent) = parent.filter(|_| !may_be_missing) else { continue };
            parent.remove(member);
            let answer = test.given.client.request(command.method, &command.path).body(&body).answer().await;
            let problem = answer.problem();
            let is_asked_for = |part: &str| problem[part].as_str().unwrap_or_default().contains(member);
            assert_eq!(answer.status, 400, "{answer:?}");
            assert!(is_asked_for("detail") || is_asked_for("field"), "{} {member}: {problem}", command.path);
        }
    }
    test.assert_nothing_stored().await;
}
