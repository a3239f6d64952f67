use domain::{Decision, Fact, Refusal};
use event_store::{EventStore, ExpectedRevision, NewEvent};
use operation::{Accepted, Clock};

use super::append::{Append, AppendOutcome};
use super::conflict::{MAX_CONFLICTS, pause_after};
use super::request::{Request, Verdict, World, accepted};
use super::stream::{EventSourced, LoadError, Loaded, envelop};
use super::telling::{AppendSpans, DecisionSpan, count, report};
use crate::failure::Failure;

/// The commands that waited together for one stream.
pub(super) struct Batch<'a, A: EventSourced, W> {
    pub(super) store: &'a EventStore,
    pub(super) stream: &'a str,
    pub(super) world: &'a W,
    pub(super) clock: &'a Clock,
    pub(super) requests: Vec<Request<A>>,
}

struct Decided<A: EventSourced> {
    verdicts: Vec<Verdict<A>>,
    events: Vec<NewEvent>,
    /// What the last of the events say, which the state does not hold yet: no command came after them.
    ahead: Vec<A::Event>,
    /// The state without any of the events, if it was kept.
    before: Option<Loaded<A>>,
}

/// Why a batch came to nothing.
enum Undone<R> {
    Failed(Failure<R>),
    /// Its events are more than the store takes at once.
    TooLarge,
}

impl<R> From<Failure<R>> for Undone<R> {
    fn from(failure: Failure<R>) -> Self {
        Self::Failed(failure)
    }
}

impl<A: EventSourced> Decided<A> {
    /// Has the state hold all of the events.
    fn fold_into(&mut self, loaded: &mut Loaded<A>) {
        let first = self.events.len() - self.ahead.len();
        for (event, new) in self.ahead.drain(..).zip(&self.events[first..]) {
            let revision = loaded.state.revision().map_or(0, |last| last + 1);
            loaded.state.evolve(&event, &Fact::new(revision, loaded.position, &new.metadata));
        }
    }
}

