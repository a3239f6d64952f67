//! What is told of a bulk move, against the log: each visit is where its outcome says.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::operation::Kind;
use super::{Check, Sent};
use crate::history::calendar::Takes;
use crate::history::log::Event;

impl Check<'_> {
    /// Each visit that is told to be moved was handed over by this bulk move once, to that agent and with that version, by
    /// what the log said before this position; each that is told to stay never was; and no other appointment.
    pub(super) fn bulk_move(&self, told: &Value, until: u64) {
        let move_id = told["move_id"].as_str().unwrap();
        let of_it = self.log.iter().filter(|event| event.operation == move_id);
        let moved_by_it: Vec<&Event> = of_it.filter(|event| event.kind == "AppointmentHandedOver").collect();
        let visits = told["visits"].as_array().unwrap();
        let mut outcomes = [0_u64; 3];
        for visit in visits {
            let mut moved = moved_by_it.iter().filter(|event| visit["appointment_id"] == event.id.as_str());
            let (first, second) = (moved.next(), moved.next());
            assert!(second.is_none(), "moved twice: {visit} {first:?} {second:?}");
            match visit["outcome"].as_str().unwrap() {
                "moved" => {
                    outcomes[0] += 1;
                    let event = first.unwrap_or_else(|| panic!("told to be moved, and was not: {visit}"));
                    let (to, after) = (&event.data["to_agent_id"], &event.data["appointment"]["version"]);
                    let is_told = visit["to_agent_id"] == *to && visit["appointment_version"] == *after;
                    assert!(is_told && visit["from_agent_id"] == event.agent, "{visit} {event:?}");
                    assert!(event.position < until, "told before it was: {visit} {event:?}");
                }
                "not_moved" => {
                    outcomes[1] += 1;
                    assert!(first.is_none(), "told to stay, and was moved: {visit} {first:?}");
                    assert!(!visit["because"].is_null(), "it stays, and nobody says why: {visit}");
                }
                "pending" => {
                    outcomes[2] += 1;
                    assert_eq!(told["status"], "running", "left out: {visit} {told}");
                }
                other => panic!("nobody has undone it, and it is {other}: {visit}"),
            }
        }
        let counts = &told["counts"];
        let counted = ["moved", "not_moved", "pending"].map(|name| counts[name].as_u64().unwrap());
        assert_eq!(counted, outcomes, "{told}");
        let is_visit =
            |event: &Event| visits.iter().any(|visit| visit["appointment_id"] == event.id.as_str());
        let strange = moved_by_it.iter().find(|event| !is_visit(event));
        assert!(strange.is_none(), "moved, and no visit of it: {strange:?} {told}");
    }

    /// Its visits were all that the agent had in that time at some moment before the answer, if it was sent only once.
    pub(super) fn moves_all(&self, sent: &Sent<'_>) {
        let ([attempt], Kind::BulkMove { agent, slot }) = (&sent.attempts[..], &sent.operation.kind) else {
            return;
        };
        let Some(told) = attempt.accepted() else { return };
        let visits = told["visits"].as_array().unwrap();
        let listed: BTreeSet<&str> =
            visits.iter().map(|visit| visit["appointment_id"].as_str().unwrap()).collect();
        assert_eq!(listed.len(), visits.len(), "a visit is listed twice: {told}");
        let window = self.order.window(attempt.sent_at, attempt.done_at);
        let is_all = self.timeline.calendars(agent, window).any(|calendar| {
            let own = calendar.iter().filter(|live| live.takes == Takes::Appointment && live.overlaps(*slot));
            own.map(|live| live.id.as_str()).collect::<BTreeSet<_>>() == listed
        });
        assert!(is_all || listed.is_empty() && !self.timeline.has_calendar(agent), "not all: {attempt:?}");
    }
}
