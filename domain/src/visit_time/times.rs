use chrono::TimeDelta;
use schemas::ReservationId;
use schemas::event::{ReservationReleased, ReservationRepointed, TimeReserved};
use serde::{Deserialize, Serialize};

use super::{ClaimInTheWay, ReserveVisit, VisitRejection, VisitTime, VisitTimeCommand};
use crate::reservation::{Reservation, Reservations};

/// The time that visits take on the stream of a lead or a property.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct VisitTimes {
    reservations: Reservations<VisitTime>,
}

/// An event on the time that visits take.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum VisitTimeEvent {
    Reserved(TimeReserved),
    Repointed(ReservationRepointed),
    Released(ReservationReleased),
}

impl VisitTimes {
    /// What is reserved and claimed.
    pub fn open(&self) -> impl Iterator<Item = ClaimInTheWay> {
        self.reservations.open().map(|(reservation_id, open)| ClaimInTheWay {
            reservation_id,
            deciding_stream: open.deciding_stream.clone(),
            expires_at: open.expires_at,
            visit: open.what.clone(),
        })
    }

    /// Decides a command. `judge` says what speaks against a new reservation: the refusal, with the claims without which it
    /// would not be one; each of them has to stand.
    pub(crate) fn decide<L>(
        &self,
        command: &VisitTimeCommand<L>,
        judge: impl FnOnce(&ReserveVisit, &L, &[ClaimInTheWay]) -> Option<(VisitRejection, Vec<ClaimInTheWay>)>,
    ) -> Result<Vec<VisitTimeEvent>, VisitRejection> {
        match command {
            VisitTimeCommand::Reserve(wanted, limits) => {
                if self.reservations.knows(wanted.reservation_id) {
                    return Ok(Vec::new());
                }
                let others: Vec<_> =
                    self.open().filter(|open| !wanted.besides.contains(&open.reservation_id)).collect();
                let Some((rejection, mut in_the_way)) = judge(wanted, limits, &others) else {
                    return Ok(vec![VisitTimeEvent::Reserved(reserved(wanted))]);
                };
                in_the_way.retain(|claim| !wanted.verified.contains(&claim.reservation_id));
                if in_the_way.is_empty() {
                    return Err(rejection);
                }
                Err(VisitRejection::NeedsVerifying { in_the_way, otherwise: Box::new(rejection) })
            }
            VisitTimeCommand::Repoint { reservation_id, from, to } => {
                let repointed = self.naming(*reservation_id, from).map(|open| ReservationRepointed {
                    reservation_id: *reservation_id,
                    appointment_id: open.what.appointment_id,
                    deciding_stream: to.clone(),
                });
                Ok(repointed.map(VisitTimeEvent::Repointed).into_iter().collect())
            }
            VisitTimeCommand::Release { reservation_id, deciding_stream } => {
                let released =
                    self.naming(*reservation_id, deciding_stream).map(|open| ReservationReleased {
                        reservation_id: *reservation_id,
                        appointment_id: open.what.appointment_id,
                    });
                Ok(released.map(VisitTimeEvent::Released).into_iter().collect())
            }
        }
    }

    /// The open reservation of this id, if it names this stream.
    fn naming(&self, id: ReservationId, deciding_stream: &str) -> Option<&Reservation<VisitTime>> {
        self.reservations.find(id).filter(|open| open.deciding_stream == deciding_stream)
    }

    /// Time was reserved.
    pub(crate) fn reserved(&mut self, event: &TimeReserved) {
        let (deciding_stream, expires_at) = (event.deciding_stream.clone(), event.expires_at);
        let reservation = Reservation { deciding_stream, expires_at, what: VisitTime::of(event) };
        self.reservations.reserved(event.reservation_id, reservation);
    }

    /// It is decided elsewhere now.
    pub(crate) fn repointed(&mut self, event: &ReservationRepointed) {
        self.reservations.repointed(event.reservation_id, event.deciding_stream.clone());
    }

    /// It was given up; `passed` is the stream's passed time.
    pub(crate) fn released(&mut self, event: &ReservationReleased, passed: TimeDelta) {
        self.reservations.closed(event.reservation_id, passed);
    }
}

fn reserved(wanted: &ReserveVisit) -> TimeReserved {
    let VisitTime {
        appointment_id,
        hold_id,
        lead_id,
        appointment_type,
        property_id,
        start,
        end,
        max_appointments_per_slot,
    } = wanted.visit.clone();
    TimeReserved {
        reservation_id: wanted.reservation_id,
        deciding_stream: wanted.deciding_stream.clone(),
        expires_at: wanted.expires_at,
        appointment_id,
        hold_id,
        lead_id,
        appointment_type,
        property_id,
        coordinates: None,
        start,
        end,
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        max_appointments_per_slot,
        forced: wanted.force.clone(),
        meeting_room_url: None,
    }
}
