//! Operations: what commands and queries declare, and how adapters run them.

use std::sync::Arc;

use schemars::{JsonSchema, Schema, schema_for};
use schemas::ActorKind;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Accepted, Access, Code, CommandCall, Delivery, Found, Problem, QueryCall};

/// A command or a query of Citas.
pub trait Operation: 'static {
    /// Its name everywhere, such as `BookAppointment`.
    const NAME: &'static str;
    /// What it does, as a sentence for people.
    const SUMMARY: &'static str;
    /// The roles that may use it.
    const ACCESS: Access;
    /// How it can fail, besides the codes that every operation can return; see [`Code::is_common`].
    const ERRORS: &'static [Code];
    /// The agent, appointment, rule and so on that it is about: an object of ids, or [`Nothing`].
    type Target: Serialize + DeserializeOwned + JsonSchema + Clone + Send + Sync + 'static;
    /// The content of the request.
    type Request: Serialize + DeserializeOwned + JsonSchema + Clone + Send + Sync + 'static;
    /// The content of the answer.
    type Answer: Serialize + JsonSchema + Send + 'static;
}

/// An operation that changes something.
pub trait Command: Operation<Answer: DeserializeOwned> {
    /// The part of the process that carries it out.
    type Api: Executor;
    /// Whether it creates something, so that HTTP answers with 201.
    const CREATES: bool = false;

    /// Carries it out. Adapters call [`carry_out`] instead.
    fn execute(
        api: &Arc<Self::Api>,
        call: &CommandCall,
        target: Self::Target,
        request: Self::Request,
    ) -> impl Future<Output = Result<Accepted<Self::Answer>, Problem>> + Send;
}

/// The part of a process that carries out commands.
pub trait Executor: Send + Sync + 'static {
    /// Whether it carries out any command at present.
    fn accepts(&self) -> Result<(), Problem> {
        Ok(())
    }

    /// Held while a command is carried out, so that the same one does not begin meanwhile.
    type Turn: Send;

    /// Called before anything else is looked at: whether this command was carried out before, and with which answer.
    fn begin(&self, call: &CommandCall) -> impl Future<Output = Result<Begun<Self::Turn>, Problem>> + Send;

    /// Called after a refusal: the first answer, if another process has carried the command out by now. What it has
    /// changed may be the reason for the refusal.
    fn carried_out_meanwhile(
        &self,
        call: &CommandCall,
    ) -> impl Future<Output = Option<Accepted<Value>>> + Send;
}

/// Whether a command was carried out before.
#[derive(Debug)]
pub enum Begun<T> {
    /// It was; this is its first answer.
    Before(Accepted<Value>),
    /// Not as far as is known; it is its turn.
    Now(T),
}

/// An operation that only reads.
pub trait Query: Operation {
    /// The part of the process that answers it.
    type Api: Send + Sync + 'static;

    /// Carries it out. Adapters call [`ask`] instead.
    fn execute(
        api: &Arc<Self::Api>,
        call: &QueryCall,
        target: Self::Target,
        request: Self::Request,
    ) -> impl Future<Output = Result<Found<Self::Answer>, Problem>> + Send;
}

/// Carries out a command, if the sender's role may use it and commands are accepted. A dry run takes no key: its answer is
/// neither remembered nor one that was.
pub async fn carry_out<C: Command>(
    api: &Arc<C::Api>,
    mut delivery: Delivery,
    target: C::Target,
    request: C::Request,
) -> Result<Accepted<C::Answer>, Problem> {
    allow::<C>(delivery.actor.kind)?;
    api.accepts()?;
    if delivery.dry_run {
        delivery.idempotency_key = None;
    }
    let digest = digest::<C>(&target, &request);
    let call = CommandCall { delivery, digest };
    let answer = match api.begin(&call).await {
        Ok(Begun::Now(_turn)) => match C::execute(api, &call, target, request).await {
            // A refusal; not a failure, which says by itself whether to send it again.
            Err(problem) if call.delivery.idempotency_key.is_some() && problem.code().status() < 500 => {
                match api.carried_out_meanwhile(&call).await {
                    Some(first) => read(first),
                    None => Err(problem),
                }
            }
            answer => answer,
        },
        Ok(Begun::Before(first)) => read(first),
        Err(problem) => Err(problem),
    };
    declared::<C, _>(answer.map_err(|problem| match problem.code() {
        // It may be known by now why.
        Code::StoreUnavailable => api.accepts().err().unwrap_or(problem),
        _ => problem,
    }))
}

