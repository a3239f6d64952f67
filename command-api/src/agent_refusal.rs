//! Refusals by an agent's calendar as problem documents: with their times as people read them, and with the slots that can
//! be had instead.

use std::sync::Arc;

use availability::{Interval, LocalizedInterval, Reason, Slot, SlotRequest, Wording};
use chrono_tz::Tz;
use domain::{AgentRejection, Overlap, Refusal, RequestedSlot};
use operation::{Code, Problem};
use schemas::{AgentId, AppointmentId, AppointmentTypeCode};
use serde::Serialize;

use crate::CommandApi;
use crate::failure::Failure;
use crate::refusal::rejected;

/// How many slots a refusal offers.
pub(crate) const ALTERNATIVES: usize = 3;
/// How many of them are other agents at the same hour: other hours have a place too.
pub(crate) const OTHER_AGENTS: usize = 2;

/// A free slot that is offered instead.
#[derive(Serialize)]
struct Alternative<'a> {
    /// The reference to book it with, or to move an appointment there.
    slot_ref: String,
    agent_id: AgentId,
    appointment_type: &'a AppointmentTypeCode,
    #[serde(flatten)]
    time: LocalizedInterval,
}

/// An appointment that is in the way.
#[derive(Serialize)]
struct Obstacle {
    appointment_id: AppointmentId,
    #[serde(flatten)]
    time: LocalizedInterval,
}

impl CommandApi {
    /// The language of the office's times, as this process knows it.
    pub(crate) fn wording(&self) -> Arc<Wording> {
        let office = self.office_feed.office();
        let policy = office.policy();
        Wording::of(&policy.locale, policy.time_zone)
    }

    /// The problem document of what came of a command that an agent's calendar did not take. Slots are told in the zone
    /// that was asked in, or else the agent's.
    pub(crate) async fn refused(&self, failure: Failure<AgentRejection>, asked_in: Option<Tz>) -> Problem {
        match failure {
            Failure::Refused(Refusal::Rejected(AgentRejection::SlotUnavailable {
                reason,
                requested,
                alternatives,
            })) => {
                let others = self.others_at(&requested).await;
                self.refused_slot(reason, &requested, others, alternatives, asked_in)
            }
            Failure::Refused(Refusal::Rejected(rejection)) => {
                with_times(rejected(&rejection), &rejection, &self.wording())
            }
            failure => failure.into(),
        }
    }

    /// The refusal by the agent who was asked: others at the same hour, then that agent's nearest slots.
    pub(crate) fn refused_slot(
        &self,
        reason: Reason,
        requested: &RequestedSlot,
        others: Vec<(AgentId, Slot)>,
        nearest: Vec<Slot>,
        asked_in: Option<Tz>,
    ) -> Problem {
        let nearest = nearest.into_iter().map(|slot| (requested.agent_id.clone(), slot));
        let because = match (&requested.block_reason, requested.last_date) {
            (Some(said), _) if reason == Reason::Blocked => format!("{reason} ({said})"),
            (_, Some(last)) if reason == Reason::BeyondHorizon => {
                format!("{reason}, the last date that can be booked is {last}")
            }
            _ => reason.to_string(),
        };
        let problem = self.slot_unavailable(
            |slot| format!("The slot ({slot}) is not available: {because}."),
            reason,
            (&requested.appointment_type, requested.interval),
            others.into_iter().take(OTHER_AGENTS).chain(nearest),
            asked_in.unwrap_or(requested.time_zone),
        );
        let problem = match requested.last_date.filter(|_| reason == Reason::BeyondHorizon) {
            Some(last_date) => problem.with("last_date", last_date),
            None => problem,
        };
        match requested.block_reason.as_ref().filter(|_| reason == Reason::Blocked) {
            Some(said) => problem.with("block_reason", said),
            None => problem,
        }
    }

    /// The refusal of a slot, with the first of the slots that are offered instead, all told in one zone. `detail` gets the
    /// text of the slot.
    pub(crate) fn slot_unavailable(
        &self,
        detail: impl FnOnce(&str) -> String,
        reason: Reason,
        (appointment_type, requested): (&AppointmentTypeCode, Interval),
        offered: impl Iterator<Item = (AgentId, Slot)>,
        zone: Tz,
    ) -> Problem {
        let (wording, now) = (self.wording(), self.now());
        let requested = wording.interval(requested, zone);
        let alternative = |(agent_id, slot): (AgentId, Slot)| Alternative {
            slot_ref: self.slot_refs.issue(&agent_id, appointment_type, slot.start, now),
            agent_id,
            appointment_type,
            time: wording.interval(Interval::new(slot.start, slot.end), zone),
        };
        let alternatives: Vec<_> = offered.take(ALTERNATIVES).map(alternative).collect();
        Problem::new(Code::SlotUnavailable, detail(&requested.time.text))
            .with("reason", reason)
            .with("requested", &requested)
            .with("alternatives", &alternatives)
    }

    /// Other agents who can take at the same hour what is not an appointment yet, least loaded first.
    async fn others_at(&self, requested: &RequestedSlot) -> Vec<(AgentId, Slot)> {
        // One that is there already stays with its agent, unless somebody asks for another.
        if requested.moving.is_some() {
            return Vec::new();
        }
        // An agent who was not free a moment ago is an alternative all the same, if the log cannot be read to its end.
        let (_, office) = tokio::join!(self.directory.reach_end(), self.refresh_office());
        let request = SlotRequest {
            appointment_type: &requested.appointment_type,
            start: requested.interval.start,
            property_id: requested.property_id.as_ref(),
            lead_id: requested.lead_id.as_ref(),
            moving: None,
            duration_minutes: None,
        };
        self.directory.free_at(office.calendar(), &request, &requested.agent_id, self.now(), OTHER_AGENTS)
    }
}

/// The same problem with its times, if it has any: in the zone in which they were agreed on.
fn with_times(problem: Problem, rejection: &AgentRejection, wording: &Wording) -> Problem {
    match rejection {
        AgentRejection::LeadHasAppointment(known) | AgentRejection::AlreadyScheduled(known) => {
            let obstacle = obstacle(known, wording);
            problem.saying(&format!("It is on {}.", obstacle.time.time.text)).with_members(&obstacle)
        }
        AgentRejection::AgentHasUpcomingAppointments(appointments)
        | AgentRejection::BlockOverlapsAppointments(appointments) => {
            let appointments: Vec<_> = appointments.iter().map(|known| obstacle(known, wording)).collect();
            problem.with("appointments", appointments)
        }
        AgentRejection::NotStarted { start, time_zone, .. } => {
            let time = wording.instant(*start, *time_zone);
            problem.saying(&format!("It starts on {}.", time.text)).with("start", start).with_members(&time)
        }
        AgentRejection::Over { start, time_zone, .. } => {
            let time = wording.instant(*start, *time_zone);
            let sentence = format!("It was to start on {}.", time.text);
            problem.saying(&sentence).with("start", start).with_members(&time)
        }
        AgentRejection::ReleasedForGood { until, time_zone } => {
            let time = wording.instant(*until, *time_zone);
            problem.saying(&format!("That was possible until {}.", time.text)).with("until", until)
        }
        AgentRejection::NeedsSettling { otherwise, .. } => with_times(problem, otherwise, wording),
        _ => problem,
    }
}

fn obstacle(known: &Overlap, wording: &Wording) -> Obstacle {
    let time = wording.interval(Interval::new(known.start, known.end), known.time_zone);
    Obstacle { appointment_id: known.appointment_id, time }
}
