use std::time::{Duration, Instant};

use domain::{Decision, Fact, Refusal};
use event_store::{AppendError, Appended, EventStore, ExpectedRevision, NewEvent};
use http_edge::{Clock, error_chain};

use super::actor::{Failure, Outcome, Request, World};
use super::stream::{EventSourced, LoadError, Loaded, envelop};
use super::telling::{AppendSpans, DecisionSpan, count};

/// How often a batch is decided anew because another process wrote to the stream in between.
const MAX_CONFLICTS: usize = 20;

/// How often the store is asked again what became of an append that it did not answer.
const MAX_INQUIRIES: u32 = 5;

/// The pause before the first inquiry; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The commands that waited together for one stream.
pub(super) struct Batch<'a, A: EventSourced, W> {
    pub(super) store: &'a EventStore,
    pub(super) stream: &'a str,
    pub(super) world: &'a W,
    pub(super) clock: &'a Clock,
    pub(super) requests: Vec<Request<A>>,
}

/// What each command comes to once the batch's events are stored.
pub(super) enum Verdict<A: EventSourced> {
    /// Its receipt is in the state.
    Carried {
        repeated: bool,
    },
    Unchanged(A::Answer),
    Refused(Refusal<A::Rejection>),
}

struct Decided<A: EventSourced> {
    verdicts: Vec<Verdict<A>>,
    events: Vec<NewEvent>,
}

enum AppendOutcome {
    Stored(Appended),
    Conflict,
}

