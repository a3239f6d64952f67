use availability::PropertyCalendar;
use calendar_fold::{changes_property, fold_property};
use chrono::{DateTime, Utc};
use schemas::event::{
    CommandHadNoEffect, KeyPlaced, KeyReturned, KeyTaken, PropertyEvent as Event, PropertyRegistered,
    PropertyUpdated,
};
use schemas::value::{Block, KeyWhereabouts, PropertyProfile};
use schemas::{BlockId, CommandId, PropertyId, Secret};
use serde::{Deserialize, Serialize};

use super::{AccessAnswer, KeyAnswer, PropertyAnswer, PropertyCommand, PropertyDetails, PropertyRejection};
use crate::visit_time::VisitTimes;
use crate::{
    Aggregate, BlockAnswer, Command, EventContext, ExceptionAnswer, Receipts, RulesAnswer, StreamTime,
};

/// A property, folded from its events.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Property {
    pub(super) registration: Option<Registration>,
    pub(super) calendar: PropertyCalendar,
    /// Where its keys are, if anybody has said so.
    pub(super) keys: Option<KeyWhereabouts>,
    /// What visits take of its time.
    pub(super) visits: VisitTimes,
    version: u64,
    time: StreamTime,
    receipts: Receipts<PropertyAnswer>,
    revision: Option<u64>,
}

/// What is known of a property besides its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Registration {
    pub(super) property_id: PropertyId,
    pub(super) profile: PropertyProfile,
}

impl Property {
    /// How often it has changed, counted from 1; 0 = it was never registered.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// What visits take of its time.
    pub const fn visits(&self) -> &VisitTimes {
        &self.visits
    }

    /// When it can be visited, by whom it is shown, and its visits.
    pub const fn calendar(&self) -> &PropertyCalendar {
        &self.calendar
    }

    /// What is known of it besides its time; none if it was never registered.
    pub fn profile(&self) -> Option<&PropertyProfile> {
        self.registration.as_ref().map(|registration| &registration.profile)
    }

    /// How to get in. Only for the answer of the command that was decided for it.
    pub fn access_instructions(&self) -> Option<&Secret> {
        self.profile()?.access_instructions.as_ref()
    }

    pub(super) fn registered(&self) -> Result<&Registration, PropertyRejection> {
        self.registration.as_ref().ok_or(PropertyRejection::UnknownProperty)
    }

    fn details(&self) -> Option<PropertyDetails> {
        let Registration { property_id, profile } = self.registration.as_ref()?;
        Some(PropertyDetails {
            property_id: property_id.clone(),
            active: self.calendar.is_active(),
            has_access_instructions: profile.access_instructions.is_some(),
            profile: PropertyProfile { access_instructions: None, ..profile.clone() },
            reset: Vec::new(),
            zone_change: None,
        })
    }

    /// The answer of the command whose event has just been applied.
    fn answer(&self, event: &Event) -> Option<PropertyAnswer> {
        Some(match event {
            Event::PropertyRegistered(_)
            | Event::PropertyUpdated(_)
            | Event::PropertyWithdrawn(_)
            | Event::PropertyRelisted(_) => PropertyAnswer::Property(self.details()?),
            Event::PropertyVisitHoursReplaced(_) => self.rules_answer(),
            Event::PropertyDateExceptionSet(event) => of_date(event.exception.date),
            Event::PropertyDateExceptionRemoved(event) => of_date(event.date),
            Event::PropertyBlocked(event) => of_block(&event.block),
            Event::PropertyBlockChanged(event) => of_block(&event.block),
            // Of one that is gone the answer is what it was last, which is known before.
            Event::PropertyUnblocked(event) => self.block_answer(event.block_id)?,
            Event::KeyPlaced(_) | Event::KeyTaken(_) | Event::KeyReturned(_) => self.key_answer()?,
            Event::AccessInstructionsRead(event) => PropertyAnswer::Access(AccessAnswer {
                property_id: event.property_id.clone(),
                appointment_id: event.appointment_id,
                agent_id: event.agent_id.clone(),
            }),
            Event::TimeReserved(_) | Event::ReservationRepointed(_) | Event::ReservationReleased(_) => {
                self.rules_answer()
            }
            // One that another release has written is not told.
            Event::CommandHadNoEffect(event) => serde_json::from_value(event.answer.clone()).ok()?,
        })
    }

    fn block_answer(&self, block_id: BlockId) -> Option<PropertyAnswer> {
        self.calendar.find_block(block_id).map(of_block)
    }

    fn rules_answer(&self) -> PropertyAnswer {
        let rule_ids = self.calendar.rules().map(|rule| rule.rule_id).collect();
        PropertyAnswer::Rules(RulesAnswer { rule_ids })
    }

    fn key_answer(&self) -> Option<PropertyAnswer> {
        let property_id = self.registration.as_ref()?.property_id.clone();
        Some(PropertyAnswer::Key(KeyAnswer { property_id, keys: self.keys.clone()? }))
    }
}

