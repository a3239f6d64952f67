//! How readers handle unknown members, types and versions.

use std::collections::BTreeMap;

use schemas::value::{LeadContact, LocalInterval};
use schemas::{AgentEvent, BulkMoveEvent, ClaimEvent, DecodeError, LeadEvent, Metadata, OfficeEvent};
use serde_json::{Value, json};

use crate::files::{file_name, read_json, written_today};

fn payload(event_type: &str) -> Value {
    read_json("fixtures", &file_name(event_type, 1))["payload"].clone()
}

/// Does the same with the types of every aggregate's events.
macro_rules! for_every_aggregate {
    ($what:ident $(, $more:expr)*) => {
        $what!(AgentEvent $(, $more)*);
        $what!(OfficeEvent $(, $more)*);
        $what!(ClaimEvent $(, $more)*);
        $what!(BulkMoveEvent $(, $more)*);
        $what!(LeadEvent $(, $more)*);
    };
}

#[test]
fn members_of_a_later_writer_are_passed_over() {
    macro_rules! passed_over {
        ($event:ident) => {
            for (event_type, version) in $event::TYPES {
                let payload = payload(event_type);
                let later = with_more_members(payload.clone());
                let read =
                    |json: &Value| $event::decode(event_type, *version, json.to_string().as_bytes()).unwrap();
                // An answer that is remembered is kept as it is.
                if *event_type == "CommandHadNoEffect" {
                    assert_ne!(read(&later), read(&payload));
                } else {
                    assert_eq!(read(&later), read(&payload), "{event_type}");
                }
            }
        };
    }
    for_every_aggregate!(passed_over);
    let now = read_json("fixtures", &file_name("AppointmentBooked", 1))["metadata"].clone();
    let later = with_more_members(now.clone());
    let read = |json: Value| serde_json::from_value::<Metadata>(json).unwrap();
    assert_eq!(read(later), read(now));
}

/// Adds a member to every object, except `name`, which holds languages, and `parts_of_day`, which holds the parts that there
/// are.
fn with_more_members(mut value: Value) -> Value {
    if let Some(items) = value.as_array_mut() {
        for item in items {
            *item = with_more_members(item.take());
        }
    } else if let Some(members) = value.as_object_mut() {
        for (name, member) in members.iter_mut() {
            match (name.as_str(), member.as_object_mut()) {
                ("name", _) => {}
                ("parts_of_day", Some(parts)) => {
                    parts.values_mut().for_each(|part| *part = with_more_members(part.take()));
                }
                _ => *member = with_more_members(member.take()),
            }
        }
        members.insert("added_later".to_owned(), json!({"anything": [1, null]}));
    }
    value
}

#[test]
fn what_a_client_misspells_is_refused_all_the_same() {
    assert!(serde_json::from_value::<LeadContact>(json!({"phon": "+56912345678"})).is_err());
    let interval = json!({"start_time": "09:00", "end_time": "11:00", "end": "12:00"});
    assert!(serde_json::from_value::<LocalInterval>(interval).is_err());
}

#[test]
fn optional_members_may_be_missing() {
    let mut booked = payload("AppointmentBooked");
    let members = booked.as_object_mut().unwrap();
    for optional in ["location", "property_id", "notes", "lead_contact", "hold_id"] {
        assert!(members.remove(optional).is_some(), "{optional}");
    }
    let text = booked.to_string();
    let event = AgentEvent::decode("AppointmentBooked", 1, text.as_bytes()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&event.payload()).unwrap(), booked);
}

#[test]
fn an_unknown_type_or_version_is_told_from_a_broken_payload() {
    let confirmed = payload("AppointmentConfirmed").to_string();
    for (event_type, version) in [("AppointmentConfirmed", 2), ("AppointmentConfirmed", 0), ("Renamed", 1)] {
        match AgentEvent::decode(event_type, version, confirmed.as_bytes()) {
            Err(DecodeError::Unknown { event_type: said, schema_version }) => {
                assert_eq!((said.as_str(), schema_version), (event_type, version));
            }
            other => panic!("{event_type} {version}: {other:?}"),
        }
    }
    for broken in ["", "{}", "[]", r#"{"appointment_id": "1"}"#, "null"] {
        assert!(
            matches!(
                AgentEvent::decode("AppointmentConfirmed", 1, broken.as_bytes()),
                Err(DecodeError::Payload { event_type: "AppointmentConfirmed", .. })
            ),
            "{broken:?}"
        );
    }
}

