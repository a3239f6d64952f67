use std::sync::Arc;

use operation::{Accepted, Access, Begun, Code, Command, CommandCall, Executor, Nothing, Operation, Problem};
use reactor::{Reactors, ResumeError, Resumed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A stream that is parked for a reactor, as `/readyz` names both.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfParkedStream {
    reactor: String,
    stream: String,
}

/// The reactors of a process, as the part of it that retries and skips.
#[derive(Debug, Clone)]
pub struct ParkedStreams(pub Reactors);

/// These commands are safe to repeat without being remembered.
impl Executor for ParkedStreams {
    type Turn = ();

    async fn begin(&self, _: &CommandCall) -> Result<Begun<()>, Problem> {
        Ok(Begun::Now(()))
    }

    async fn carried_out_meanwhile(&self, _: &CommandCall) -> Option<Accepted<serde_json::Value>> {
        None
    }
}

/// The result. `version` is the revision up to which the stream is handled, or that of the event at which it is
/// parked; `position` is the reactor's position in the log.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ResumedStream {
    /// The reactor.
    reactor: String,
    /// The stream.
    stream: String,
    /// Whether it is still parked, or parked again.
    parked: bool,
    /// What is wrong with the event at which it is parked.
    reason: Option<String>,
}

const ERRORS: &[Code] = &[Code::UnknownReactor, Code::StreamNotParked];

/// Retries a parked stream from the event that could not be handled.
pub(crate) struct RetryParkedStream;

impl Operation for RetryParkedStream {
    const NAME: &'static str = "RetryParkedStream";
    const SUMMARY: &'static str = "Retries a parked stream from the event that could not be handled.";
    const ACCESS: Access = Access::ADMINISTRATION;
    const ERRORS: &'static [Code] = ERRORS;
    type Target = OfParkedStream;
    type Request = Nothing;
    type Answer = ResumedStream;
}

impl Command for RetryParkedStream {
    type Api = ParkedStreams;

    async fn execute(
        api: &Arc<ParkedStreams>,
        call: &CommandCall,
        target: OfParkedStream,
        _: Nothing,
    ) -> Result<Accepted<ResumedStream>, Problem> {
        refuse_conditions(call)?;
        let resumed = if call.delivery.dry_run {
            as_it_is(&api.0, &target, None)
        } else {
            api.0.retry(&target.reactor, &target.stream).await
        };
        accept(&api.0, target, resumed)
    }
}

/// Skips the event at which a stream is parked.
pub(crate) struct SkipParkedEvent;

/// The event to skip, so that a repeated command skips no other.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PassedOver {
    /// Its revision, as `/readyz` names it.
    revision: u64,
}

impl Operation for SkipParkedEvent {
    const NAME: &'static str = "SkipParkedEvent";
    const SUMMARY: &'static str = "Skips the event at which a stream is parked, and continues after it.";
    const ACCESS: Access = Access::ADMINISTRATION;
    const ERRORS: &'static [Code] = ERRORS;
    type Target = OfParkedStream;
    type Request = PassedOver;
    type Answer = ResumedStream;
}

impl Command for SkipParkedEvent {
    type Api = ParkedStreams;

    async fn execute(
        api: &Arc<ParkedStreams>,
        call: &CommandCall,
        target: OfParkedStream,
        PassedOver { revision }: PassedOver,
    ) -> Result<Accepted<ResumedStream>, Problem> {
        refuse_conditions(call)?;
        let resumed = if call.delivery.dry_run {
            as_it_is(&api.0, &target, Some(revision))
        } else {
            api.0.skip(&target.reactor, &target.stream, revision).await
        };
        accept(&api.0, target, resumed)
    }
}

/// What a dry run tells: a refusal, or the stream as it is parked. Whether its events can be handled now shows only when they
/// are.
fn as_it_is(
    reactors: &Reactors,
    OfParkedStream { reactor, stream }: &OfParkedStream,
    skips: Option<u64>,
) -> Result<Resumed, ResumeError> {
    let parked = reactors.find(reactor).ok_or(ResumeError::NotHere)?.parked();
    match (parked.into_iter().find(|parked| *parked.stream == **stream), skips) {
        (None, _) => Err(ResumeError::NotParked),
        (Some(parked), Some(revision)) if revision != parked.revision => {
            Err(ResumeError::ParkedElsewhere { revision: parked.revision })
        }
        (Some(parked), _) => Ok(Resumed::ParkedAgain(parked)),
    }
}

/// Refuses preconditions and `Idempotency-Key`: these commands are safe to repeat without them.
fn refuse_conditions(call: &CommandCall) -> Result<(), Problem> {
    let delivery = &call.delivery;
    let field = match (&delivery.if_match, &delivery.if_none_match, &delivery.idempotency_key) {
        (Some(_), _, _) => "if_match",
        (_, Some(_), _) => "if_none_match",
        (_, _, Some(_)) => "idempotency_key",
        (None, None, None) => return Ok(()),
    };
    Err(Problem::malformed(field, "is not accepted by this command; leave it out"))
}

fn accept(
    reactors: &Reactors,
    OfParkedStream { reactor, stream }: OfParkedStream,
    resumed: Result<Resumed, ResumeError>,
) -> Result<Accepted<ResumedStream>, Problem> {
    let position = reactors.find(&reactor).map_or(0, |running| running.position());
    let (version, reason) = match resumed {
        Ok(Resumed::Handled { revision }) => (revision.unwrap_or(0), None),
        Ok(Resumed::ParkedAgain(parked)) => (parked.revision, Some(parked.reason)),
        Err(ResumeError::NotHere) => {
            let detail = format!(
                "No reactor {reactor} runs in this process; use the one whose /readyz names the stream."
            );
            return Err(Problem::new(Code::UnknownReactor, detail));
        }
        Err(ResumeError::NotParked) => {
            let detail =
                format!("Stream {stream} is not parked for {reactor}; /readyz names the ones that are.");
            return Err(Problem::new(Code::StreamNotParked, detail));
        }
        Err(ResumeError::ParkedElsewhere { revision }) => {
            let detail = format!("Stream {stream} is parked at revision {revision}; nothing was skipped.");
            return Err(Problem::new(Code::StreamNotParked, detail).with("revision", revision));
        }
        Err(ResumeError::Unavailable(why)) => {
            return Err(Problem::new(
                Code::NotReady,
                format!("The stream cannot be resumed now: {why}. Send it again in a moment."),
            ));
        }
    };
    let answer = ResumedStream { reactor, stream, parked: reason.is_some(), reason };
    Ok(Accepted { answer, version, position, repeated: false })
}
