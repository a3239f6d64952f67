use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use schemas::CommandId;
use serde::{Deserialize, Serialize};

use crate::Fact;

/// For how long a repeated command gets its first answer.
pub const RECEIPT_RETENTION_DAYS: i64 = 7;

/// What became of a command that was carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt<A> {
    /// The digest of the command's content.
    pub digest: String,
    /// The revision of its last event.
    pub revision: u64,
    /// The position of its last event, or of a later one appended together with it.
    pub position: u64,
    /// When it was decided.
    pub recorded_at: DateTime<Utc>,
    /// What it answered.
    pub answer: A,
}

/// The commands carried out in the last [`RECEIPT_RETENTION_DAYS`] days of the stream's own time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipts<A> {
    by_command: HashMap<CommandId, Receipt<A>>,
    oldest_first: VecDeque<CommandId>,
}

impl<A> Default for Receipts<A> {
    fn default() -> Self {
        Self { by_command: HashMap::new(), oldest_first: VecDeque::new() }
    }
}

impl<A> Receipts<A> {
    /// The receipt of a command, if it was carried out and is remembered.
    pub fn get(&self, command_id: CommandId) -> Option<&Receipt<A>> {
        self.by_command.get(&command_id)
    }

    /// Notes one more event of a command. `answer` makes the answer from the one of the command's events before
    /// this, if any.
    pub(crate) fn note(&mut self, fact: &Fact, answer: impl FnOnce(Option<A>) -> A) {
        self.forget_before(fact.recorded_at - TimeDelta::days(RECEIPT_RETENTION_DAYS));
        let earlier = self.by_command.remove(&fact.command_id).map(|receipt| receipt.answer);
        if earlier.is_none() {
            self.oldest_first.push_back(fact.command_id);
        }
        let receipt = Receipt {
            digest: fact.digest.clone(),
            revision: fact.revision,
            position: fact.position,
            recorded_at: fact.recorded_at,
            answer: answer(earlier),
        };
        self.by_command.insert(fact.command_id, receipt);
    }

    /// The position is known only once the append has answered.
    pub(crate) fn set_position(&mut self, command_id: CommandId, position: u64) {
        if let Some(receipt) = self.by_command.get_mut(&command_id) {
            receipt.position = position;
        }
    }

    fn forget_before(&mut self, limit: DateTime<Utc>) {
        while let Some(oldest) = self.oldest_first.front() {
            if self.by_command.get(oldest).is_some_and(|receipt| receipt.recorded_at >= limit) {
                break;
            }
            self.by_command.remove(oldest);
            self.oldest_first.pop_front();
        }
    }
}
