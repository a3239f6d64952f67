//! Receipts of commands, from which a repeated command gets its first answer.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use schemas::CommandId;
use serde::{Deserialize, Serialize};

use crate::EventContext;

/// For how many days a repeated command gets its first answer, at the least: days of the stream's own passed time, in
/// which no gap between two events counts for more than an hour.
pub const RECEIPT_RETENTION_DAYS: i64 = 7;

/// The outcome of a command that was carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt<A> {
    /// The digest of the command's content.
    pub digest: String,
    /// The version of what it changed, as it was then.
    pub version: u64,
    /// The position of the last event that was appended together with its own.
    pub position: u64,
    /// Whether the command may be sent again under its id.
    pub may_repeat: bool,
    /// When it was decided.
    pub recorded_at: DateTime<Utc>,
    /// Its answer.
    pub answer: A,
}

/// The commands carried out in the last [`RECEIPT_RETENTION_DAYS`] days, counted back from the newest event.
///
/// They are forgotten by the time that has passed ([`StreamTime::passed`](crate::StreamTime::passed)) and not by the clock: a clock that is wrong
/// for a while would have all of them forgotten, and a repeated command carried out twice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipts<A> {
    by_command: HashMap<CommandId, Receipt<A>>,
    /// With the passed time at the command's event.
    oldest_first: VecDeque<(TimeDelta, CommandId)>,
    /// Those of the append whose last event has not come yet.
    of_append: Vec<CommandId>,
}

impl<A> Default for Receipts<A> {
    fn default() -> Self {
        Self { by_command: HashMap::new(), oldest_first: VecDeque::new(), of_append: Vec::new() }
    }
}

impl<A> Receipts<A> {
    /// The receipt of a command, if it was carried out and is remembered.
    pub fn get(&self, command_id: CommandId) -> Option<&Receipt<A>> {
        self.by_command.get(&command_id)
    }

    /// Records the event of a command, with its answer and the version of what it changed. `passed` is the stream's passed time at this event.
    pub(crate) fn note(&mut self, context: &EventContext, passed: TimeDelta, answer: A, version: u64) {
        self.forget_before(passed - TimeDelta::days(RECEIPT_RETENTION_DAYS));
        let receipt = Receipt {
            digest: context.digest.clone(),
            version,
            position: context.position,
            may_repeat: context.may_repeat,
            recorded_at: context.recorded_at,
            answer,
        };
        if self.by_command.insert(context.command_id, receipt).is_none() {
            self.oldest_first.push_back((passed, context.command_id));
        }
        if context.followed_by > 0 {
            self.of_append.push(context.command_id);
        } else {
            for command_id in std::mem::take(&mut self.of_append) {
                self.set_position(command_id, context.position);
            }
        }
    }

    /// The commands since this passed time that may be repeated, oldest first.
    pub(crate) fn since(&self, passed: TimeDelta) -> impl Iterator<Item = (CommandId, &Receipt<A>)> {
        let ids = self.oldest_first.iter().filter(move |(noted, _)| passed <= *noted);
        let receipts =
            ids.filter_map(|(_, command_id)| Some((*command_id, self.by_command.get(command_id)?)));
        receipts.filter(|(_, receipt)| receipt.may_repeat)
    }

    /// Remembers a command that was carried out on another stream.
    pub(crate) fn adopt(&mut self, command_id: CommandId, receipt: Receipt<A>, passed: TimeDelta) {
        if let Entry::Vacant(vacant) = self.by_command.entry(command_id) {
            vacant.insert(receipt);
            self.oldest_first.push_back((passed, command_id));
        }
    }

    /// Sets the position, which is known only after the append.
    pub(crate) fn set_position(&mut self, command_id: CommandId, position: u64) {
        if let Some(receipt) = self.by_command.get_mut(&command_id) {
            receipt.position = position;
        }
    }

    fn forget_before(&mut self, limit: TimeDelta) {
        while let Some((_, oldest)) = self.oldest_first.pop_front_if(|(passed, _)| *passed < limit) {
            self.by_command.remove(&oldest);
        }
    }
}