impl<A: EventSourced<World: Send + Sync>, W: World<A>> Batch<'_, A, W> {
    /// Decides and appends until every command has its answer. Gives the state back if it is known; or the commands,
    /// without an answer, if they have to be carried out in parts.
    ///
    /// No answer, not even a refusal, is given before the events that it may rest on are stored.
    pub(super) async fn carry_out(
        self,
        loaded: Option<Loaded<A>>,
    ) -> Result<Option<Loaded<A>>, Vec<Request<A>>> {
        match self.attempt(loaded).await {
            Ok((loaded, verdicts)) => {
                for (request, verdict) in self.requests.into_iter().zip(verdicts) {
                    count::<A>(&request.command.body, &verdict);
                    let reply = answer(&loaded, request.command.command_id, &request.command.body, verdict);
                    // Whoever asked may have gone; what was decided stands.
                    let _ = request.reply.send(reply);
                }
                Ok(Some(loaded))
            }
            Err(Undone::TooLarge) => Err(self.requests),
            Err(Undone::Failed(failure)) => {
                for request in self.requests {
                    let _ = request.reply.send(Err(failure.clone()));
                }
                Ok(None)
            }
        }
    }

    async fn attempt(
        &self,
        mut loaded: Option<Loaded<A>>,
    ) -> Result<(Loaded<A>, Vec<Verdict<A>>), Undone<A::Rejection>> {
        for conflicts in 0..MAX_CONFLICTS {
            let is_read_now = loaded.as_ref().is_none_or(Loaded::expects_others);
            let state = self.as_stored(loaded.take()).await;
            let mut state = state.map_err(|error| self.not_loaded(&error))?;
            if conflicts > 0 {
                state.expect_others();
            }
            let revision = state.state.revision();
            let expected = revision.map_or(ExpectedRevision::NoStream, ExpectedRevision::Exact);
            let mut decided = self.decide(&mut state).await;
            if decided.events.is_empty() {
                // No append finds out that another process has changed what the answers rest on.
                if is_read_now || !decided.verdicts.iter().any(Verdict::rests_on_state) {
                    return Ok((state, decided.verdicts));
                }
                let caught_up = state.catch_up(self.store, self.stream).await;
                if !caught_up.map_err(|error| self.not_loaded(&error))? {
                    return Ok((state, decided.verdicts));
                }
                state.expect_others();
                loaded = Some(state);
                continue;
            }
            let spans = AppendSpans::begin(self.stream, &self.requests, &decided.verdicts);
            let Self { store, stream, requests, .. } = self;
            match (Append { store, stream, requests }).store(expected, &decided.events).await? {
                AppendOutcome::Stored(appended) => {
                    spans.stored(appended.position);
                    decided.fold_into(&mut state);
                    let Decided { verdicts, events, .. } = decided;
                    metrics::counter!("appended_events_total").increment(events.len() as u64);
                    state.position = appended.position;
                    for event in &events {
                        state.state.settle(event.metadata.command_id, appended.position);
                    }
                    self.world.committed(&state.state);
                    state.was_alone();
                    return Ok((state, verdicts));
                }
                AppendOutcome::TooLarge => return Err(Undone::TooLarge),
                AppendOutcome::Conflict => {
                    spans.conflicted();
                    metrics::counter!("append_conflicts_total").increment(1);
                    // A state that holds what was not stored is of no use: then one is read anew.
                    let is_as_stored = state.state.revision() == revision;
                    loaded = decided.before.or_else(|| is_as_stored.then_some(state));
                    // So that it is read again.
                    loaded.iter_mut().for_each(Loaded::expect_others);
                    tokio::time::sleep(pause_after(conflicts, &decided.events)).await;
                }
            }
        }
        tracing::warn!(stream = self.stream, "gave up after {MAX_CONFLICTS} conflicts");
        Err(Failure::Overloaded.into())
    }

    /// The state as far as it is known, with what others have written since if they are expected to have.
    async fn as_stored(&self, known: Option<Loaded<A>>) -> Result<Loaded<A>, LoadError> {
        match known {
            Some(mut known) if known.expects_others() => {
                known.catch_up(self.store, self.stream).await?;
                Ok(known)
            }
            Some(known) => Ok(known),
            None => Loaded::load(self.store, self.stream).await,
        }
    }

    /// Decides the commands in their order, each on the events of those before it.
    async fn decide(&self, loaded: &mut Loaded<A>) -> Decided<A> {
        let now = self.clock.now();
        let mut world = self.world.current();
        let mut refreshed = false;
        let mut decided = Decided {
            verdicts: Vec::with_capacity(self.requests.len()),
            events: Vec::new(),
            ahead: Vec::new(),
            before: None,
        };
        for request in &self.requests {
            let Request { command, correlation_id, .. } = request;
            let span = DecisionSpan::begin(request);
            if !decided.ahead.is_empty() {
                if loaded.expects_others() && decided.before.is_none() {
                    decided.before = Some(loaded.clone());
                }
                decided.fold_into(loaded);
            }
            let mut decision = Decision::of(&loaded.state, command, &world, now);
            if let Err(Refusal::Rejected(rejection)) = &decision
                && A::rests_on_world(rejection)
                && !refreshed
            {
                world = self.world.refresh().await;
                refreshed = true;
                decision = Decision::of(&loaded.state, command, &world, now);
            }
            let verdict = match decision {
                Err(refusal) => Verdict::Refused(refusal),
                Ok(Decision::Repeated(receipt)) => Verdict::Repeated(receipt),
                Ok(Decision::Unchanged(answer)) => Verdict::Unchanged(answer),
                Ok(Decision::Accepted(events)) => {
                    decided.events.extend(envelop::<A>(&events, command, *correlation_id, now));
                    decided.ahead = events;
                    Verdict::Carried
                }
            };
            span.end(&verdict);
            decided.verdicts.push(verdict);
        }
        decided
    }

    fn not_loaded(&self, error: &LoadError) -> Failure<A::Rejection> {
        report(self.stream, &self.requests, error);
        error.failure()
    }
}

fn answer<A: EventSourced>(
    loaded: &Loaded<A>,
    command_id: schemas::CommandId,
    command: &A::Command,
    verdict: Verdict<A>,
) -> Result<Accepted<A::Answer>, Failure<A::Rejection>> {
    match verdict {
        Verdict::Refused(refusal) => Err(Failure::Refused(refusal)),
        Verdict::Unchanged(answer) => Ok(Accepted {
            answer,
            version: loaded.state.version_of(command).or_else(|| loaded.state.revision()).unwrap_or(0),
            position: loaded.position,
            repeated: false,
        }),
        Verdict::Repeated(receipt) => {
            // The one in the state knows the position, should the first have been carried out just now.
            let receipt = loaded.state.receipts().get(command_id).cloned().unwrap_or(receipt);
            Ok(accepted(receipt, true))
        }
        Verdict::Carried => {
            let receipt = loaded.state.receipts().get(command_id).cloned();
            Ok(accepted(receipt.expect("a command that was carried out left its receipt"), false))
        }
    }
}