/// What they have in common is that a command may have had no effect; claims are not sent again under the same id.
#[test]
fn an_event_of_one_aggregate_is_unknown_to_the_others() {
    let is_known = |types: &[(&str, u16)], wanted: &str| types.iter().any(|(known, _)| *known == wanted);
    macro_rules! known_to_whom {
        ($event:ident, $shared:expr) => {
            for (event_type, version) in written_today() {
                let read = $event::decode(event_type, version, payload(event_type).to_string().as_bytes());
                let known = is_known($event::TYPES, event_type);
                assert_eq!(read.is_ok(), known, "{event_type}");
                if !known {
                    assert!(matches!(read, Err(DecodeError::Unknown { .. })), "{event_type}");
                }
                *$shared.entry(event_type).or_insert(0) += usize::from(known);
            }
        };
    }
    let mut known_to: BTreeMap<&str, usize> = BTreeMap::new();
    for_every_aggregate!(known_to_whom, known_to);
    let shared: Vec<_> = known_to.iter().filter(|(_, count)| **count > 1).map(|(known, _)| *known).collect();
    assert_eq!(shared, ["BlockChanged", "CommandHadNoEffect"]);
}

#[test]
fn an_answer_that_is_remembered_is_read_as_it_was_written() {
    let payload = payload("CommandHadNoEffect").to_string();
    let of_agent = AgentEvent::decode("CommandHadNoEffect", 1, payload.as_bytes()).unwrap();
    let of_office = OfficeEvent::decode("CommandHadNoEffect", 1, payload.as_bytes()).unwrap();
    assert_eq!(of_agent.payload(), of_office.payload());
    assert_eq!((of_agent.appointment_id(), of_agent.published()), (None, None));
}

/// Text that is not UTF-8 could not be shown.
#[test]
fn what_is_not_utf_8_is_not_read_even_in_members_that_are_not_known() {
    let with_latin_1 = |json: &Value| {
        let mut bytes = json.to_string().into_bytes();
        assert_eq!(bytes.pop(), Some(b'}'));
        bytes.extend(b",\"added_later\":\"\xf1\"}");
        bytes
    };
    let fixture = read_json("fixtures", &file_name("AppointmentConfirmed", 1));
    let read = AgentEvent::decode("AppointmentConfirmed", 1, &with_latin_1(&fixture["payload"]));
    assert!(matches!(read, Err(DecodeError::Payload { .. })), "{read:?}");
    assert!(Metadata::read(&with_latin_1(&fixture["metadata"])).is_err());
}

/// Adds digits after the seconds of every time; a `Z` stays at the end.
fn with_nanoseconds(value: &mut Value, count: &mut usize) {
    match value {
        Value::String(text) if is_time(text) => {
            *count += 1;
            *text = text[..19].to_owned() + ".123456789" + if text.ends_with('Z') { "Z" } else { "" };
        }
        Value::Object(members) => members.values_mut().for_each(|member| with_nanoseconds(member, count)),
        Value::Array(items) => items.iter_mut().for_each(|item| with_nanoseconds(item, count)),
        _ => {}
    }
}

fn is_time(text: &str) -> bool {
    let form = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        10 => byte == b'T',
        13 | 16 => byte == b':',
        _ => byte.is_ascii_digit(),
    };
    19 <= text.len() && text.bytes().take(19).enumerate().all(form)
}

#[test]
fn an_event_holds_times_to_the_microsecond_whoever_wrote_it() {
    let mut times = 0;
    macro_rules! to_the_microsecond {
        ($event:ident) => {
            // An answer is kept as it was written.
            for (event_type, version) in $event::TYPES.iter().filter(|(of, _)| *of != "CommandHadNoEffect") {
                let mut payload = payload(event_type);
                with_nanoseconds(&mut payload, &mut times);
                let event = $event::decode(event_type, *version, payload.to_string().as_bytes()).unwrap();
                assert_micros(&event.payload());
            }
        };
    }
    for_every_aggregate!(to_the_microsecond);
    let mut metadata = read_json("fixtures", &file_name("AppointmentBooked", 1))["metadata"].clone();
    with_nanoseconds(&mut metadata, &mut times);
    let metadata = Metadata::read(metadata.to_string().as_bytes()).unwrap();
    assert_micros(&serde_json::to_vec(&metadata).unwrap());
    assert!(times > 20, "only {times} times were found");
}

fn assert_micros(json: &[u8]) {
    let text = String::from_utf8_lossy(json);
    assert!(!text.contains(".123456789"), "{text}");
}
