//! Whether what is in the way on the stream of a lead or a property stands: its agent's stream says so.

use std::collections::HashMap;
use std::time::Duration;

use domain::reservation::{Attempt, EXPIRES_AFTER};
use domain::visit_time::{ClaimInTheWay, ReserveVisit, VisitRejection, VisitTime};
use domain::{
    AgentCommand, AgentRejection, Answer, Overlap, Refusal, RequestedSlot, ReservationAnswer,
    ReservationOutcome,
};
use operation::{Accepted, Problem};
use schemas::value::ForcedRule;
use schemas::{AgentId, CommandId, ReservationId, stream};
use tokio::time::{Instant, sleep_until};

use super::settling::Ask;
use super::side::{Sends, Side, SideNeed, SideReserved};
use crate::CommandApi;
use crate::directory::Candidate;
use crate::failure::Failure;
use crate::identity::{step_id, system_command};
use crate::send::MAX_HOPS;

/// The pause before it is tried again; it doubles each time, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// What became of a reservation on the stream of a lead or a property.
#[derive(Debug)]
pub(super) enum Standing {
    /// It stands for this.
    Stands(Overlap),
    /// It stands no longer, or never will.
    Gone,
    /// It is not decided yet.
    Live,
}

impl CommandApi {
    /// Reserves time, or asks whether it could be. What is in the way is verified first, and waited for until the deadline
    /// if it is not decided yet.
    pub(super) async fn reserve_on(
        &self,
        need: &SideNeed,
        deciding: &AgentId,
        sends: Sends,
        deadline: Instant,
    ) -> Result<(Attempt, SideReserved), Failure<AgentRejection>> {
        let made_at = self.now();
        let attempt = Attempt { reservation_id: ReservationId::new(self.new_id()), made_at };
        let side = need.terms.side();
        let mut wanted = ReserveVisit {
            reservation_id: attempt.reservation_id,
            deciding_stream: stream::agent(deciding),
            expires_at: made_at + EXPIRES_AFTER,
            visit: need.visit.clone(),
            besides: need.besides.clone(),
            verified: Vec::new(),
            force: Vec::new(),
        };
        let (mut known, mut pause, mut is_first) = (HashMap::new(), FIRST_PAUSE, true);
        loop {
            match self.send_reservation(&need.terms, wanted.clone(), sends).await {
                Ok(()) => {
                    let (deciding_stream, visit) = (wanted.deciding_stream, wanted.visit);
                    let reserved = SideReserved { side, deciding_stream, visit, forced: wanted.force };
                    return Ok((attempt, reserved));
                }
                Err(Failure::Refused(Refusal::Rejected(VisitRejection::NeedsVerifying {
                    in_the_way,
                    otherwise,
                }))) => {
                    let is_late = deadline <= Instant::now() && !is_first;
                    is_first = false;
                    let mut is_live = false;
                    for claim in in_the_way {
                        match self.standing(&side, &claim, sends).await {
                            Ok(Standing::Stands(overlap)) => {
                                known.insert(claim.reservation_id, overlap);
                                wanted.verified.push(claim.reservation_id);
                            }
                            Ok(Standing::Gone) => wanted.besides.push(claim.reservation_id),
                            Ok(Standing::Live) => is_live = true,
                            Err(problem) => {
                                let reservation_id = claim.reservation_id;
                                tracing::debug!(%reservation_id, %problem, "claim not verified; it is tried again");
                                is_live = true;
                            }
                        }
                    }
                    if is_live {
                        if is_late {
                            return Err(self.refused_visit(need, deciding, *otherwise, &known));
                        }
                        sleep_until(deadline.min(Instant::now() + pause)).await;
                        pause = (2 * pause).min(LONGEST_PAUSE);
                        // It may have been cancelled meanwhile.
                        wanted.verified.clear();
                    }
                }
                Err(Failure::Refused(Refusal::Rejected(why))) => match passed_over(&why, &need.force) {
                    Some(rule) if !wanted.force.contains(&rule) => wanted.force.push(rule),
                    _ => return Err(self.refused_visit(need, deciding, why, &known)),
                },
                Err(failure) => return Err(failure.with(|_| AgentRejection::AttemptOver)),
            }
        }
    }

