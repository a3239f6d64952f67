//! Where personal data may be kept, and which code may read it.

use std::path::{Path, PathBuf};

use crate::assert_none;
use crate::sources::{code_lines, is_test, rust_files};
use crate::workspace::text;

/// Words in the names of members that suggest personal data.
const TELLING: [&str; 10] =
    ["name", "email", "phone", "address", "location", "note", "reason", "contact", "comment", "text"];

/// Members with such names that hold no personal data of a lead.
const NOT_OF_A_LEAD: &[(&str, &str, &str)] = &[
    ("AgentProfile", "name", "an agent's own, shown to leads"),
    ("AgentProfile", "email", "an agent's own, known from the CRM"),
    ("AgentProfile", "phone", "an agent's own, known from the CRM"),
    ("AppointmentType", "name", "what a kind of appointment is called"),
    ("AppointmentType", "location_kind", "property, video or telephone; no place"),
    (
        "AppointmentBooked",
        "location_source",
        "whether the location is an agent's room or made from a template",
    ),
    (
        "AppointmentSnapshot",
        "location_source",
        "whether the location is an agent's room or made from a template",
    ),
    ("OfficePolicy", "name", "the agency's name"),
    ("Block", "reason", "why an agent or the office is away; there is no lead"),
    ("BulkMoveStarted", "reason", "why an agent's visits go to others; there is no lead"),
    ("LeadContact", "name", "stands in events as a whole, as `Personal<LeadContact>`"),
    ("LeadContact", "email", "stands in events as a whole, as `Personal<LeadContact>`"),
    ("LeadContact", "phone", "stands in events as a whole, as `Personal<LeadContact>`"),
    ("StoredLeadContact", "name", "how `LeadContact` is read back"),
    ("StoredLeadContact", "email", "how `LeadContact` is read back"),
    ("StoredLeadContact", "phone", "how `LeadContact` is read back"),
];

/// The only sources that may read a lead's data: for responses of the API, never to decide, log or notify.
const SHOWING: [&str; 3] =
    ["read-model/src/appointment.rs", "read-model/src/history.rs", "read-model/src/lead.rs"];

/// The members of structs: the name of the struct, and the name and type of the member.
fn members(text: &str) -> Vec<(&str, &str, &str)> {
    let mut of = "";
    let mut members = Vec::new();
    for (_, line) in code_lines(text) {
        let line = line.trim().trim_start_matches("pub ").trim_start_matches("pub(crate) ");
        let line = line.trim_start_matches("pub(super) ");
        if let Some(name) = line.strip_prefix("struct ") {
            of = name.split([' ', '<', '(', ';']).next().unwrap_or_default();
        } else if let Some((name, kind)) = line.split_once(": ")
            && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        {
            members.push((of, name, kind.trim_end_matches(',')));
        }
    }
    members
}

/// Whether a word of the name suggests personal data.
fn is_telling(name: &str) -> bool {
    name.split('_').any(|word| TELLING.contains(&word.trim_end_matches('s')) || TELLING.contains(&word))
}

/// The sources of the events and of the values in them.
fn contract() -> impl Iterator<Item = PathBuf> {
    let folders = ["schemas/src/event", "schemas/src/value"];
    rust_files().filter(move |file| folders.iter().any(|folder| file.starts_with(folder)))
}

#[test]
fn no_event_holds_personal_data_but_as_such() {
    let (mut violations, mut excused, mut personal) = (Vec::new(), Vec::new(), 0);
    for file in contract() {
        let text = text(&file).expect("a tracked source is text");
        for (of, name, kind) in members(&text).into_iter().filter(|(_, name, _)| is_telling(name)) {
            let known = NOT_OF_A_LEAD.iter().find(|known| (known.0, known.1) == (of, name));
            if kind.contains("Personal<") {
                personal += 1;
            } else if let Some(known) = known {
                excused.push(known);
            } else {
                violations.push(format!(
                    "{}: `{of}.{name}` is a {kind}: make it a `Personal<…>`, or say in {} that it is not of a lead",
                    file.display(),
                    file!()
                ));
            }
        }
    }
    let stale = NOT_OF_A_LEAD.iter().filter(|known| !excused.contains(known));
    violations.extend(
        stale.map(|(of, name, _)| format!("there is no `{of}.{name}` any more: remove the exception")),
    );
    assert_none(&violations);
    assert!(personal > 2, "too few personal members are found");
}

#[test]
fn personal_data_is_opened_by_those_who_show_it() {
    let mut opened = Vec::new();
    for file in rust_files().filter(|file| !is_test(file) && !file.starts_with("tidy")) {
        let Some(text) = text(&file) else { continue };
        if code_lines(&text).any(|(_, line)| line.contains("disclose")) {
            opened.push(file);
        }
    }
    opened.retain(|file| file != Path::new("schemas/src/personal.rs"));
    let violations: Vec<String> = opened
        .iter()
        .filter(|file| SHOWING.iter().all(|showing| *file != Path::new(showing)))
        .map(|file| format!("{} discloses a `Personal`: pass it on as it is", file.display()))
        .collect();
    assert_none(&violations);
    assert_eq!(opened.len(), SHOWING.len(), "some of these no longer disclose personal data: {SHOWING:?}");
}
