//! The committed JSON Schemas are those of the code, so that every change of the contract shows in review.

use std::fs;

use schemas::{AgentEvent, BulkMoveEvent, ClaimEvent, LeadEvent, Metadata, OfficeEvent};

use crate::files::{file_name, folder, named_by, names_in, read, written_today};

/// Set to write the schemas instead of comparing them.
const UPDATE: &str = "UPDATE_SCHEMAS";

fn schemas_of_the_code() -> Vec<(String, String)> {
    let events = AgentEvent::json_schemas().into_iter().chain(OfficeEvent::json_schemas());
    let events = events.chain(ClaimEvent::json_schemas()).chain(BulkMoveEvent::json_schemas());
    let events = events.chain(LeadEvent::json_schemas());
    let mut schemas: Vec<_> =
        events.map(|(event_type, version, schema)| (file_name(event_type, version), schema)).collect();
    schemas.push(("Metadata.json".to_owned(), schemars::schema_for!(Metadata)));
    let text = |schema| serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n";
    schemas.into_iter().map(|(name, schema)| (name, text(schema))).collect()
}

#[test]
fn the_committed_schemas_are_those_of_the_code() {
    let schemas = schemas_of_the_code();
    if std::env::var_os(UPDATE).is_some() {
        for (name, schema) in &schemas {
            fs::write(folder("json").join(name), schema).unwrap();
        }
    }
    let committed = names_in("json");
    let stale: Vec<&String> = schemas
        .iter()
        .filter(|(name, schema)| !committed.contains(name) || read("json", name) != *schema)
        .map(|(name, _)| name)
        .collect();
    assert!(
        stale.is_empty(),
        "{stale:?} differ from the code; if stored events still decode, run `{UPDATE}=1 cargo test -p schemas json_schemas` \
         and commit what changed; if not, the payload needs its next version"
    );
}

#[test]
fn no_schema_is_left_of_an_event_that_never_was() {
    for name in names_in("json").iter().filter(|name| *name != "Metadata.json") {
        let (event_type, version) = named_by(name).unwrap_or_else(|| panic!("{name} is no schema's name"));
        let known = written_today().any(|(known, newest)| known == event_type && version <= newest);
        assert!(known, "{name}");
    }
}
