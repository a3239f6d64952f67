//! One lead is in one place.

use chrono::{DateTime, TimeDelta, Utc};
use schemas::value::{ForcedRule, LeadOverlap};

use super::{ClaimInTheWay, ReserveVisit, VisitRejection, VisitTime};

/// What the office allows one lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeadLimits {
    /// Whether it may have two appointments at one time.
    pub overlap: LeadOverlap,
    /// The least gap between two of its visits at different properties.
    pub travel_minutes: u16,
    /// Whether the property is registered, so that it has one appointment of a type there.
    pub is_registered_property: bool,
    /// Whether an appointment that it has only moves.
    pub is_move: bool,
    /// How many live holds it may have.
    pub max_holds: u16,
    /// How many live visits it may have; none = any number.
    pub max_visits: Option<u16>,
}

/// What speaks against what is wanted beside the lead's other claims, and those without which it would not.
pub(crate) fn judge(
    wanted: &ReserveVisit,
    limits: &LeadLimits,
    others: &[ClaimInTheWay],
    now: DateTime<Utc>,
) -> Option<(VisitRejection, Vec<ClaimInTheWay>)> {
    let visit = &wanted.visit;
    let is_forced = |rule| wanted.force.contains(&rule);
    if limits.overlap == LeadOverlap::Refuse && !is_forced(ForcedRule::LeadOverlap) {
        let travel = TimeDelta::minutes(limits.travel_minutes.into());
        let at_that_time = those(others, |other| are_too_close(visit, other, travel));
        if let Some(first) = at_that_time.first() {
            return Some((VisitRejection::LeadHasAppointment(Box::new(first.clone())), at_that_time));
        }
    }
    // Holds may be tried for another time of the same visit.
    let is_visit = visit.property_id.is_some() && visit.hold_id.is_none();
    if is_visit && limits.is_registered_property && !is_forced(ForcedRule::AlreadyScheduled) {
        let same = those(others, |other| {
            other.hold_id.is_none()
                && other.property_id == visit.property_id
                && other.appointment_type == visit.appointment_type
                && now < other.end
        });
        if let Some(first) = same.first() {
            return Some((VisitRejection::AlreadyScheduled(Box::new(first.clone())), same));
        }
    }
    if visit.hold_id.is_some() {
        let holds = those(others, |other| other.hold_id.is_some());
        if holds.len() >= usize::from(limits.max_holds) {
            return Some((VisitRejection::HoldLimit { max: limits.max_holds }, holds));
        }
    }
    if let (true, Some(max)) = (is_visit, limits.max_visits) {
        let visits =
            those(others, |other| other.hold_id.is_none() && other.property_id.is_some() && now < other.end);
        if visits.len() >= usize::from(max) {
            return Some((VisitRejection::VisitLimit { max }, visits));
        }
    }
    None
}

/// Whether the lead could not be at both: they overlap, or leave it less time than it needs from one property to another.
fn are_too_close(one: &VisitTime, other: &VisitTime, travel: TimeDelta) -> bool {
    let are_apart = match (&one.property_id, &other.property_id) {
        (Some(here), Some(there)) => here != there,
        _ => false,
    };
    let gap = if are_apart { travel } else { TimeDelta::zero() };
    let ends_before = |first: &VisitTime, second: &VisitTime| second.start - first.end >= gap;
    !ends_before(one, other) && !ends_before(other, one)
}

/// Those of this kind, earliest first.
fn those(others: &[ClaimInTheWay], is_one: impl Fn(&VisitTime) -> bool) -> Vec<ClaimInTheWay> {
    let mut those: Vec<_> = others.iter().filter(|other| is_one(&other.visit)).cloned().collect();
    those.sort_by_key(|claim| (claim.visit.start, claim.reservation_id));
    those
}
