//! Ids of commands, steps and replies, and commands of Citas itself; those derived from a name are the same for every repetition.

use chrono::{DateTime, Utc};
use domain::Command;
use schemas::{Actor, ActorKind, CommandId, Origin};
use uuid::{ContextV7, Timestamp, Uuid};

/// The namespace of command ids that are made from idempotency keys.
const COMMANDS: Uuid = Uuid::from_u128(0x6369_7461_7300_8001_9c3f_0d1e_5a7b_2460);

thread_local! {
    static SEQUENCE: ContextV7 = const { ContextV7::new() };
}

/// A new `UUIDv7` of this moment: ids made later sort later.
pub(crate) fn new_id(now: DateTime<Utc>) -> Uuid {
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    SEQUENCE
        .with(|sequence| Uuid::new_v7(Timestamp::from_unix(sequence, seconds, now.timestamp_subsec_nanos())))
}

/// The id of the command that this sender gave this idempotency key.
pub(crate) fn command_id(actor: &Actor, idempotency_key: &str) -> CommandId {
    let name = format!("{:?}\n{}\n{idempotency_key}", actor.kind, actor.id);
    CommandId::new(Uuid::new_v5(&COMMANDS, name.as_bytes()))
}

/// The id of one step of a command; the same for every attempt at that step.
pub(crate) fn step_id(of: CommandId, step: &str) -> CommandId {
    CommandId::new(Uuid::new_v5(&of.uuid(), step.as_bytes()))
}

/// The id of the reply with this outcome; the same each time that it is sent.
#[cfg(feature = "kafka")]
pub(crate) fn reply_id(command_id: Uuid, outcome: &str) -> Uuid {
    Uuid::new_v5(&command_id, format!("reply/{outcome}").as_bytes())
}

/// A command of Citas itself that completes another command.
pub(crate) fn system_command<C>(command_id: CommandId, digest: &str, body: C) -> Command<C> {
    let (digest, origin) = (digest.to_owned(), Origin::System);
    Command {
        command_id,
        digest,
        actor: itself(),
        origin,
        if_match: None,
        if_none_match: None,
        dry_run: false,
        may_repeat: false,
        body,
    }
}

/// Citas itself, as who sends a command.
pub(crate) fn itself() -> Actor {
    Actor { kind: ActorKind::System, id: "citas".to_owned() }
}
