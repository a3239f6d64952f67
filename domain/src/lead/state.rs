use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemas::event::{CommandHadNoEffect, ConsentGiven, ConsentWithdrawn, LeadEvent as Event};
use schemas::value::{ConsentPurpose, ContactChannel, LeadProfile};
use schemas::{CommandId, LeadId, Personal};
use serde::{Deserialize, Serialize};

use super::{ConsentAnswer, LeadAnswer, LeadCommand, LeadRejection};
use crate::{Aggregate, Command, EventContext, Receipts, StreamTime};

/// A lead, folded from its events.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Lead {
    pub(super) registered: bool,
    pub(super) profile: LeadProfile,
    /// What it said last about each purpose and channel.
    #[serde(with = "as_list")]
    pub(super) consents: BTreeMap<(ConsentPurpose, ContactChannel), Consent>,
    version: u64,
    time: StreamTime,
    receipts: Receipts<LeadAnswer>,
    revision: Option<u64>,
}

/// What a lead said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Consent {
    pub(super) given: bool,
    pub(super) at: DateTime<Utc>,
    pub(super) source: Option<Personal<String>>,
    pub(super) wording: Option<Personal<String>>,
}

impl Lead {
    /// How often it has changed, counted from 1; 0 = it has said nothing of its own yet.
    pub const fn version(&self) -> u64 {
        self.version
    }

    fn answer(&self, lead_id: &LeadId, reset: Vec<String>) -> LeadAnswer {
        let consent = |((purpose, channel), consent): (&(ConsentPurpose, ContactChannel), &Consent)| {
            let Consent { given, at, .. } = *consent;
            ConsentAnswer { purpose: *purpose, channel: *channel, given, at }
        };
        LeadAnswer {
            lead_id: lead_id.clone(),
            preferred_channel: self.profile.preferred_channel,
            consents: self.consents.iter().map(consent).collect(),
            reset,
        }
    }
}

impl Aggregate for Lead {
    type Command = LeadCommand;
    type Event = Event;
    type Answer = LeadAnswer;
    type Rejection = LeadRejection;
    type Context = ();

    const SNAPSHOT_VERSION: u16 = 1;

    fn evolve(&mut self, event: &Event, context: &EventContext) {
        let reset = self.reset_by(event);
        match event {
            Event::LeadRegistered(event) => {
                self.registered = true;
                self.profile = event.profile.clone();
            }
            Event::LeadUpdated(event) => self.profile = event.profile.clone(),
            Event::ConsentGiven(ConsentGiven { purpose, channel, at, source, wording, .. }) => {
                let (source, wording) = (source.clone(), wording.clone());
                self.consents.insert((*purpose, *channel), Consent { given: true, at: *at, source, wording });
            }
            Event::ConsentWithdrawn(ConsentWithdrawn { purpose, channel, at, source, wording, .. }) => {
                let (source, wording) = (source.clone(), wording.clone());
                self.consents
                    .insert((*purpose, *channel), Consent { given: false, at: *at, source, wording });
            }
            Event::CommandHadNoEffect(_) => {}
        }
        self.time.observe(context.clock_showed, context.recorded_at);
        self.revision = Some(context.revision);
        let (answer, version) = match (event, event.lead_id()) {
            (Event::CommandHadNoEffect(event), _) => {
                (serde_json::from_value(event.answer.clone()).ok(), event.version)
            }
            (_, lead_id) => {
                self.version += 1;
                (lead_id.map(|lead_id| self.answer(lead_id, reset)), self.version)
            }
        };
        // One that another release has written is not told.
        if let Some(answer) = answer {
            self.receipts.note(context, self.time.passed(), answer, version);
        }
    }

    fn decide(
        &self,
        command: &Command<LeadCommand>,
        (): &(),
        now: DateTime<Utc>,
    ) -> Result<Vec<Event>, LeadRejection> {
        self.decide_command(&command.body, now)
    }

    fn answer_unchanged(&self, command: &LeadCommand) -> LeadAnswer {
        self.answer(command.lead_id(), Vec::new())
    }

    fn no_effect(event: CommandHadNoEffect) -> Option<Event> {
        Some(event.into())
    }

    fn version_of(&self, _: &LeadCommand) -> Option<u64> {
        (self.version > 0).then_some(self.version)
    }

    fn time(&self) -> &StreamTime {
        &self.time
    }

    fn receipts(&self) -> &Receipts<LeadAnswer> {
        &self.receipts
    }

    fn record_position(&mut self, command_id: CommandId, position: u64) {
        self.receipts.set_position(command_id, position);
    }

    fn revision(&self) -> Option<u64> {
        self.revision
    }
}

/// JSON has texts as keys only.
mod as_list {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Vec::<(K, V)>::deserialize(deserializer).map(|list| list.into_iter().collect())
    }
}
