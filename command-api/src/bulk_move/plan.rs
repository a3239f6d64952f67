//! The plan of a bulk move: by load, at the time that each visit has, by the rules of a hand-over.

use std::collections::BTreeSet;
use std::sync::Arc;

use availability::Interval;
use calendar_fold::booking;
use domain::{Agent, AgentRejection, Refusal};
use operation::Problem;
use schemas::AgentId;
use schemas::value::{AppointmentSnapshot, PlannedVisit};

use crate::CommandApi;
use crate::directory::{Placed, PlannedLoads};
use crate::failure::Failure;
use crate::placement::Placement;

/// How many visits one bulk move can have.
const MAX_VISITS: usize = 500;

/// Which visits are to go where.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// The agent whose visits they are.
    pub(crate) agent_id: AgentId,
    /// The visits overlap this range.
    pub(crate) range: Interval,
    /// The only agents who may get them; none = any who is active.
    pub(crate) to_agents: Option<Vec<AgentId>>,
    /// Why, for people to read.
    pub(crate) reason: String,
}

impl Wanted {
    fn may_go_to(&self, agent_id: &AgentId) -> bool {
        *agent_id != self.agent_id && self.to_agents.as_ref().is_none_or(|only| only.contains(agent_id))
    }
}

/// Which agent takes each visit, earliest first; for those that nobody can take, why, and the nearest times. Nothing is
/// stored.
pub(crate) async fn plan(api: &Arc<CommandApi>, wanted: &Wanted) -> Result<Vec<PlannedVisit>, Problem> {
    let (read, office) = tokio::join!(api.directory.reach_end(), api.refresh_office());
    read?;
    let agent = api.load_agent(&wanted.agent_id).await?;
    if !agent.is_registered() {
        return Err(unknown_agent(&wanted.agent_id));
    }
    for agent_id in wanted.to_agents.iter().flatten() {
        api.directory.is_active(agent_id).ok_or_else(|| unknown_agent(agent_id))?;
    }
    let visits = visits_of(&agent, wanted.range);
    if visits.len() > MAX_VISITS {
        let detail = format!(
            "there are {} appointments until then: at most {MAX_VISITS} can be moved at once, so shorten the range",
            visits.len()
        );
        return Err(Problem::malformed("to", detail));
    }
    let (mut planned, mut plan) = (PlannedLoads::default(), Vec::with_capacity(visits.len()));
    // Without names, those come first who work where the agent works.
    let neighbours =
        if wanted.to_agents.is_none() { api.directory.neighbours(&wanted.agent_id) } else { None };
    for visit in visits {
        let visit_booked = booking(visit);
        let mut place = |among: Option<&BTreeSet<AgentId>>| {
            let is_among = |agent_id: &AgentId| among.is_none_or(|among| among.contains(agent_id));
            let may = |agent_id: &AgentId| wanted.may_go_to(agent_id) && is_among(agent_id);
            api.directory.place(office.calendar(), &visit_booked, may, &mut planned, api.now())
        };
        let nearby = neighbours.as_ref().map(|among| place(Some(among)));
        let nearby = nearby.filter(|placed| matches!(placed, Placed::With(_)));
        let placed = nearby.unwrap_or_else(|| place(None));
        plan.push(planned_visit(visit, placed));
        // The log is followed meanwhile, and others are answered.
        tokio::task::yield_now().await;
    }
    Ok(plan)
}

/// The live visits that overlap the range, earliest first.
fn visits_of(agent: &Agent, range: Interval) -> Vec<&AppointmentSnapshot> {
    let overlaps = |visit: &&AppointmentSnapshot| Interval::new(visit.start, visit.end).overlaps(&range);
    let mut visits: Vec<_> = agent.appointments().filter(overlaps).collect();
    visits.sort_by_key(|visit| (visit.start, visit.appointment_id));
    visits
}

fn planned_visit(visit: &AppointmentSnapshot, placed: Placed) -> PlannedVisit {
    let Placement { to_agent_id, because, alternatives } = placed.into();
    PlannedVisit {
        appointment_id: visit.appointment_id,
        appointment_type: visit.appointment_type.clone(),
        start: visit.start,
        end: visit.end,
        version: visit.version,
        to_agent_id,
        because,
        alternatives: alternatives.into_iter().map(|slot| slot.entry).collect(),
    }
}

fn unknown_agent(agent_id: &AgentId) -> Problem {
    let unknown = Failure::Refused(Refusal::Rejected(AgentRejection::UnknownAgent));
    Problem::from(unknown).with("agent_id", agent_id)
}
