//! Which commands are taken by message, and by which.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use operation::{
    Accepted, Command, Delivery, Description, Operation, Problem, WithTarget, carry_out, read_json,
};

use crate::CommandApi;
use crate::operations::{
    BookAppointment, CancelAppointment, CompleteAppointment, ConfirmAppointment, HoldSlot, MarkNoShow,
    ReassignAppointment, ReleaseHold, RescheduleAppointment,
};

/// Every command that is taken; `schemas/commands/` has the schemas of their payloads.
pub(super) const MESSAGES: [Message; 9] = [
    Message::of::<BookAppointment>(),
    Message::of::<HoldSlot>(),
    Message::of::<ReleaseHold>(),
    Message::of::<ConfirmAppointment>(),
    Message::of::<RescheduleAppointment>(),
    Message::of::<ReassignAppointment>(),
    Message::of::<CancelAppointment>(),
    Message::of::<CompleteAppointment>(),
    Message::of::<MarkNoShow>(),
];

/// A kind of message: an operation, with target and request together as its payload.
pub(super) struct Message {
    pub(super) operation: Description,
    read: Reading,
}

/// Reads a payload as that of one command.
type Reading = fn(&[u8]) -> Result<Box<dyn Received>, Problem>;

/// A command that was read. It can be carried out as often as it takes.
pub(super) trait Received: Send + Sync {
    /// Has it carried out for whoever sent it.
    fn carry_out<'a>(
        &self,
        api: &'a Arc<CommandApi>,
        delivery: Delivery,
    ) -> BoxFuture<'a, Result<Reply, Problem>>;
}

/// What came of a command that was carried out.
pub(super) struct Reply {
    /// What HTTP would say: 201 for what was made, else 200.
    pub(super) status: u16,
    /// It was carried out before; this is the first answer.
    pub(super) repeated: bool,
    /// JSON: what it came to, with version and position.
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

    /// Reads the payload as that of a command of this type.
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
