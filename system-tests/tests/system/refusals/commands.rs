//! Every command that takes a body, with one that would be accepted and has every member that may stand together.

use serde_json::{Value, json};

use crate::support::{VISIT, at, day, text};

pub(super) const BOOK: &str = "/v1/appointments";

pub(super) struct Command {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) body: Value,
    /// Members that may be left out, at any depth; null is as if they were.
    pub(super) optional: &'static [&'static str],
    /// Members that may be left out, and may not be null.
    pub(super) preset: &'static [&'static str],
}

const OF_BLOCKS: &[&str] = &["recurrence", "on_overlap"];
const OF_RULES: &[&str] =
    &["appointment_type", "valid_from", "valid_until", "is_recurring", "max_appointments_per_slot"];
const OF_BOOKINGS: &[&str] = &[
    "agent_id",
    "property_id",
    "location",
    "notes",
    "lead_contact",
    "name",
    "email",
    "phone",
    "locale",
    "origin",
];

/// Those on hours and blocks are `agent`'s; bookings are with agent 7.
#[expect(clippy::too_many_lines, reason = "some lines for each command")]
pub(super) fn commands(agent: &str, appointment: &str) -> Vec<Command> {
    let rule = json!({
        "day_of_week": 0, "start_time": "09:00", "end_time": "10:00", "appointment_type": VISIT,
        "valid_from": day(1), "valid_until": day(300), "is_recurring": true, "max_appointments_per_slot": 2,
    });
    let rules = json!({"rules": [rule.clone()]});
    let intervals = json!({"intervals": [{"start_time": "09:00", "end_time": "12:00"}]});
    let block = json!({
        "start": text(at(9, 0)), "end": text(at(9, 60)), "reason": "x", "recurrence": "FREQ=WEEKLY;BYDAY=MO",
        "on_overlap": "keep",
    });
    let slot = json!({
        "agent_id": "7", "lead_id": "55", "appointment_type": VISIT, "start": text(at(4, 0)),
        "property_id": "P-1",
    });
    let with = |mut slot: Value, members: &Value| {
        slot.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        slot
    };
    let hold = with(slot.clone(), &json!({"ttl_seconds": 60}));
    let contact = json!({"name": "Carla", "email": "c@example.org", "phone": "1", "locale": "es-CL"});
    let booking = json!({"location": "x", "notes": "x", "lead_contact": contact, "origin": "chat"});
    let tour = json!({
        "name": {"en": "Tour"}, "duration_minutes": 30, "slot_step_minutes": 30, "buffer_before_minutes": 0,
        "buffer_after_minutes": 0, "min_notice_minutes": 0, "horizon_days": 732, "daily_limit": 100,
        "location_kind": "phone",
    });
    let office = json!({
        "name": "Office", "time_zone": "America/Santiago", "locale": "es-CL", "travel_minutes": 10,
        "max_holds_per_lead": 3,
    });
    let profile = json!({
        "name": "Eva", "time_zone": "UTC", "email": "e@example.org", "phone": "1",
        "inherits_office_hours": true, "comunas": ["Maipú"], "regions": ["Metropolitana"],
    });
    let lead = json!({
        "name": "Carla", "email": "c@example.org", "phone": "+56977712345", "locale": "es-CL",
        "preferred_channel": "email",
    });
    let consent = json!({
        "channel": "email", "given": true, "at": "2026-01-05T12:00:00Z", "source": "Chat", "wording": "x",
    });
    let details = json!({
        "property_id": "P-1", "location": "x", "notes": "x",
        "lead_contact": {"name": "x", "email": "x", "phone": "x", "locale": "es"},
    });
    let other = if agent == "7" { "8" } else { "7" };
    let of_agent = |path: &str| format!("/v1/agents/{agent}/{path}");
    let of_appointment = |verb: &str| format!("{BOOK}/{appointment}/{verb}");
    let command =
        |method, path: String, body, optional, preset| Command { method, path, body, optional, preset };
    let put = |path: &str, body, optional| command("PUT", path.to_owned(), body, optional, &[]);
    let post = |path: &str, body, optional| command("POST", path.to_owned(), body, optional, &[]);
    vec![
        put("/v1/office", office, &["name", "time_zone", "locale", "travel_minutes", "max_holds_per_lead"]),
        command(
            "PUT",
            "/v1/office/appointment-types/tour".to_owned(),
            tour,
            &["slot_step_minutes", "horizon_days", "daily_limit"],
            &["en", "buffer_before_minutes", "buffer_after_minutes", "min_notice_minutes"],
        ),
        put("/v1/office/weekly-hours", rules.clone(), OF_RULES),
        command("POST", "/v1/office/blocks".to_owned(), block.clone(), OF_BLOCKS, &["reason"]),
        put("/v1/agents/8", profile, &["email", "phone", "inherits_office_hours", "comunas", "regions"]),
        command(
            "POST",
            of_agent("deactivate"),
            json!({"keep_appointments": true}),
            &[],
            &["keep_appointments"],
        ),
        put(&of_agent("weekly-hours"), rules, OF_RULES),
        post(&of_agent("availability-rules"), rule, OF_RULES),
        put(&of_agent(&format!("exceptions/{}", day(9))), intervals, &[]),
        command("POST", of_agent("blocks"), block, OF_BLOCKS, &["reason"]),
        put("/v1/leads/55", lead, &["name", "email", "phone", "locale", "preferred_channel"]),
        put("/v1/leads/55/consents/reminders", consent, &["at", "wording"]),
        post("/v1/holds", hold, &["property_id", "ttl_seconds"]),
        post(BOOK, with(slot, &booking), OF_BOOKINGS),
        post(
            &of_agent("appointments/move"),
            json!({"from": text(at(9, 0)), "to": text(at(9, 60)), "to_agents": [other], "reason": "x"}),
            &["to_agents"],
        ),
        post(&of_appointment("confirm"), json!({}), &[]),
        post(&of_appointment("cancel"), json!({"reason": "x"}), &["reason"]),
        command(
            "PATCH",
            format!("{BOOK}/{appointment}"),
            details,
            &["property_id", "location", "notes", "lead_contact", "name", "email", "phone", "locale"],
            &[],
        ),
        post(&of_appointment("reinstate"), json!({"reason": "x"}), &["reason"]),
        post(&format!("/v1/conflicts/{appointment}/settle"), json!({"keep": "instant"}), &[]),
        post(&of_appointment("reschedule"), json!({"start": text(at(4, 0))}), &[]),
        post(&of_appointment("reassign"), json!({"agent_id": agent}), &[]),
        post(&of_appointment("complete"), json!({}), &[]),
        post(&of_appointment("no-show"), json!({"by": "agent"}), &["by"]),
        put(&of_appointment("outcome"), json!({"outcome": "no_show", "by": "agent"}), &["by"]),
    ]
}
