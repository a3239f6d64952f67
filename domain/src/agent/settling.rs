//! Refusals that rest on a reservation: whether it stands has to be decided first.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use schemas::event::AgentEvent;
use schemas::{AppointmentId, ReservationId};

use super::{Agent, AgentCommand, AgentRejection, InTheWay};
use crate::{Command, Office};

impl Agent {
    /// The decision, or, if it is refused only because of reservations, which these are.
    pub(super) fn unless_settling(
        &self,
        decision: Result<Vec<AgentEvent>, AgentRejection>,
        command: &Command<AgentCommand>,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        if self.reservations.open().next().is_none() {
            return decision;
        }
        decision.map_err(|rejection| {
            let in_the_way = self.in_the_way(&rejection, command, office, now);
            if in_the_way.is_empty() {
                return rejection;
            }
            AgentRejection::NeedsSettling { in_the_way, otherwise: Box::new(rejection) }
        })
    }

    fn in_the_way(
        &self,
        rejection: &AgentRejection,
        command: &Command<AgentCommand>,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Vec<InTheWay> {
        match rejection {
            // Handed over to this agent, and not received yet.
            AgentRejection::AppointmentNotFound | AgentRejection::InvalidTransition { .. } => {
                let wanted = match &command.body {
                    AgentCommand::BookAppointment(booking) => Some(booking.appointment_id),
                    body => body.appointment_id(),
                };
                self.those(|_, of| Some(of) == wanted)
            }
            // Reserved by another attempt for the same appointment.
            AgentRejection::AttemptOver => match &command.body {
                AgentCommand::ReserveTime(wanted) => {
                    self.those(|_, of| of == wanted.needed.booking.appointment_id)
                }
                _ => Vec::new(),
            },
            AgentRejection::SlotUnavailable { .. }
            | AgentRejection::LeadHasAppointment(_)
            | AgentRejection::AlreadyScheduled(_)
            | AgentRejection::BlockOverlapsAppointments(_)
            | AgentRejection::AgentHasUpcomingAppointments(_) => {
                let without = |left_out: &dyn Fn(ReservationId) -> bool| {
                    self.without_reservations(left_out).decide_alone(command, office, now).is_ok()
                };
                if !without(&|_| true) {
                    return Vec::new();
                }
                // Those beside which it is possible; of several that only together are too many, the latest.
                let mut beside = BTreeSet::new();
                let mut latest_first: Vec<_> = self.reservations.open().collect();
                latest_first.sort_by_key(|(_, open)| Reverse(open.expires_at));
                for (id, _) in latest_first {
                    if without(&|other| other != id && !beside.contains(&other)) {
                        beside.insert(id);
                    }
                }
                self.those(|id, _| !beside.contains(&id))
            }
            _ => Vec::new(),
        }
    }

    fn those(&self, wanted: impl Fn(ReservationId, AppointmentId) -> bool) -> Vec<InTheWay> {
        let open = self.reservations.open().map(|(reservation_id, open)| InTheWay {
            reservation_id,
            appointment_id: open.what.booking.appointment_id,
            deciding_stream: open.deciding_stream.clone(),
            expires_at: open.expires_at,
        });
        open.filter(|one| wanted(one.reservation_id, one.appointment_id)).collect()
    }

    /// The agent as without these reservations.
    fn without_reservations(&self, left_out: &dyn Fn(ReservationId) -> bool) -> Self {
        let mut without = self.clone();
        for (id, open) in self.reservations.open().filter(|(id, _)| left_out(*id)) {
            without.calendar.free(open.what.booking.appointment_id);
            without.reservations.closed(id, self.time.passed());
        }
        without
    }
}
