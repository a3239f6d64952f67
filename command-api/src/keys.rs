//! Idempotency keys: a command that was carried out before gets its first answer, before anything else is looked at.
//!
//! The directory knows on which stream each command was carried out; that stream remembers the answer. Where it is not
//! known yet, because another process has carried it out just now, the command goes to the stream that decides it, which
//! knows it.

use domain::{Aggregate as _, Receipt};
use operation::{Accepted, Begun, Code, CommandCall, Executor, Problem};
use schemas::CommandId;
use serde_json::Value;
use tokio::sync::OwnedMutexGuard;

use crate::CommandApi;
use crate::directory::CarriedOutOn;
use crate::identity;
use crate::refusal::idempotency_mismatch;

impl Executor for CommandApi {
    type Turn = Option<OwnedMutexGuard<()>>;

    /// Not while the event store has another log: with what it has in memory, it would answer for the former one.
    fn accepts(&self) -> Result<(), Problem> {
        let follows = self.follows_its_log();
        follows.map_err(|why| Problem::new(Code::StoreUnavailable, format!("Nothing was done: {why}.")))
    }

    async fn begin(&self, call: &CommandCall) -> Result<Begun<Self::Turn>, Problem> {
        let Some(key) = &call.delivery.idempotency_key else { return Ok(Begun::Now(None)) };
        let command_id = identity::command_id(&call.delivery.actor, key);
        let turn = self.keys.take(command_id.uuid()).await;
        // After a start, commands of before are known once the log has been read.
        self.directory.commands_known().await?;
        let first = self.first_answer(command_id, &call.digest).await?;
        Ok(first.map_or(Begun::Now(Some(turn)), Begun::Before))
    }

    async fn carried_out_meanwhile(&self, call: &CommandCall) -> Option<Accepted<Value>> {
        let key = call.delivery.idempotency_key.as_ref()?;
        let command_id = identity::command_id(&call.delivery.actor, key);
        self.directory.reach_end().await.ok()?;
        self.first_answer(command_id, &call.digest).await.ok()?
    }
}

impl CommandApi {
    /// The first answer of a command, if it is known where it was carried out.
    async fn first_answer(
        &self,
        command_id: CommandId,
        digest: &str,
    ) -> Result<Option<Accepted<Value>>, Problem> {
        let known = self.directory.command(command_id);
        let Some(sent) = known.iter().find(|sent| sent.digest == digest) else {
            return if known.is_empty() { Ok(None) } else { Err(idempotency_mismatch()) };
        };
        match &sent.on {
            CarriedOutOn::Agent(agent_id) => {
                let agent = self.load_agent(agent_id).await?;
                answer(agent.receipts().get(command_id), |answer| self.first_answer_of_agent(answer))
            }
            CarriedOutOn::Office => {
                let office = self.refresh_office().await;
                answer(office.receipts().get(command_id), |answer| serde_json::to_value(answer))
            }
            CarriedOutOn::Lead(lead_id) => {
                let lead = self.load_lead(lead_id).await?;
                answer(lead.receipts().get(command_id), |answer| serde_json::to_value(answer))
            }
            CarriedOutOn::BulkMove(move_id) => self.first_answer_of_move(*move_id, command_id).await,
        }
    }
}

/// The first answer of a receipt, in the form of its operation.
fn answer<A>(
    receipt: Option<&Receipt<A>>,
    form: impl FnOnce(&A) -> serde_json::Result<Value>,
) -> Result<Option<Accepted<Value>>, Problem> {
    let Some(receipt) = receipt else { return Ok(None) };
    let answer = form(&receipt.answer).map_err(|error| Problem::internal(&error))?;
    let Receipt { version, position, .. } = *receipt;
    Ok(Some(Accepted { answer, version, position, repeated: true }))
}
