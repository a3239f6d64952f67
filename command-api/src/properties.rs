//! Commands on properties, each sent to its property's stream.

use domain::{Property, PropertyAnswer, PropertyCommand, PropertyRejection, Refusal};
use operation::{Accepted, CommandCall, Problem};
use schemas::{PropertyId, stream};

use crate::CommandApi;
use crate::agent_refusal::obstacles;
use crate::directory::{CarriedOutOn, CommandRecord};
use crate::failure::Failure;
use crate::store_trouble;
use crate::writer::FoldedState;

impl CommandApi {
    /// Sends a command to a property's stream.
    pub(crate) async fn send_to_property(
        &self,
        call: &CommandCall,
        property_id: &PropertyId,
        body: PropertyCommand,
    ) -> Result<Accepted<PropertyAnswer>, Problem> {
        let (command, correlation_id) = self.command(call, body);
        let (command_id, is_to_be_known) = (command.command_id, command.may_repeat && !command.dry_run);
        let digest = command.digest.clone();
        let sent = self.properties.writer(property_id).execute(command, correlation_id, None).await;
        let accepted = match sent {
            Ok(accepted) => accepted,
            Err(failure) => return Err(self.refused_by_property(failure)),
        };
        if is_to_be_known && !accepted.repeated {
            let sent = CommandRecord { on: CarriedOutOn::Property(property_id.clone()), digest };
            self.directory.note_command(command_id, sent);
        }
        Ok(accepted)
    }

    /// The problem with the visits that are in the way, if it is because of some.
    fn refused_by_property(&self, failure: Failure<PropertyRejection>) -> Problem {
        let in_the_way = match &failure {
            Failure::Refused(Refusal::Rejected(PropertyRejection::BlockOverlapsAppointments(visits))) => {
                visits.clone()
            }
            _ => return failure.into(),
        };
        Problem::from(failure).with("appointments", obstacles(&in_the_way, &self.wording()))
    }

    /// The current state of a property, read from its stream.
    pub(crate) async fn load_property(&self, property_id: &PropertyId) -> Result<Property, Problem> {
        let stream = stream::property(property_id);
        let loaded = FoldedState::<Property>::load(&self.store, &stream).await;
        loaded.map(|loaded| loaded.state).map_err(|error| {
            store_trouble::report("a property's stream cannot be loaded", &stream, &error);
            error.failure::<PropertyRejection>().into()
        })
    }
}
