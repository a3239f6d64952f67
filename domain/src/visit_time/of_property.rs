//! A property is visited as its owner allows.

use availability::{PropertyCalendar, PropertyVisit, Reason, ShowingAgent, VisitId, WantedVisit};
use chrono::{DateTime, TimeDelta, Utc};
use schemas::{AgentId, AppointmentId, stream};

use super::{ClaimInTheWay, ReserveVisit, VisitRejection, VisitTime};

/// Who would show the property, and whether anybody comes to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertyTerms {
    /// Whether the appointment is at the property; a call about it takes no time of it.
    pub is_visit: bool,
    /// The agent.
    pub agent_id: AgentId,
    /// The comunas and regions that the agent covers.
    pub places: Vec<String>,
}

/// What speaks against what is wanted beside the property's other claims, and those without which it would not. The
/// calendar is without visits.
pub(crate) fn judge(
    wanted: &ReserveVisit,
    terms: &PropertyTerms,
    others: &[ClaimInTheWay],
    calendar: &PropertyCalendar,
    now: DateTime<Utc>,
) -> Option<(VisitRejection, Vec<ClaimInTheWay>)> {
    let mut beside = calendar.clone();
    for other in others {
        beside.add_visit(visit_of(other));
    }
    let visit = WantedVisit {
        interval: wanted.visit.interval(),
        appointment_type: &wanted.visit.appointment_type,
        is_visit: terms.is_visit,
        agent: Some(ShowingAgent { agent_id: &terms.agent_id, places: &terms.places }),
        moving: None,
    };
    let reason = beside.judge(&visit, now).err()?;
    let is_near: &dyn Fn(&VisitTime) -> bool = match reason {
        Reason::PropertyBusy => &|other| other.interval().overlaps(&wanted.visit.interval()),
        // Those of the day and the week, in whatever zone.
        Reason::PropertyLimit => &|other| (other.start - wanted.visit.start).abs() < TimeDelta::days(8),
        _ => &|_| false,
    };
    let in_the_way = others.iter().filter(|other| is_near(&other.visit)).cloned().collect();
    Some((VisitRejection::Property(reason), in_the_way))
}

/// Two claims of one appointment are two visits for as long as both are there.
fn visit_of(claim: &ClaimInTheWay) -> PropertyVisit {
    let unknown = || AgentId::parse("unknown").expect("it is an id");
    PropertyVisit {
        visit_id: VisitId::Appointment(AppointmentId::new(claim.reservation_id.uuid())),
        agent_id: stream::agent_of(&claim.deciding_stream).unwrap_or_else(unknown),
        appointment_type: claim.visit.appointment_type.clone(),
        start: claim.visit.start,
        end: claim.visit.end,
        expires_at: None,
    }
}