    /// Asks the stream that decides on a claim whether it stands; one that does not is released.
    pub(super) async fn standing(
        &self,
        side: &Side,
        claim: &ClaimInTheWay,
        sends: Sends,
    ) -> Result<Standing, Problem> {
        let id = claim.reservation_id;
        let stores = sends == Sends::Command;
        let broken = || Problem::from(Failure::<AgentRejection>::Broken);
        let mut agent_id = stream::agent_of(&claim.deciding_stream).ok_or_else(broken)?;
        for hop in 0..MAX_HOPS {
            let fence = || {
                let body = AgentCommand::FenceReservation {
                    reservation_id: id,
                    reserved_on: side.stream(),
                    of_command: None,
                };
                system_command(step_id(CommandId::new(id.uuid()), "fence"), "fence", body)
            };
            let agent = Candidate::unknown(agent_id.clone());
            let mut found = self.check_once(&agent, fence(), id.uuid()).await?;
            if found.is_none() && hop == 0 {
                if self.now() < claim.expires_at {
                    return Ok(Standing::Live);
                }
                if stores {
                    found = Some(self.execute_once(&agent, fence(), id.uuid()).await?);
                }
            }
            match found.map(|Accepted { answer, .. }| answer) {
                Some(Answer::Reservation(ReservationAnswer {
                    outcome: ReservationOutcome::Claimed { appointment_id, start, end, time_zone, .. },
                    ..
                })) => {
                    if hop > 0 && stores {
                        let (from, to) = (claim.deciding_stream.clone(), stream::agent(&agent_id));
                        if let Err(failure) = self.repoint_on(side, id, from, to).await {
                            tracing::debug!(reservation_id = %id, ?failure, "claim not re-pointed; it is done later");
                        }
                    }
                    let appointment_id = appointment_id.unwrap_or(claim.visit.appointment_id);
                    return Ok(Standing::Stands(Overlap { appointment_id, start, end, time_zone }));
                }
                Some(Answer::Reservation(ReservationAnswer {
                    outcome: ReservationOutcome::HandedOver { to_agent_id, by },
                    ..
                })) => {
                    // The decision was made: it is completed there, if it was not.
                    if stores {
                        self.find_out(&to_agent_id, by, &agent_id, Ask::Whether).await?;
                    }
                    agent_id = to_agent_id;
                }
                // On its way there, which one who only asks does not complete.
                None if hop > 0 && !stores => {
                    let time_zone = self.office_feed.office().policy().time_zone;
                    let VisitTime { appointment_id, start, end, .. } = claim.visit;
                    return Ok(Standing::Stands(Overlap { appointment_id, start, end, time_zone }));
                }
                // Not any more, or never.
                Some(_) | None => {
                    if stores {
                        self.release_on(side, id, &claim.deciding_stream)
                            .await
                            .map_err(|failure| failure.with(|_| AgentRejection::AttemptOver))?;
                    }
                    return Ok(Standing::Gone);
                }
            }
        }
        Ok(Standing::Live)
    }

    /// The refusal as the agent's calendar would say it.
    fn refused_visit(
        &self,
        need: &SideNeed,
        deciding: &AgentId,
        why: VisitRejection,
        known: &HashMap<ReservationId, Overlap>,
    ) -> Failure<AgentRejection> {
        let time_zone = self.office_feed.office().policy().time_zone;
        let overlap = |claim: &ClaimInTheWay| {
            let visit = &claim.visit;
            known.get(&claim.reservation_id).cloned().unwrap_or(Overlap {
                appointment_id: visit.appointment_id,
                start: visit.start,
                end: visit.end,
                time_zone,
            })
        };
        let rejection = match why {
            VisitRejection::LeadHasAppointment(claim) => AgentRejection::LeadHasAppointment(overlap(&claim)),
            VisitRejection::AlreadyScheduled(claim) => AgentRejection::AlreadyScheduled(overlap(&claim)),
            VisitRejection::HoldLimit { max } => AgentRejection::HoldLimit { max },
            VisitRejection::VisitLimit { max } => AgentRejection::VisitLimit { max },
            VisitRejection::LeadMerged { into } => AgentRejection::LeadMerged { into },
            VisitRejection::Property(reason) => AgentRejection::SlotUnavailable {
                reason,
                requested: Box::new(RequestedSlot {
                    agent_id: deciding.clone(),
                    appointment_type: need.visit.appointment_type.clone(),
                    interval: availability::Interval::new(need.visit.start, need.visit.end),
                    property_id: need.visit.property_id.clone(),
                    coordinates: None,
                    lead_id: Some(need.visit.lead_id.clone()),
                    moving: None,
                    time_zone,
                    last_date: None,
                    block_reason: None,
                }),
                alternatives: Vec::new(),
            },
            VisitRejection::NeedsVerifying { otherwise, .. } => {
                return self.refused_visit(need, deciding, *otherwise, known);
            }
        };
        Failure::Refused(Refusal::Rejected(rejection))
    }
}

/// The rule that speaks against it, if it may be passed over.
fn passed_over(why: &VisitRejection, force: &[ForcedRule]) -> Option<ForcedRule> {
    let rule = match why {
        VisitRejection::LeadHasAppointment(_) => ForcedRule::LeadOverlap,
        VisitRejection::AlreadyScheduled(_) => ForcedRule::AlreadyScheduled,
        _ => return None,
    };
    force.contains(&rule).then_some(rule)
}
