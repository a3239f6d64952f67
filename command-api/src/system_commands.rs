//! Commands of Citas itself, such as those of its first start.

use domain::{AgentCommand, AgentRejection, Command, OfficeCommand};
use operation::Problem;
use schemas::{AgentId, stream};

use crate::CommandApi;
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
    ) -> Result<(), Problem> {
        let command = keyed_command(key, body);
        let correlation_id = command.command_id.uuid();
        self.agents.writer(agent_id).execute(command, correlation_id, None).await?;
        Ok(())
    }

    /// The office's name; none if it was never set up. Reads the store.
    pub async fn office_name(&self) -> Result<Option<String>, Problem> {
        let office = self.office_feed.read_on().await.map_err(|error| {
            store_trouble::report("the office's stream cannot be read", stream::OFFICE, &error);
            Problem::from(error.failure::<AgentRejection>())
        })?;
        let name = office.policy().name.clone();
        Ok((!name.is_empty()).then_some(name))
    }

    /// Whether the agent has ever been registered. Reads the store.
    pub async fn knows_agent(&self, agent_id: &AgentId) -> Result<bool, Problem> {
        let stream = stream::agent(agent_id);
        let revision = self.store.stream_revision(&stream).await;
        revision.map(|revision| revision.is_some()).map_err(|error| {
            store_trouble::report("an agent's stream cannot be looked up", &stream, &error);
            Failure::<AgentRejection>::StoreUnavailable.into()
        })
    }
}

/// A command of Citas itself, by a key that is the same for every repetition.
fn keyed_command<C>(key: &str, body: C) -> Command<C> {
    let command_id = identity::command_id(&identity::itself(), key);
    identity::system_command(command_id, key, body)
}