impl<A: EventSourced<World: Send + Sync>, W: World<A>> Batch<'_, A, W> {
    /// Decides and appends until every command has its answer. Gives the state back if it is known.
    ///
    /// No answer, not even a refusal, is given before the events that it may rest on are stored.
    pub(super) async fn carry_out(self, loaded: Option<Loaded<A>>) -> Option<Loaded<A>> {
        match self.attempt(loaded).await {
            Ok((loaded, verdicts)) => {
                for (request, verdict) in self.requests.into_iter().zip(verdicts) {
                    count::<A>(&request.command.body, &verdict);
                    let reply = answer(&loaded, request.command.command_id, &request.command.body, verdict);
                    // Whoever asked may have gone; what was decided stands.
                    let _ = request.reply.send(reply);
                }
                Some(loaded)
            }
            Err(failure) => {
                for request in self.requests {
                    let _ = request.reply.send(Err(failure.clone()));
                }
                None
            }
        }
    }

    async fn attempt(
        &self,
        mut loaded: Option<Loaded<A>>,
    ) -> Result<(Loaded<A>, Vec<Verdict<A>>), Failure<A::Rejection>> {
        for conflicts in 0..MAX_CONFLICTS {
            let state = self.as_stored(loaded.take()).await;
            let mut state = state.map_err(|error| self.not_loaded(&error))?;
            if conflicts > 0 {
                state.expect_others();
            }
            let before = state.expects_others().then(|| state.clone());
            let expected = state.state.revision().map_or(ExpectedRevision::NoStream, ExpectedRevision::Exact);
            let Decided { verdicts, events } = self.decide(&mut state).await;
            if events.is_empty() {
                return Ok((state, verdicts));
            }
            let spans = AppendSpans::begin(self.stream, &self.requests, &verdicts);
            match self.append(expected, &events).await? {
                AppendOutcome::Stored(appended) => {
                    spans.stored(appended.position);
                    metrics::counter!("appended_events_total").increment(events.len() as u64);
                    state.position = appended.position;
                    for event in &events {
                        state.state.settle(event.metadata.command_id, appended.position);
                    }
                    self.world.committed(&state.state);
                    state.was_alone();
                    return Ok((state, verdicts));
                }
                // The state already holds what was not stored: the one from before, or one that is read anew, gets what was.
                AppendOutcome::Conflict => {
                    loaded = before;
                    spans.conflicted();
                    metrics::counter!("append_conflicts_total").increment(1);
                }
            }
        }
        tracing::warn!(stream = self.stream, "gave up after {MAX_CONFLICTS} conflicts");
        Err(Failure::Overloaded)
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
        let mut decided = Decided { verdicts: Vec::with_capacity(self.requests.len()), events: Vec::new() };
        for request in &self.requests {
            let Request { command, correlation_id, .. } = request;
            let span = DecisionSpan::begin(request);
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
                Ok(Decision::Repeated(_)) => Verdict::Carried { repeated: true },
                Ok(Decision::Unchanged(answer)) => Verdict::Unchanged(answer),
                Ok(Decision::Accepted(events)) => {
                    let enveloped = envelop::<A>(&events, command, *correlation_id, now);
                    for (event, new) in events.iter().zip(&enveloped) {
                        let revision = loaded.state.revision().map_or(0, |last| last + 1);
                        loaded.state.evolve(event, &Fact::new(revision, loaded.position, &new.metadata));
                    }
                    decided.events.extend(enveloped);
                    Verdict::Carried { repeated: false }
                }
            };
            span.end(&verdict);
            decided.verdicts.push(verdict);
        }
        decided
    }

    /// Appends, and where no answer comes finds out what became of it: the very same append again either meets
    /// its own events, or is stored now, or meets a conflict.
    async fn append(
        &self,
        expected: ExpectedRevision,
        events: &[NewEvent],
    ) -> Result<AppendOutcome, Failure<A::Rejection>> {
        let mut pause = FIRST_PAUSE;
        let mut in_doubt = false;
        for _ in 0..=MAX_INQUIRIES {
            let sent_at = Instant::now();
            let answer = self.store.append(self.stream, expected, events).await;
            metrics::histogram!("append_duration_seconds").record(sent_at.elapsed().as_secs_f64());
            let error = match answer {
                Ok(appended) => return Ok(AppendOutcome::Stored(appended)),
                Err(error) => error,
            };
            match &error {
                AppendError::Conflict { .. } if in_doubt => return self.find(expected, events).await,
                AppendError::Conflict { .. } => return Ok(AppendOutcome::Conflict),
                AppendError::Unavailable(_) if !in_doubt => {
                    self.report(&error);
                    return Err(Failure::StoreUnavailable);
                }
                AppendError::OutcomeUnknown(_) | AppendError::Unavailable(_) => {
                    in_doubt = true;
                    self.report(&error);
                    metrics::counter!("append_retries_total").increment(1);
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                AppendError::TooLarge { .. } | AppendError::Rejected(_) => {
                    self.report(&error);
                    return Err(Failure::Broken);
                }
            }
        }
        Err(Failure::OutcomeUnknown)
    }

    /// After a doubtful append met a conflict: our events are in the stream, or another's are in their place.
    async fn find(
        &self,
        expected: ExpectedRevision,
        events: &[NewEvent],
    ) -> Result<AppendOutcome, Failure<A::Rejection>> {
        let after = match expected {
            ExpectedRevision::Exact(revision) => Some(revision),
            ExpectedRevision::NoStream | ExpectedRevision::Any => None,
        };
        let stored = self.store.load(self.stream, after).await.map_err(|error| {
            self.report(&error);
            Failure::OutcomeUnknown
        })?;
        let last = events.last().and_then(|last| stored.iter().find(|event| event.event_id == last.event_id));
        Ok(match last {
            // Another process may have written behind it: what is in hand is not the stream's end then, which
            // the next append finds out.
            Some(event) => {
                AppendOutcome::Stored(Appended { revision: event.revision, position: event.position })
            }
            None => AppendOutcome::Conflict,
        })
    }

    fn not_loaded(&self, error: &LoadError) -> Failure<A::Rejection> {
        self.report(error);
        match error {
            LoadError::Read(_) => Failure::StoreUnavailable,
            LoadError::Decode(_) | LoadError::Metadata(_) => Failure::Broken,
        }
    }

    fn report(&self, error: &(dyn std::error::Error + 'static)) {
        let tell = || tracing::error!(stream = self.stream, error = error_chain(error), "event store");
        // Those that waited together fail together; the first says which conversation it was.
        match self.requests.first() {
            Some(first) => first.span.in_scope(tell),
            None => tell(),
        }
    }
}

fn answer<A: EventSourced>(
    loaded: &Loaded<A>,
    command_id: schemas::CommandId,
    command: &A::Command,
    verdict: Verdict<A>,
) -> Result<Outcome<A::Answer>, Failure<A::Rejection>> {
    match verdict {
        Verdict::Refused(refusal) => Err(Failure::Refused(refusal)),
        Verdict::Unchanged(answer) => Ok(Outcome {
            answer,
            version: loaded.state.version_of(command).or_else(|| loaded.state.revision()).unwrap_or(0),
            position: loaded.position,
            repeated: false,
        }),
        Verdict::Carried { repeated } => {
            let receipt = loaded
                .state
                .receipts()
                .get(command_id)
                .expect("a command that was carried out left its receipt");
            Ok(Outcome {
                answer: receipt.answer.clone(),
                version: receipt.revision,
                position: receipt.position,
                repeated,
            })
        }
    }
}
