//! Commands on leads, each sent to its lead's stream.

use domain::{Lead, LeadAnswer, LeadCommand, LeadRejection};
use operation::{Accepted, CommandCall, Problem};
use schemas::{LeadId, stream};

use crate::CommandApi;
use crate::directory::{CarriedOutOn, CommandRecord};
use crate::store_trouble;
use crate::writer::FoldedState;

impl CommandApi {
    /// Sends a command to a lead's stream, which begins with it if nothing was said of the lead before.
    pub(crate) async fn send_to_lead(
        &self,
        call: &CommandCall,
        body: LeadCommand,
    ) -> Result<Accepted<LeadAnswer>, Problem> {
        let lead_id = body.lead_id().clone();
        let (command, correlation_id) = self.command(call, body);
        let (command_id, is_to_be_known) = (command.command_id, command.may_repeat && !command.dry_run);
        let digest = command.digest.clone();
        let accepted = self.leads.writer(&lead_id).execute(command, correlation_id, None).await?;
        if is_to_be_known && !accepted.repeated {
            let sent = CommandRecord { on: CarriedOutOn::Lead(lead_id), digest };
            self.directory.note_command(command_id, sent);
        }
        Ok(accepted)
    }

    /// The current state of a lead, read from its stream.
    pub(crate) async fn load_lead(&self, lead_id: &LeadId) -> Result<Lead, Problem> {
        let stream = stream::lead(lead_id);
        let loaded = FoldedState::<Lead>::load(&self.store, &stream).await;
        loaded.map(|loaded| loaded.state).map_err(|error| {
            store_trouble::report("a lead's stream cannot be loaded", &stream, &error);
            error.failure::<LeadRejection>().into()
        })
    }
}
