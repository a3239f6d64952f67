//! What was answered, against the log.

mod accepted;
mod bulk_moves;
mod refused;
mod shown;

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use super::attempt::Attempt;
use super::operation::{Kind, Operation};
use crate::history::log::{Event, is_effect};
use crate::history::order::{Effect, Order};
use crate::history::timeline::Timeline;

pub(crate) use shown::{assert_moves_shown, assert_shown};

/// Everything that was answered, and everything that is stored.
pub(crate) struct Check<'a> {
    sent: Vec<Sent<'a>>,
    /// Of each key: the operations that it stood for.
    keys: HashMap<&'a str, Vec<&'a str>>,
    /// By operation: what it led to.
    effects: HashMap<&'a str, Vec<&'a Event>>,
    pub(crate) timeline: Timeline,
    order: Order,
    log: &'a [Event],
}

/// An operation with everything that was answered, in the order in which it was sent.
struct Sent<'a> {
    operation: &'a Operation,
    attempts: Vec<&'a Attempt>,
}

/// How much was checked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) operations: usize,
    pub(crate) answers: usize,
    pub(crate) accepted: usize,
    /// Answers that were given before.
    pub(crate) repeated: usize,
    /// Operations without an answer to their first request that had been carried out.
    pub(crate) done_unseen: usize,
    /// Operations without an answer to their first request.
    pub(crate) unseen: usize,
    pub(crate) had_no_effect: usize,
    /// Keys that were used for two requests, both of which were carried out.
    pub(crate) keys_of_two: usize,
    pub(crate) refused: BTreeMap<String, usize>,
    /// Bulk moves.
    pub(crate) bulk_moves: usize,
}

impl<'a> Check<'a> {
    pub(crate) fn new(attempts: &'a [Attempt], log: &'a [Event]) -> Self {
        let mut by_operation: HashMap<&str, Vec<&Attempt>> = HashMap::new();
        let mut keys: HashMap<&str, Vec<&str>> = HashMap::new();
        for attempt in attempts {
            by_operation.entry(&attempt.operation.id).or_default().push(attempt);
        }
        let sent = by_operation.into_values().map(|mut attempts| {
            attempts.sort_by_key(|attempt| attempt.sent_at);
            Sent { operation: &attempts[0].operation, attempts }
        });
        let mut sent: Vec<Sent<'_>> = sent.collect();
        sent.sort_by_key(|sent| sent.attempts[0].sent_at);
        for Sent { operation, .. } in &sent {
            if let Some(key) = &operation.key {
                keys.entry(key).or_default().push(&operation.id);
            }
        }
        let mut effects: HashMap<&str, Vec<&Event>> = HashMap::new();
        for event in log.iter().filter(|event| is_effect(&event.kind)) {
            effects.entry(&event.operation).or_default().push(event);
        }
        let done = sent.iter().filter_map(|sent| {
            let position = effects.get(sent.operation.id.as_str())?[0].position;
            let answered = sent.attempts.iter().filter(|attempt| attempt.accepted().is_some());
            let sent_at = sent.attempts[0].sent_at;
            // If nobody was told, nothing is known to come after it.
            let done_at = answered.map(|attempt| attempt.done_at).min().unwrap_or(sent_at + LONG);
            Some(Effect { sent_at, done_at, first: position, last: position })
        });
        let order = Order::of(&done.collect::<Vec<_>>());
        Self { sent, keys, effects, timeline: Timeline::of(log, |_| 1), order, log }
    }

    /// Every rule, for every operation. What is wrong with any of them is told before it fails.
    #[expect(clippy::print_stdout, reason = "it is a test, of which the figures are wanted")]
    pub(crate) fn run(&self) -> Figures {
        assert_eq!(self.timeline.unsettled(), Vec::<&str>::new(), "never settled");
        let mut figures = Figures { keys_of_two: self.keys_of_two(), ..Figures::default() };
        let mut violations = Vec::new();
        for sent in &self.sent {
            let checked = catch_unwind(AssertUnwindSafe(|| self.one(sent, &mut figures)));
            violations.extend(checked.err());
        }
        if !violations.is_empty() {
            println!("{} violations: {figures:?}", violations.len());
            resume_unwind(violations.swap_remove(0));
        }
        figures
    }

    fn one(&self, sent: &Sent<'_>, figures: &mut Figures) {
        let effects = self.effects.get(sent.operation.id.as_str()).map_or(&[][..], |events| events);
        assert!(effects.len() <= 1, "done {} times: {sent:?} {effects:?}", effects.len());
        let effect = effects.first().copied();
        figures.operations += 1;
        if sent.attempts[0].answer.is_none() {
            figures.unseen += 1;
            figures.done_unseen += usize::from(effect.is_some());
        }
        figures.had_no_effect += usize::from(effect.is_some_and(|event| event.kind == "CommandHadNoEffect"));
        for attempt in &sent.attempts {
            let window = self.order.window(attempt.sent_at, attempt.done_at);
            if let Some(body) = attempt.accepted() {
                self.accepted(attempt, &body, effect, window);
                figures.accepted += 1;
                figures.repeated += usize::from(attempt.is_replay());
            } else if let Some(problem) = attempt.refused() {
                self.refused(attempt, &problem, effect, window);
                let what = problem["reason"].as_str().or(problem["code"].as_str()).unwrap();
                *figures.refused.entry(what.to_owned()).or_default() += 1;
            }
            figures.answers += usize::from(attempt.answer.is_some());
        }
        self.moves_all(sent);
        figures.bulk_moves += usize::from(matches!(sent.operation.kind, Kind::BulkMove { .. }));
        sent.assert_one_answer();
    }

    /// How many keys had two effects, on whichever streams. Only two different requests can have had them.
    fn keys_of_two(&self) -> usize {
        let (mut known, mut of_two): (HashMap<&str, &Event>, usize) = (HashMap::new(), 0);
        for event in self.log.iter().filter(|event| is_effect(&event.kind)) {
            if let Some(other) = known.insert(&event.command, event) {
                assert_ne!(event.operation, other.operation, "done 2 times: {other:?} {event:?}");
                of_two += 1;
            }
        }
        of_two
    }
}

/// Longer than any test.
const LONG: Duration = Duration::from_hours(24);

impl std::fmt::Debug for Sent<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.attempts).finish()
    }
}

impl Sent<'_> {
    /// However often it was sent, and wherever.
    fn assert_one_answer(&self) {
        let mut accepted = self.attempts.iter().filter(|attempt| attempt.accepted().is_some());
        let Some(first) = accepted.next() else { return };
        if matches!(self.operation.kind, Kind::BulkMove { .. }) {
            // Until it is over, it is told how far it is.
            let move_id = |attempt: &Attempt| attempt.accepted().unwrap()["move_id"].clone();
            assert!(accepted.all(|again| move_id(again) == move_id(first)), "two bulk moves: {self:?}");
            return;
        }
        for again in accepted {
            let [one, other] = [first, again].map(|attempt| {
                let mut body = attempt.accepted().unwrap();
                // What was appended together may have the position of the last of it, until a restart.
                body["position"] = 0.into();
                (attempt.answer.as_ref().unwrap().status, body)
            });
            assert_eq!(one, other, "another answer than the first: {self:?}");
            let is_later = first.done_at < again.sent_at;
            assert!(again.is_replay() || !is_later, "not told to be a repetition: {self:?}");
        }
    }
}
