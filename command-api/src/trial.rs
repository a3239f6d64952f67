//! Sends commands that change hours, blocks and types, and finds the impact of those that are only tried.

use domain::{AgentCommand, Answer, OfficeAnswer, OfficeCommand};
use operation::{Accepted, CommandCall, Problem};
use schemas::AgentId;

use crate::CommandApi;
use crate::impact::{Foreseen, ForeseenConflict, Impact};

impl CommandApi {
    /// Sends a command to an agent's stream, and tells the impact of one that is only tried.
    pub(crate) async fn send_to_calendar(
        &self,
        call: &CommandCall,
        agent_id: &AgentId,
        body: AgentCommand,
    ) -> Result<Accepted<Foreseen<Answer>>, Problem> {
        let accepted = self.send_to_agent(call, agent_id, body.clone()).await?;
        let impact = if call.delivery.dry_run {
            let (agent, office) = (self.load_agent(agent_id).await?, self.refresh_office().await);
            let (command, _) = self.command(call, body);
            // Refused by now: another change came between the two, and the answer is as of before it.
            let conflicts = agent.impact_of(&command, &office, self.now()).unwrap_or_default();
            let foreseen = |conflict| ForeseenConflict { agent_id: agent_id.clone(), conflict };
            let conflicts = conflicts.into_iter().map(foreseen).collect();
            Some(Impact { conflicts, more_conflicts: false })
        } else {
            None
        };
        with(accepted, impact)
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
            Ok(after) => self.directory.impact(before.calendar(), &after, self.now()).await,
            Err(_) => Impact::default(),
        };
        with(accepted, Some(impact))
    }
}

fn with<A>(accepted: Accepted<A>, impact: Option<Impact>) -> Result<Accepted<Foreseen<A>>, Problem> {
    accepted.try_map(|answer| Ok(Foreseen { answer, impact }))
}
