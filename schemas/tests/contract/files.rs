//! The committed files of the contract, by event type and version.

use std::fs;
use std::path::PathBuf;

use schemas::{AgentEvent, BulkMoveEvent, ClaimEvent, LeadEvent, OfficeEvent};
use serde_json::Value;

pub(crate) fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Every event type with its current version.
pub(crate) fn written_today() -> impl Iterator<Item = (&'static str, u16)> {
    AgentEvent::TYPES
        .iter()
        .chain(OfficeEvent::TYPES)
        .chain(ClaimEvent::TYPES)
        .chain(BulkMoveEvent::TYPES)
        .chain(LeadEvent::TYPES)
        .copied()
}

pub(crate) fn file_name(event_type: &str, schema_version: u16) -> String {
    format!("{event_type}.v{schema_version}.json")
}

/// The type and version in a file's name, if it has any.
pub(crate) fn named_by(file_name: &str) -> Option<(&str, u16)> {
    let (event_type, version) = file_name.strip_suffix(".json")?.rsplit_once(".v")?;
    Some((event_type, version.parse().ok()?))
}

/// The names of the files in a folder, in order.
pub(crate) fn names_in(name: &str) -> Vec<String> {
    let entries = fs::read_dir(folder(name)).expect("the folder is committed");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("a folder can be listed").file_name().into_string())
        .collect::<Result<_, _>>()
        .expect("file names are text");
    names.sort();
    names
}

pub(crate) fn read(folder_name: &str, file_name: &str) -> String {
    let path = folder(folder_name).join(file_name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn read_json(folder_name: &str, file_name: &str) -> Value {
    let text = read(folder_name, file_name);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{folder_name}/{file_name}: {error}"))
}
