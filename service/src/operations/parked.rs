use std::sync::Arc;

use operation::{Accepted, Access, Code, Command, CommandCall, Nothing, Operation, Problem};
use reactor::{Reactors, ResumeError, Resumed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A stream that is parked for a reactor, as `/readyz` names both.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfParkedStream {
    reactor: String,
    stream: String,
}

/// What came of it. `version` is the revision up to which the stream is handled, or of the event at which it is parked;
/// `position` how far the reactor is in the log.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ResumedStream {
    /// For which reactor.
    reactor: String,
    /// Which stream.
    stream: String,
    /// Whether it is parked still, or again.
    parked: bool,
    /// What is wrong with the event at which it is parked.
    reason: Option<String>,
}

const ERRORS: &[Code] = &[Code::UnknownReactor, Code::StreamNotParked];

/// Tries a parked stream again, from the event that could not be handled.
pub(crate) struct RetryParkedStream;

impl Operation for RetryParkedStream {
    const NAME: &'static str = "RetryParkedStream";
    const SUMMARY: &'static str = "Tries a parked stream again, from the event that could not be handled.";
    const ACCESS: Access = Access::ADMINISTRATION;
    const ERRORS: &'static [Code] = ERRORS;
    type Target = OfParkedStream;
    type Request = Nothing;
    type Answer = ResumedStream;
}

impl Command for RetryParkedStream {
    type Api = Reactors;

    async fn execute(
        api: &Arc<Reactors>,
        call: &CommandCall,
        target: OfParkedStream,
        _: Nothing,
    ) -> Result<Accepted<ResumedStream>, Problem> {
        refuse_conditions(call)?;
        let resumed = api.retry(&target.reactor, &target.stream).await;
        accept(api, target, resumed)
    }
}

/// Passes over the event at which a stream is parked.
pub(crate) struct SkipParkedEvent;

/// Which event: sent again, the command passes over no other.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PassedOver {
    /// Its number in the stream, as `/readyz` names it.
    revision: u64,
}

impl Operation for SkipParkedEvent {
    const NAME: &'static str = "SkipParkedEvent";
    const SUMMARY: &'static str = "Passes over the event at which a stream is parked, and goes on after it.";
    const ACCESS: Access = Access::ADMINISTRATION;
    const ERRORS: &'static [Code] = ERRORS;
    type Target = OfParkedStream;
    type Request = PassedOver;
    type Answer = ResumedStream;
}

impl Command for SkipParkedEvent {
    type Api = Reactors;

    async fn execute(
        api: &Arc<Reactors>,
        call: &CommandCall,
        target: OfParkedStream,
        PassedOver { revision }: PassedOver,
    ) -> Result<Accepted<ResumedStream>, Problem> {
        refuse_conditions(call)?;
        let resumed = api.skip(&target.reactor, &target.stream, revision).await;
        accept(api, target, resumed)
    }
}

/// The event is named by its revision, which is all that makes the command conditional and safe to repeat.
fn refuse_conditions(call: &CommandCall) -> Result<(), Problem> {
    let field = match (&call.delivery.if_match, &call.delivery.idempotency_key) {
        (Some(_), _) => "if_match",
        (None, Some(_)) => "idempotency_key",
        (None, None) => return Ok(()),
    };
    Err(Problem::malformed(field, "is not taken by this command; leave it out"))
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
                "No reactor {reactor} runs in this process; ask the one whose /readyz names the stream."
            );
            return Err(Problem::new(Code::UnknownReactor, detail));
        }
        Err(ResumeError::NotParked) => {
            let detail =
                format!("Stream {stream} is not parked for {reactor}; /readyz names the ones that are.");
            return Err(Problem::new(Code::StreamNotParked, detail));
        }
        Err(ResumeError::ParkedElsewhere { revision }) => {
            let detail =
                format!("Stream {stream} is parked at revision {revision}; nothing was passed over.");
            return Err(Problem::new(Code::StreamNotParked, detail).with("revision", revision));
        }
        Err(ResumeError::Unavailable(why)) => {
            return Err(Problem::new(
                Code::NotReady,
                format!("It cannot be tried now: {why}. Send it again in a moment."),
            ));
        }
    };
    let answer = ResumedStream { reactor, stream, parked: reason.is_some(), reason };
    Ok(Accepted { answer, version, position, repeated: false })
}
