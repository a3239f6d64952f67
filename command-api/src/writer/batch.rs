//! A batch: commands of one stream that are decided together and appended in one write.

use domain::{Decision, EventContext, Receipt, Refusal};
use event_store::{EventStore, ExpectedRevision, NewEvent};
use operation::{Accepted, ClockWatch};
use schemas::CommandId;

use super::append::{Append, AppendOutcome};
use super::conflict::{MAX_CONFLICTS, pause_after};
use super::event_sourced::EventSourced;
use super::folded_state::{FoldedState, LoadError};
use super::new_event::{Stamp, with_metadata};
use super::request::{ContextSource, Outcome, Reply, Request, Verdict, accepted};
use super::telemetry::{AppendSpans, DecisionSpan, count, report};
use crate::failure::Failure;

/// The commands that waited together for one stream.
pub(super) struct Batch<'a, A: EventSourced, W> {
    pub(super) store: &'a EventStore,
    pub(super) stream: &'a str,
    pub(super) context: &'a W,
    pub(super) clock: &'a ClockWatch,
    pub(super) requests: Vec<Request<A>>,
}

struct Decided<A: EventSourced> {
    verdicts: Vec<Verdict<A>>,
    events: Vec<NewEvent>,
    /// The events of the last accepted command, which are not folded into the state yet.
    ahead: Vec<A::Event>,
    /// The state without any of the events, if it was kept.
    before: Option<FoldedState<A>>,
}

/// Why a batch was not appended.
enum NotAppended<R> {
    Failed(Failure<R>),
    /// Its events exceed the store's limit.
    TooLarge,
}

impl<R> From<Failure<R>> for NotAppended<R> {
    fn from(failure: Failure<R>) -> Self {
        Self::Failed(failure)
    }
}

impl<A: EventSourced> Decided<A> {
    /// Folds the remaining events into the state.
    fn fold_into(&mut self, loaded: &mut FoldedState<A>) {
        let first = self.events.len() - self.ahead.len();
        for (event, new) in self.ahead.drain(..).zip(&self.events[first..]) {
            let revision = loaded.state.revision().map_or(0, |last| last + 1);
            // Its position is known once it is stored.
            loaded.state.evolve(&event, &EventContext::new(revision, 0, &new.metadata));
        }
    }
}

