//! What was accepted is in the log, once, where and when and as the answer says; or it was so already.

use serde_json::Value;

use super::super::attempt::Attempt;
use super::super::operation::{Change, Kind};
use super::Check;
use crate::history::log::{Event, passed_over_blocks};
use crate::history::order::Window;
use crate::history::timeline::Standing;
use crate::support::instant;

impl Check<'_> {
    pub(super) fn accepted(&self, attempt: &Attempt, body: &Value, effect: Option<&Event>, window: Window) {
        let operation = &attempt.operation;
        if matches!(operation.kind, Kind::BulkMove { .. }) {
            return self.bulk_move(body, window.until);
        }
        let Some(event) = effect else {
            assert_eq!(operation.key, None, "accepted, and not done: {attempt:?}");
            let Kind::Change { appointment, change, .. } = &operation.kind else {
                panic!("accepted, and not done: {attempt:?}")
            };
            let mut seen = self.timeline.standings(appointment, window);
            let was_so = seen.any(|standing| is_so(*change, standing) && is_told(standing, body));
            assert!(was_so, "accepted, and not done: {attempt:?}");
            return;
        };
        let is_in_order =
            event.position < window.until && (attempt.is_replay() || window.from < event.position);
        assert!(is_in_order, "not in the order of the answers: {window:?} {attempt:?} {event:?}");
        assert!(event.position <= body["position"].as_u64().unwrap(), "{attempt:?} {event:?}");
        let is_unchanged = event.kind == "CommandHadNoEffect";
        // One that is with that agent already is moved in its calendar.
        let is_within = matches!(&operation.kind, Kind::Change { change: Change::Move(to, _), .. }
            if event.kind == "AppointmentRescheduled" && event.agent == *to);
        // The first outcome is recorded as such.
        let is_first = matches!(&operation.kind, Kind::Change { change: Change::Correct(outcome), .. }
            if event.kind == if *outcome == "completed" { "AppointmentCompleted" } else { "AppointmentNoShow" });
        let is_of_it = is_unchanged || is_within || is_first || event.kind == operation.event_type();
        assert!(is_of_it, "{attempt:?} {event:?}");
        if let Some(slot) = operation.slot() {
            assert_eq!(event.interval, Some(slot), "{attempt:?} {event:?}");
        }
        match &operation.kind {
            Kind::Book { .. } | Kind::BookHeld { .. } | Kind::Change { .. } => {
                self.of_appointment(attempt, body, event, is_unchanged);
            }
            Kind::Hold { .. } | Kind::Release { .. } => {
                let version = if operation.event_type() == "SlotHeld" { 1 } else { 2 };
                assert_eq!(
                    (&body["hold_id"], &body["version"]),
                    (&event.id.as_str().into(), &version.into())
                );
            }
            Kind::Block { slot, keep, .. } => {
                assert_eq!(body["block_id"], event.id, "{attempt:?} {event:?}");
                let before = self.timeline.calendar_before(&event.agent, event.position);
                let mut taken = before.iter().filter(|live| !live.is_hold() && !live.is_block());
                let is_free = !taken.any(|live| live.overlaps(*slot));
                assert!(*keep || is_free, "blocked in spite of what is in it: {attempt:?} {event:?}");
            }
            Kind::Unblock { block, .. } => assert_eq!(*block, event.id, "{attempt:?} {event:?}"),
            Kind::BulkMove { .. } => {}
        }
    }

    fn of_appointment(&self, attempt: &Attempt, body: &Value, event: &Event, is_unchanged: bool) {
        let operation = &attempt.operation;
        let [before, after] = self.timeline.around(&event.id, event.position);
        let after = after.unwrap();
        assert_eq!(body["appointment_id"], event.id, "{attempt:?} {event:?}");
        assert!(is_told(after, body), "not as it was: {after:?} {attempt:?} {event:?}");
        if let (Some(expected), Some(before)) = (operation.if_match, before) {
            assert_eq!(before.version, expected, "done on another version: {attempt:?} {event:?}");
        }
        if ["AppointmentBooked", "AppointmentRescheduled"].contains(&event.kind.as_str()) {
            self.says_what_was_passed_over(attempt, event);
        }
        match &operation.kind {
            Kind::Book { agent, .. } => {
                assert!(agent.is_none_or(|agent| agent == event.agent), "{attempt:?} {event:?}");
                assert!(!is_unchanged, "{attempt:?} {event:?}");
            }
            Kind::BookHeld { agent, hold, .. } => {
                assert_eq!((&event.agent, event.hold.as_ref()), (agent, Some(hold)), "{attempt:?} {event:?}");
            }
            Kind::Change { appointment, change, .. } => {
                assert_eq!(event.id, *appointment, "{attempt:?} {event:?}");
                let was_so = is_so(*change, before.unwrap());
                assert_eq!(was_so, is_unchanged, "{before:?} {attempt:?} {event:?}");
                assert!(is_so(*change, after), "{attempt:?} {event:?}");
            }
            _ => {}
        }
    }
}

impl Check<'_> {
    /// The event says that a block was passed over if there was one, and only if that was asked for.
    fn says_what_was_passed_over(&self, attempt: &Attempt, event: &Event) {
        let before = self.timeline.calendar_before(&event.agent, event.position);
        let slot = event.interval.unwrap();
        let was_blocked = before.iter().any(|live| live.is_block() && live.overlaps(slot));
        let is_said = passed_over_blocks(event);
        assert_eq!(is_said, was_blocked, "{attempt:?} {event:?}");
        assert!(!is_said || attempt.operation.is_forced(), "forced by nobody: {attempt:?} {event:?}");
    }
}

/// Whether a change that was asked for is so.
fn is_so(change: Change, standing: &Standing) -> bool {
    match change {
        Change::Confirm => standing.status == "confirmed",
        Change::Cancel => standing.status == "cancelled",
        Change::Reinstate => standing.is_open(),
        Change::Correct(outcome) => standing.status == outcome,
        Change::Note(notes) => standing.is_open() && standing.notes.as_deref() == Some(notes),
        Change::Complete => standing.status == "completed",
        Change::NoShow => standing.status == "no_show",
        Change::Reschedule(start) | Change::Force(start) => standing.is_open() && standing.start == start,
        Change::Reassign(to) => standing.is_open() && standing.agent == to,
        Change::Move(to, start) => standing.is_open() && standing.agent == to && standing.start == start,
    }
}

/// Whether an answer or a row says of an appointment what it was.
pub(super) fn is_told(standing: &Standing, body: &Value) -> bool {
    body["agent_id"] == standing.agent
        && body["status"] == standing.status
        && body["version"] == standing.version
        && instant(&body["start"]) == standing.start
        && instant(&body["end"]) == standing.end
}