const fn of_date(date: chrono::NaiveDate) -> PropertyAnswer {
    PropertyAnswer::Exception(ExceptionAnswer { date })
}

fn of_block(block: &Block) -> PropertyAnswer {
    PropertyAnswer::Block(BlockAnswer { block: Box::new(block.clone()) })
}

impl Aggregate for Property {
    type Command = PropertyCommand;
    type Event = Event;
    type Answer = PropertyAnswer;
    type Rejection = PropertyRejection;
    type Context = ();

    const SNAPSHOT_VERSION: u16 = 1;

    fn evolve(&mut self, event: &Event, context: &EventContext) {
        let (reset, zone_change) = (self.reset_by(event), self.zone_change_by(event));
        let unblocked = match event {
            Event::PropertyUnblocked(event) => self.block_answer(event.block_id),
            _ => None,
        };
        match event {
            Event::PropertyRegistered(PropertyRegistered { property_id, profile })
            | Event::PropertyUpdated(PropertyUpdated { property_id, profile }) => {
                let (property_id, profile) = (property_id.clone(), profile.clone());
                self.registration = Some(Registration { property_id, profile });
            }
            Event::KeyPlaced(KeyPlaced { at, .. }) | Event::KeyReturned(KeyReturned { at, .. }) => {
                let (agent_id, at) = (None, Some(at.clone()));
                self.keys = Some(KeyWhereabouts { agent_id, at, since: context.recorded_at });
            }
            Event::KeyTaken(KeyTaken { agent_id, .. }) => {
                let (agent_id, at) = (Some(agent_id.clone()), None);
                self.keys = Some(KeyWhereabouts { agent_id, at, since: context.recorded_at });
            }
            _ => {}
        }
        match event {
            Event::TimeReserved(event) => self.visits.reserved(event),
            Event::ReservationRepointed(event) => self.visits.repointed(event),
            Event::ReservationReleased(event) => self.visits.released(event, self.time.passed()),
            _ => {}
        }
        fold_property(&mut self.calendar, event);
        self.time.observe(context.clock_showed, context.recorded_at);
        self.revision = Some(context.revision);
        if changes_property(event) {
            self.version += 1;
        }
        let version = match event {
            Event::CommandHadNoEffect(event) => event.version,
            _ => self.version,
        };
        let mut answer = self.answer(event).or(unblocked);
        if let Some(PropertyAnswer::Property(details)) = &mut answer {
            (details.reset, details.zone_change) = (reset, zone_change);
        }
        if let Some(answer) = answer {
            self.receipts.note(context, self.time.passed(), answer, version);
        }
    }

    fn decide(
        &self,
        command: &Command<PropertyCommand>,
        (): &(),
        now: DateTime<Utc>,
    ) -> Result<Vec<Event>, PropertyRejection> {
        self.decide_command(&command.body, now)
    }

    fn answer_unchanged(&self, command: &PropertyCommand) -> PropertyAnswer {
        let answer = match command {
            PropertyCommand::RegisterProperty { .. } | PropertyCommand::UpdateProperty { .. } => {
                self.details().map(PropertyAnswer::Property)
            }
            PropertyCommand::ReplaceVisitHours { .. } => Some(self.rules_answer()),
            PropertyCommand::SetDateException { exception } => Some(of_date(exception.date)),
            PropertyCommand::RemoveDateException { date } => Some(of_date(*date)),
            PropertyCommand::BlockTime { block, .. } | PropertyCommand::ChangeBlock { block, .. } => {
                self.block_answer(block.block_id)
            }
            PropertyCommand::UnblockTime { block_id }
            | PropertyCommand::MoveOccurrence { block_id, .. }
            | PropertyCommand::SkipOccurrence { block_id, .. } => self.block_answer(*block_id),
            PropertyCommand::PlaceKey { .. }
            | PropertyCommand::TakeKey { .. }
            | PropertyCommand::ReturnKey { .. } => self.key_answer(),
            PropertyCommand::TakeTime { .. } => None,
            PropertyCommand::ReadAccessInstructions { visit } => {
                visit.property_id.clone().map(|property_id| {
                    let (appointment_id, agent_id) = (visit.appointment_id, visit.agent_id.clone());
                    PropertyAnswer::Access(AccessAnswer { property_id, appointment_id, agent_id })
                })
            }
        };
        // Only a registered property takes a command without an effect.
        answer.unwrap_or_else(|| self.rules_answer())
    }

    fn no_effect(event: CommandHadNoEffect) -> Option<Event> {
        Some(event.into())
    }

    fn version_of(&self, _: &PropertyCommand) -> Option<u64> {
        (self.version > 0).then_some(self.version)
    }

    fn time(&self) -> &StreamTime {
        &self.time
    }

    fn receipts(&self) -> &Receipts<PropertyAnswer> {
        &self.receipts
    }

    fn record_position(&mut self, command_id: CommandId, position: u64) {
        self.receipts.set_position(command_id, position);
    }

    fn revision(&self) -> Option<u64> {
        self.revision
    }
}
