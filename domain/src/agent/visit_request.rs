//! Visits that occupants or owners of the property have to approve: what they say, and requests that nobody answered in
//! time.
//!
//! A request's end is a matter of time, as a hold's is: from then on every command is decided as if the visit were cancelled.
//! The event only records it.

use chrono::{DateTime, Utc};
use schemas::event::{AgentEvent, VisitApproved, VisitDeclined, VisitRequestExpired, VisitRequested};
use schemas::value::{AppointmentSnapshot, AppointmentStatus, Approver, CancellationCause, VisitRequest};
use schemas::{AppointmentId, CommandId};

use super::appointment::{Finished, personal};
use super::unconfirmed::confirm_by;
use super::{Agent, AgentRejection, ApproverNamed, Instead};
use crate::{EventContext, Office};

/// What follows the booking or the move of a visit that has to be approved.
pub(super) fn requested(appointment_id: AppointmentId, request: VisitRequest) -> AgentEvent {
    VisitRequested { appointment_id, request }.into()
}

/// Since when the visit's request has been over, if it is by now.
pub(super) fn expired_at(appointment: &AppointmentSnapshot, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let request = appointment.request.as_ref()?;
    let waits = appointment.status == AppointmentStatus::Requested;
    (waits && request.expires_at <= now).then_some(request.expires_at)
}

/// Notes an approval.
pub(super) fn approve(
    appointment: &mut AppointmentSnapshot,
    event: &VisitApproved,
    recorded_at: DateTime<Utc>,
) {
    if let Some(request) = &mut appointment.request {
        request.approved_by.push(event.approver_id.clone());
    }
    appointment.status = event.status;
    appointment.confirm_by = event.confirm_by;
    appointment.updated_at = recorded_at;
    appointment.version += 1;
}

impl Agent {
    pub(super) fn decide_approve(
        &self,
        id: AppointmentId,
        by: &ApproverNamed,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        const WANTED: &str = "approved";
        let appointment = self.changeable(id, WANTED, now)?;
        let (request, approver) = asked(appointment, by, WANTED)?;
        if appointment.status != AppointmentStatus::Requested || has_approved(request, approver) {
            return Ok(Vec::new());
        }
        let mut after = request.clone();
        after.approved_by.push(approver.approver_id.clone());
        let status = match after.is_approved() {
            true => AppointmentStatus::Scheduled,
            false => AppointmentStatus::Requested,
        };
        let (code, start) = (&appointment.appointment_type, appointment.start);
        Ok(vec![
            VisitApproved {
                appointment_id: id,
                approver_id: approver.approver_id.clone(),
                status,
                start,
                confirm_by: confirm_by(office, code, status, start, now),
            }
            .into(),
        ])
    }

    pub(super) fn decide_decline(
        &self,
        id: AppointmentId,
        by: &ApproverNamed,
        reason: Option<&String>,
        proposal: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        const WANTED: &str = "declined";
        if self.finished_here(id).is_some_and(is_declined) {
            return Ok(Vec::new());
        }
        let appointment = self.changeable(id, WANTED, now)?;
        let (_, approver) = asked(appointment, by, WANTED)?;
        if appointment.status != AppointmentStatus::Requested {
            let (status, instead) = (appointment.status, Instead::Cancel);
            return Err(AgentRejection::InvalidTransition { status, wanted: WANTED, instead });
        }
        Ok(vec![
            VisitDeclined {
                appointment_id: id,
                approver_id: approver.approver_id.clone(),
                reason: personal(&appointment.lead_id, reason),
                proposal,
            }
            .into(),
        ])
    }

    /// The agent with the requests recorded that are over by now; none if there are none.
    pub(super) fn without_expired(&self, now: DateTime<Utc>) -> Option<Self> {
        let expired = self.appointments.values();
        let expired = expired.filter_map(|one| Some((one.appointment_id, expired_at(one, now)?)));
        let expired: Vec<_> = expired.collect();
        if expired.is_empty() {
            return None;
        }
        let mut agent = self.clone();
        for (id, expires_at) in expired {
            agent.calendar.free(id);
            let context = EventContext {
                revision: self.revision.unwrap_or(0),
                position: 0,
                command_id: CommandId::new(id.uuid()),
                digest: String::new(),
                may_repeat: false,
                followed_by: 0,
                recorded_at: expires_at,
                clock_showed: expires_at,
            };
            agent.cancel(id, Some(CancellationCause::Expired), &context);
        }
        Some(agent)
    }

    /// What a command on this appointment led to, after the record of its request's end: its answer shows that.
    pub(super) fn after_expiry(
        &self,
        id: Option<AppointmentId>,
        mut events: Vec<AgentEvent>,
        now: DateTime<Utc>,
    ) -> Vec<AgentEvent> {
        let appointment = id.and_then(|id| self.appointments.get(&id));
        if let Some(appointment) = appointment
            && let Some(expires_at) = expired_at(appointment, now)
        {
            let appointment_id = appointment.appointment_id;
            events.insert(0, VisitRequestExpired { appointment_id, expires_at }.into());
        }
        events
    }
}

/// The request that the appointment waits for, or waited for, and the approver of it who is named.
fn asked<'a>(
    appointment: &'a AppointmentSnapshot,
    by: &ApproverNamed,
    wanted: &'static str,
) -> Result<(&'a VisitRequest, &'a Approver), AgentRejection> {
    let refused = |instead| AgentRejection::InvalidTransition { status: appointment.status, wanted, instead };
    let request = appointment.request.as_ref().ok_or_else(|| refused(Instead::Nothing))?;
    let approvers = &request.approval.approvers;
    let approver = match by {
        ApproverNamed::Id(id) => approvers.iter().find(|approver| approver.approver_id == *id),
        ApproverNamed::Role(role) => {
            let mut of_role = approvers.iter().filter(|approver| approver.role == *role);
            let first = of_role.clone().next();
            of_role.find(|approver| !has_approved(request, approver)).or(first)
        }
    };
    Ok((request, approver.ok_or_else(|| refused(Instead::NameApprover))?))
}

fn has_approved(request: &VisitRequest, approver: &Approver) -> bool {
    request.approved_by.contains(&approver.approver_id)
}

fn is_declined(finished: &Finished) -> bool {
    finished.answer.terms.cancellation_cause == Some(CancellationCause::Declined)
}
