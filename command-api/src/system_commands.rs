//! Commands of Citas itself, such as those of its first start.

use std::sync::Arc;

use domain::{
    AgentCommand, AgentRejection, Aggregate as _, Answer, Command, Office, OfficeCommand,
    RescheduleAppointment,
};
use event_store::StreamFilter;
use operation::{CommandCall, Delivery, Problem};
use schemas::{AgentId, Origin, stream};

use crate::CommandApi;
use crate::across_streams::reschedule;
use crate::failure::Failure;
use crate::identity;
use crate::store_trouble;

impl CommandApi {
    /// Carries out a command of Citas itself on the office, such as its first policies.
    ///
    /// `key` makes a repetition harmless.
    pub async fn set_up_office(&self, key: &str, body: OfficeCommand) -> Result<(), Problem> {
        let command = keyed_command(key, body);
        let correlation_id = command.command_id.uuid();
        self.office_writer().execute(command, correlation_id, None).await?;
        Ok(())
    }

    /// Carries out a command of Citas itself on an agent, such as a demonstration's.
    ///
    /// `key` makes a repetition harmless.
    pub async fn set_up_agent(
        &self,
        agent_id: &AgentId,
        key: &str,
        body: AgentCommand,
    ) -> Result<Answer, Problem> {
        let command = keyed_command(key, body);
        let correlation_id = command.command_id.uuid();
        Ok(self.agents.writer(agent_id).execute(command, correlation_id, None).await?.answer)
    }

    /// Moves an appointment, perhaps to another agent, as a command of Citas itself.
    ///
    /// `key` makes a repetition harmless.
    pub async fn set_up_move(
        self: &Arc<Self>,
        key: &str,
        asked: RescheduleAppointment,
    ) -> Result<Answer, Problem> {
        let delivery = Delivery {
            actor: identity::itself(),
            origin: Origin::System,
            correlation_id: None,
            idempotency_key: Some(key.to_owned()),
            if_match: None,
            if_none_match: None,
            dry_run: false,
        };
        let call = CommandCall { delivery, digest: key.to_owned() };
        Ok(reschedule(self, &call, asked).await?.answer)
    }

    /// The office's name; none if it was never set up. Reads the store.
    pub async fn office_name(&self) -> Result<Option<String>, Problem> {
        let name = self.read_office().await?.policy().name.clone();
        Ok((!name.is_empty()).then_some(name))
    }

    /// Whether the office has weekly hours. Reads the store.
    pub async fn office_has_hours(&self) -> Result<bool, Problem> {
        Ok(self.read_office().await?.calendar().rules().next().is_some())
    }

    async fn read_office(&self) -> Result<Arc<Office>, Problem> {
        self.office_feed.read_on().await.map_err(|error| {
            store_trouble::report("the office's stream cannot be read", stream::OFFICE, &error);
            error.failure::<AgentRejection>().into()
        })
    }

    /// Whether any agent was ever registered. Reads the store.
    pub async fn has_agents(&self) -> Result<bool, Problem> {
        let agents = StreamFilter::prefixes([stream::AGENT_PREFIX]);
        self.store.head_of(&agents).await.map(|head| head.is_some()).map_err(|error| {
            store_trouble::report("the agents' streams cannot be looked up", "$all", &error);
            Failure::<AgentRejection>::StoreUnavailable.into()
        })
    }

    /// Whether [`Self::set_up_agent`] was carried out under this key, as long as it is remembered. Reads the store.
    pub async fn has_set_up_agent(&self, agent_id: &AgentId, key: &str) -> Result<bool, Problem> {
        let agent = self.load_agent(agent_id).await?;
        Ok(agent.receipts().get(identity::command_id(&identity::itself(), key)).is_some())
    }
}

/// A command of Citas itself, by a key that is the same for every repetition.
fn keyed_command<C>(key: &str, body: C) -> Command<C> {
    let command_id = identity::command_id(&identity::itself(), key);
    identity::system_command(command_id, key, body)
}
