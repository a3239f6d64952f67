//! The commands that are accepted from Kafka, and how their messages are read.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use operation::{
    Accepted, Command, Delivery, Description, Operation, Problem, WithTarget, carry_out, read_json,
};

use crate::CommandApi;
use crate::operations::{
    BookAppointment, CancelAppointment, ChangeAppointmentDetails, CompleteAppointment, ConfirmAppointment,
    CorrectOutcome, HoldSlot, MarkNoShow, ReassignAppointment, RecordConsent, RegisterLead,
    ReinstateAppointment, ReleaseHold, RescheduleAppointment, UpdateLead,
};

/// Every command that is accepted; `schemas/commands/` has the schemas of their payloads.
pub(super) const MESSAGES: [Message; 15] = [
    Message::of::<BookAppointment>(),
    Message::of::<HoldSlot>(),
    Message::of::<ReleaseHold>(),
    Message::of::<ConfirmAppointment>(),
    Message::of::<RescheduleAppointment>(),
    Message::of::<ReassignAppointment>(),
    Message::of::<ChangeAppointmentDetails>(),
    Message::of::<CancelAppointment>(),
    Message::of::<ReinstateAppointment>(),
    Message::of::<CompleteAppointment>(),
    Message::of::<MarkNoShow>(),
    Message::of::<CorrectOutcome>(),
    Message::of::<RegisterLead>(),
    Message::of::<UpdateLead>(),
    Message::of::<RecordConsent>(),
];

/// A type of message: an operation whose target and request together are the payload.
pub(super) struct Message {
    pub(super) operation: Description,
    read: Reading,
}

/// Parses the payload of one command.
type Reading = fn(&[u8]) -> Result<Box<dyn Received>, Problem>;

/// A parsed command. It can be carried out repeatedly.
pub(super) trait Received: Send + Sync {
    /// Carries the command out for its sender.
    fn carry_out<'a>(
        &self,
        api: &'a Arc<CommandApi>,
        delivery: Delivery,
    ) -> BoxFuture<'a, Result<Reply, Problem>>;
}

/// The result of a command that was carried out.
pub(super) struct Reply {
    /// The HTTP status: 201 if something was created, else 200.
    pub(super) status: u16,
    /// Whether it was carried out before, so that this is the first answer again.
    pub(super) repeated: bool,
    /// The answer as JSON, with version and position.
    pub(super) body: Vec<u8>,
}

impl Message {
    const fn of<C: Command<Api = CommandApi>>() -> Self {
        Self { operation: Description::of_command::<C>(), read: read::<C> }
    }

    /// Its `ce_type`.
    pub(super) fn command_type(&self) -> String {
        format!("citas.{}.v1", self.operation.name)
    }

    /// Parses the payload of a command of this type.
    pub(super) fn read(command_type: &str, payload: &[u8]) -> Result<Box<dyn Received>, Problem> {
        let name = command_type.strip_prefix("citas.").and_then(|rest| rest.strip_suffix(".v1"));
        if let Some(message) = MESSAGES.iter().find(|message| Some(message.operation.name) == name) {
            return (message.read)(payload);
        }
        let every: Vec<String> = MESSAGES.iter().map(Self::command_type).collect();
        Err(Problem::malformed("ce_type", format!("must be one of {}", every.join(", "))))
    }
}

struct Read<C: Operation> {
    target: C::Target,
    request: C::Request,
}

fn read<C: Command<Api = CommandApi>>(payload: &[u8]) -> Result<Box<dyn Received>, Problem> {
    let payload: WithTarget<C::Target, C::Request> = read_json(payload)?;
    Ok(Box::new(Read::<C> { target: payload.target()?, request: payload.request }))
}

impl<C: Command<Api = CommandApi>> Received for Read<C> {
    fn carry_out<'a>(
        &self,
        api: &'a Arc<CommandApi>,
        delivery: Delivery,
    ) -> BoxFuture<'a, Result<Reply, Problem>> {
        let (target, request) = (self.target.clone(), self.request.clone());
        async move { carry_out::<C>(api, delivery, target, request).await.map(|accepted| reply::<C>(&accepted)) }
            .boxed()
    }
}

fn reply<C: Command>(accepted: &Accepted<C::Answer>) -> Reply {
    let body = serde_json::to_vec(accepted).expect("answers have text keys and finite numbers only");
    Reply { status: if C::CREATES { 201 } else { 200 }, repeated: accepted.repeated, body }
}
