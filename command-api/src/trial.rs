//! Sends commands that change hours, blocks and types, and finds the impact of those that are only tried.

use availability::OfficeCalendar;
use domain::{AgentCommand, Answer, OfficeAnswer, OfficeCommand};
use operation::{Accepted, CommandCall, Problem};
use schemas::AgentId;

use crate::CommandApi;
use crate::directory::{Against, PlannedLoads};
use crate::impact::{Foreseen, ForeseenConflict, Impact, listed};
use crate::placement::Placement;

impl CommandApi {
    /// Sends a command to an agent's stream, and tells the impact of one that is only tried.
    pub(crate) async fn send_to_calendar(
        &self,
        call: &CommandCall,
        agent_id: &AgentId,
        body: AgentCommand,
    ) -> Result<Accepted<Foreseen<Answer>>, Problem> {
        let accepted = self.send_to_agent(call, agent_id, body.clone()).await?;
        let impact =
            if call.delivery.dry_run { Some(self.impact_on(call, agent_id, body).await?) } else { None };
        with(accepted, impact)
    }

    /// What the command would do to the appointments of its agent, as the agent's stream tells them.
    async fn impact_on(
        &self,
        call: &CommandCall,
        agent_id: &AgentId,
        body: AgentCommand,
    ) -> Result<Impact, Problem> {
        let (agent, office) = (self.load_agent(agent_id).await?, self.refresh_office().await);
        let (command, _) = self.command(call, body);
        // Refused by now: another change came between the two, and the answer is as of before it.
        let Ok(after) = agent.calendar_after(&command, &office, self.now()) else {
            return Ok(Impact::default());
        };
        let found = agent.impact_of(&after, &office, self.now());
        if found.is_empty() {
            return Ok(Impact::default());
        }
        // Whom they could go to, the directory knows.
        self.directory.reach_end().await?;
        let found = found.into_iter().map(|conflict| (agent_id.clone(), conflict)).collect();
        let is_active = after.is_active;
        let may = |candidate: &AgentId| is_active || candidate != agent_id;
        let planned = PlannedLoads::with_calendar(agent_id.clone(), after.calendar);
        Ok(self.placed(found, true, office.calendar(), planned, may).await)
    }

    /// Sends a command to the office's stream, and tells the impact of one that is only tried: on every agent, as far as
    /// the log has been read.
    pub(crate) async fn send_to_every_calendar(
        &self,
        call: &CommandCall,
        body: OfficeCommand,
    ) -> Result<Accepted<Foreseen<OfficeAnswer>>, Problem> {
        if !call.delivery.dry_run {
            return with(self.send_to_office(call, body).await?, None);
        }
        let (read, before) = tokio::join!(self.directory.reach_end(), self.refresh_office());
        let accepted = self.send_to_office(call, body.clone()).await?;
        read?;
        let (command, _) = self.command(call, body);
        let impact = match before.calendar_after(&command, self.now()) {
            Ok(after) => {
                let (found, are_all) = self.directory.impact(before.calendar(), &after, self.now()).await;
                self.placed(found, are_all, &after, PlannedLoads::default(), |_| true).await
            }
            Err(_) => Impact::default(),
        };
        with(accepted, Some(impact))
    }

    /// The conflicts to list, each with where it could go once the change is made: what goes to an agent counts for the next.
    /// `are_all` is whether no other appointment could be one.
    async fn placed(
        &self,
        found: Against,
        are_all: bool,
        office: &OfficeCalendar,
        mut planned: PlannedLoads,
        may: impl Fn(&AgentId) -> bool,
    ) -> Impact {
        let (listed, are_more) = listed(found);
        let mut conflicts = Vec::with_capacity(listed.len());
        let (wording, zone) = (self.wording(), office.time_zone());
        for (agent_id, conflict) in listed {
            let (of, now) = ((&agent_id, &conflict), self.now());
            let placed = self.directory.place_conflict(office, of, &may, &mut planned, now);
            let placement = placed.map_or(Placement::CHANGED, |(appointment_type, placed)| {
                let mut placement = Placement::from(placed);
                for slot in &mut placement.alternatives {
                    let issued = self.slot_refs.issue(&slot.agent_id, &appointment_type, slot.start, now);
                    slot.slot_ref = Some(issued);
                    slot.time = Some(wording.time(slot.start, slot.end, zone));
                }
                placement
            });
            let time = wording.time(conflict.interval.start, conflict.interval.end, zone);
            conflicts.push(ForeseenConflict { agent_id, conflict, time, placement });
            // The log is followed meanwhile, and others are answered.
            tokio::task::yield_now().await;
        }
        Impact { conflicts, more_conflicts: are_more || !are_all }
    }
}

fn with<A>(accepted: Accepted<A>, impact: Option<Impact>) -> Result<Accepted<Foreseen<A>>, Problem> {
    accepted.try_map(|answer| Ok(Foreseen { answer, impact }))
}