impl<A: EventSourced<Context: Send + Sync>, W: ContextSource<A>> Batch<'_, A, W> {
    /// Decides and appends until every command has its answer. Returns the state if it is known; or the unanswered
    /// commands, if the batch has to be split.
    ///
    /// No answer, not even a refusal, is given before the events that it depends on are stored.
    pub(super) async fn carry_out(
        self,
        loaded: Option<FoldedState<A>>,
    ) -> Result<Option<FoldedState<A>>, Vec<Request<A>>> {
        match self.attempt(loaded).await {
            Ok((loaded, verdicts)) => {
                for (request, verdict) in self.requests.into_iter().zip(verdicts) {
                    // What is only asked is counted when it is carried out.
                    if request.is_for_real() {
                        count::<A>(&request.command.body, &verdict);
                    }
                    let reply = answer(&loaded, request.command.command_id, verdict);
                    // The caller may be gone; the decision stands.
                    let _ = request.reply.send(reply);
                }
                Ok(Some(loaded))
            }
            Err(NotAppended::TooLarge) => Err(self.requests),
            Err(NotAppended::Failed(failure)) => {
                for request in self.requests {
                    let _ = request.reply.send(Err(failure.clone()));
                }
                Ok(None)
            }
        }
    }

    async fn attempt(
        &self,
        mut loaded: Option<FoldedState<A>>,
    ) -> Result<(FoldedState<A>, Vec<Verdict<A>>), NotAppended<A::Rejection>> {
        for conflicts in 0..MAX_CONFLICTS {
            let is_read_now = loaded.as_ref().is_none_or(FoldedState::expects_others);
            let state = self.as_stored(loaded.take()).await;
            let mut state = state.map_err(|error| self.not_loaded(&error))?;
            if conflicts > 0 {
                state.expect_others();
            }
            let revision = state.state.revision();
            let expected = revision.map_or(ExpectedRevision::NoStream, ExpectedRevision::Exact);
            let mut decided = self.decide(&mut state).await;
            if decided.events.is_empty() {
                // Without an append, nothing detects that another process has changed the state that the answers
                // depend on.
                let is_current =
                    is_read_now || self.requests.iter().all(|request| request.knows_current(&state.state));
                if is_current || !decided.verdicts.iter().any(Verdict::depends_on_state) {
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
            let count = u32::try_from(decided.events.len()).unwrap_or(u32::MAX);
            for (number, event) in (1..).zip(&mut decided.events) {
                event.metadata.followed_by = count - number;
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
                        state.state.record_position(event.metadata.command_id, appended.position);
                    }
                    self.context.committed(&state.state);
                    state.was_alone();
                    return Ok((state, verdicts));
                }
                AppendOutcome::TooLarge => return Err(NotAppended::TooLarge),
                AppendOutcome::Shorter => {
                    spans.conflicted();
                    // Nothing of it is what the stream adds up to: `loaded` is none.
                    tracing::warn!(
                        stream = self.stream,
                        "the stream is shorter than was known; it is read anew"
                    );
                }
                AppendOutcome::Conflict => {
                    spans.conflicted();
                    metrics::counter!("append_conflicts_total").increment(1);
                    // A state with events that were not stored is useless: it is loaded again.
                    let is_as_stored = state.state.revision() == revision;
                    loaded = decided.before.or_else(|| is_as_stored.then_some(state));
                    // So that it catches up before the next attempt.
                    loaded.iter_mut().for_each(FoldedState::expect_others);
                    tokio::time::sleep(pause_after(conflicts, &decided.events)).await;
                }
            }
        }
        tracing::warn!(stream = self.stream, "gave up after {MAX_CONFLICTS} conflicts");
        Err(Failure::Overloaded.into())
    }

    /// The known state, after catching up if others are expected to have written; loaded if none is known.
    async fn as_stored(&self, known: Option<FoldedState<A>>) -> Result<FoldedState<A>, LoadError> {
        match known {
            Some(mut known) if known.expects_others() => {
                known.catch_up(self.store, self.stream).await?;
                Ok(known)
            }
            Some(known) => Ok(known),
            None => FoldedState::load(self.store, self.stream).await,
        }
    }

    /// Decides the commands in their order, each on the events of those before it.
    ///
    /// The rules go by the clock, even where the stream's own time is ahead of it: after a command under a clock that
    /// was years ahead, nothing could be booked any more, as all would be past.
    async fn decide(&self, loaded: &mut FoldedState<A>) -> Decided<A> {
        let now = self.clock.look();
        let mut context = self.context.current();
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
            let mut decision = Decision::of(&loaded.state, command, &context, now);
            if let Err(Refusal::Rejected(rejection)) = &decision
                && A::depends_on_context(rejection)
                && !refreshed
                && !request.knows_current(&loaded.state)
            {
                context = self.context.refresh().await;
                refreshed = true;
                decision = Decision::of(&loaded.state, command, &context, now);
            }
            let verdict = match decision {
                Err(refusal) => Verdict::Refused(refusal),
                Ok(Decision::Repeated(receipt)) => Verdict::Repeated(receipt),
                Ok(Decision::Unchanged { answer, version }) => Verdict::Unchanged { answer, version },
                Ok(Decision::Accepted(_)) if request.only_checks => Verdict::Possible,
                Ok(Decision::Accepted(events)) if command.dry_run => {
                    let stamp = Stamp::new(loaded.state.time(), now);
                    let new = with_metadata::<A>(&events, command, *correlation_id, &stamp);
                    Verdict::Foreseen(foresee(&loaded.state, command.command_id, &events, &new))
                }
                Ok(Decision::Accepted(events)) => {
                    let stamp = Stamp::new(loaded.state.time(), now);
                    self.clock.compare(stamp.recorded_at(), now);
                    decided.events.extend(with_metadata::<A>(&events, command, *correlation_id, &stamp));
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

/// The receipt that a command would leave if its events were stored.
fn foresee<A: EventSourced>(
    state: &A,
    command_id: CommandId,
    events: &[A::Event],
    new: &[NewEvent],
) -> Receipt<A::Answer> {
    let mut state = state.clone();
    for (event, new) in events.iter().zip(new) {
        let revision = state.revision().map_or(0, |last| last + 1);
        state.evolve(event, &EventContext::new(revision, 0, &new.metadata));
    }
    state.receipts().get(command_id).cloned().expect("a command that is carried out leaves its receipt")
}

fn answer<A: EventSourced>(
    loaded: &FoldedState<A>,
    command_id: CommandId,
    verdict: Verdict<A>,
) -> Reply<A, Outcome<A>> {
    Ok(Outcome::Accepted(match verdict {
        Verdict::Refused(refusal) => return Err(Failure::Refused(refusal)),
        Verdict::Possible => return Ok(Outcome::Possible),
        Verdict::Foreseen(Receipt { answer, version, .. }) | Verdict::Unchanged { answer, version } => {
            Accepted { answer, version, position: loaded.position, repeated: false }
        }
        Verdict::Repeated(receipt) => {
            // If the command was first carried out in this batch, the receipt in the state has its position.
            let receipt = loaded.state.receipts().get(command_id).cloned().unwrap_or(receipt);
            accepted(receipt, true)
        }
        Verdict::Carried => {
            let receipt = loaded.state.receipts().get(command_id).cloned();
            accepted(receipt.expect("a command that was carried out left its receipt"), false)
        }
    }))
}