/// A first answer is found by operation and content, so the types match unless stored events were tampered with.
fn read<T: DeserializeOwned>(first: Accepted<Value>) -> Result<Accepted<T>, Problem> {
    first.try_map(|answer| serde_json::from_value(answer).map_err(|error| Problem::internal(&error)))
}

/// Answers a query, if the sender's role may use it.
pub async fn ask<Q: Query>(
    api: &Arc<Q::Api>,
    call: QueryCall,
    target: Q::Target,
    request: Q::Request,
) -> Result<Found<Q::Answer>, Problem> {
    allow::<Q>(call.actor.kind)?;
    declared::<Q, _>(Q::execute(api, &call, target, request).await)
}

fn allow<O: Operation>(role: ActorKind) -> Result<(), Problem> {
    if O::ACCESS.allows(role) {
        return Ok(());
    }
    let detail = format!("{} is not allowed for this role; use the token of a role that may.", O::NAME);
    Err(Problem::new(Code::Forbidden, detail))
}

/// Checks, in debug builds, that the operation declares the error that it returns.
fn declared<O: Operation, T>(answer: Result<T, Problem>) -> Result<T, Problem> {
    if let Err(problem) = &answer {
        let code = problem.code();
        debug_assert!(code.is_common() || O::ERRORS.contains(&code), "{} does not declare {code:?}", O::NAME);
    }
    answer
}

