//! Slots that somebody takes although rules speak against it, which are named and passed over.
//!
//! Only some rules can be: an appointment never overlaps another one or a hold, and what an external calendar shows stays.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use schemas::value::ForcedRule;

use crate::claim::{Booking, Hold};
use crate::kept::Kept;
use crate::slot::{Reason, Slot, SlotRequest};
use crate::slot_rules::OnFinding;
use crate::{AgentCalendar, OfficeCalendar, held, search};

/// A slot that can be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The slot.
    pub slot: Slot,
    /// The rules that spoke against it and were passed over, in the order of [`Reason`].
    pub forced: Vec<ForcedRule>,
}

/// Like [`check`](crate::check()), with these rules passed over.
pub fn check_forced(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    request: &SlotRequest<'_>,
    force: &[ForcedRule],
    now: DateTime<Utc>,
) -> Result<Taken, Reason> {
    passing_over(force, |on_finding| search::judge(agent, office, request, now, on_finding))
}

/// Like [`check_held`](crate::check_held), with these rules passed over.
pub fn check_held_forced(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    hold: &Hold,
    request: &SlotRequest<'_>,
    force: &[ForcedRule],
    now: DateTime<Utc>,
) -> Result<Taken, Reason> {
    passing_over(force, |on_finding| held::judge(agent, office, hold, request, now, on_finding))
}

/// Like [`check_agreed`](crate::check_agreed), with these rules passed over.
pub fn check_agreed_forced(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    agreed: &Booking,
    force: &[ForcedRule],
    now: DateTime<Utc>,
) -> Result<Taken, Reason> {
    passing_over(force, |on_finding| Kept::agreed(agreed, office).judge(agent, office, None, now, on_finding))
}

fn passing_over(
    force: &[ForcedRule],
    judge: impl FnOnce(OnFinding<'_>) -> ControlFlow<(), Slot>,
) -> Result<Taken, Reason> {
    let mut forced = BTreeSet::new();
    let mut last = Reason::OutsideHours;
    let judged = judge(&mut |finding| {
        last = finding.reason;
        match finding.reason.forced_rule().filter(|rule| force.contains(rule)) {
            Some(rule) => {
                forced.insert(rule);
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(()),
        }
    });
    match judged {
        ControlFlow::Continue(slot) => Ok(Taken { slot, forced: forced.into_iter().collect() }),
        // Beyond the supported range there is no slot, whatever is passed over.
        ControlFlow::Break(()) => Err(last),
    }
}