/// The digest of operation, target and request.
fn digest<O: Operation>(target: &O::Target, request: &O::Request) -> String {
    let content = serde_json::to_vec(&(O::NAME, target, request))
        .expect("targets and requests have text keys and finite numbers only");
    Sha256::digest(content).iter().take(16).fold(String::with_capacity(32), |mut text, byte| {
        use std::fmt::Write as _;
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A target, request or answer without members.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Whether an operation is a command or a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It changes something.
    Command,
    /// It only reads.
    Query,
}

/// An operation's declarations as data, for listing, documenting and routing.
#[derive(Debug, Clone, Copy)]
pub struct Description {
    /// See [`Operation::NAME`].
    pub name: &'static str,
    /// Whether it is a command or a query.
    pub kind: Kind,
    /// Whether it creates something: then the answer says where that is.
    pub creates: bool,
    /// See [`Operation::SUMMARY`].
    pub summary: &'static str,
    /// See [`Operation::ACCESS`].
    pub access: Access,
    /// See [`Operation::ERRORS`].
    pub errors: &'static [Code],
    /// The schema of its target.
    pub target: fn() -> Schema,
    /// The schema of its request.
    pub request: fn() -> Schema,
    /// The schema of its answer.
    pub answer: fn() -> Schema,
}

impl Description {
    /// Describes a command.
    pub const fn of_command<C: Command>() -> Self {
        let answer = schema::<Accepted<C::Answer>>;
        Self { answer, creates: C::CREATES, ..Self::of::<C>(Kind::Command) }
    }

    /// Describes a query.
    pub const fn of_query<Q: Query>() -> Self {
        Self::of::<Q>(Kind::Query)
    }

    const fn of<O: Operation>(kind: Kind) -> Self {
        Self {
            name: O::NAME,
            kind,
            creates: false,
            summary: O::SUMMARY,
            access: O::ACCESS,
            errors: O::ERRORS,
            target: schema::<O::Target>,
            request: schema::<O::Request>,
            answer: schema::<O::Answer>,
        }
    }

    /// The names of the ids in its target, in their order.
    pub fn target_members(&self) -> Vec<String> {
        let schema = (self.target)();
        let members = schema.get("properties").and_then(serde_json::Value::as_object);
        members.map(|members| members.keys().cloned().collect()).unwrap_or_default()
    }
}

fn schema<T: JsonSchema>() -> Schema {
    schema_for!(T)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
    struct Of {
        id: u8,
    }

    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
    struct Asked {
        reason: Option<String>,
    }

    macro_rules! operation {
        ($name:ident) => {
            struct $name;

            impl Operation for $name {
                const NAME: &'static str = stringify!($name);
                const SUMMARY: &'static str = "Nothing.";
                const ACCESS: Access = Access::ADMINISTRATION;
                const ERRORS: &'static [Code] = &[];
                type Target = Of;
                type Request = Asked;
                type Answer = Nothing;
            }
        };
    }
    operation!(Open);
    operation!(Close);

    /// Carries out commands, or refuses them all.
    struct Door {
        is_open: bool,
    }

    impl Executor for Door {
        type Turn = ();

        fn accepts(&self) -> Result<(), Problem> {
            if self.is_open { Ok(()) } else { Err(Problem::new(Code::StoreUnavailable, "not now")) }
        }

        async fn begin(&self, _: &CommandCall) -> Result<Begun<()>, Problem> {
            Ok(Begun::Now(()))
        }

        async fn carried_out_meanwhile(&self, _: &CommandCall) -> Option<Accepted<Value>> {
            None
        }
    }

    impl Command for Open {
        type Api = Door;

        async fn execute(
            _: &Arc<Door>,
            _: &CommandCall,
            _: Of,
            _: Asked,
        ) -> Result<Accepted<Nothing>, Problem> {
            Ok(Accepted { answer: Nothing {}, version: 1, position: 2, repeated: false })
        }
    }

    #[test]
    fn a_digest_is_of_operation_target_and_content_and_of_nothing_else() {
        let asked = |body: serde_json::Value| serde_json::from_value::<Asked>(body).unwrap();
        let first = digest::<Open>(&Of { id: 1 }, &asked(json!({})));
        assert_eq!(digest::<Open>(&Of { id: 1 }, &asked(json!({"reason": null}))), first, "left out is null");
        assert_eq!(first.len(), 32);
        for other in [
            digest::<Close>(&Of { id: 1 }, &asked(json!({}))),
            digest::<Open>(&Of { id: 2 }, &asked(json!({}))),
            digest::<Open>(&Of { id: 1 }, &asked(json!({"reason": "x"}))),
        ] {
            assert_ne!(other, first);
        }
    }

    fn sent_by(kind: ActorKind) -> Delivery {
        let actor = schemas::Actor { kind, id: "one".to_owned() };
        let origin = schemas::Origin::Api;
        Delivery {
            actor,
            origin,
            correlation_id: None,
            idempotency_key: None,
            if_match: None,
            if_none_match: None,
            dry_run: false,
        }
    }

    /// The result of a future that is ready at once.
    fn at_once<T>(future: impl Future<Output = T>) -> T {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match std::pin::pin!(future).poll(&mut context) {
            std::task::Poll::Ready(value) => value,
            std::task::Poll::Pending => panic!("it waits for nothing"),
        }
    }

    #[test]
    fn whoever_may_not_is_refused_before_anything_is_done() {
        let carried_out = |kind, is_open| {
            let (door, asked) = (Arc::new(Door { is_open }), Asked { reason: None });
            at_once(carry_out::<Open>(&door, sent_by(kind), Of { id: 1 }, asked))
        };
        assert_eq!(carried_out(ActorKind::Admin, true).unwrap().position, 2);
        assert_eq!(carried_out(ActorKind::Auditor, true).unwrap_err().code(), Code::Forbidden);
        assert_eq!(carried_out(ActorKind::Admin, false).unwrap_err().code(), Code::StoreUnavailable);
    }
}
