//! The commands on a property, and their answers.

use chrono::NaiveDate;
use chrono_tz::Tz;
use schemars::JsonSchema;
use schemas::value::{
    AvailabilityRule, Coordinates, DateException, KeyWhereabouts, PropertyProfile, VisitApproval, VisitCaps,
    VisitOverlap,
};
use schemas::{AgentId, AppointmentId, BlockId, PropertyId, Secret};
use serde::{Deserialize, Serialize};

use super::VisitToEnter;
use crate::answer::answers;
use crate::visit_time::{PropertyTerms, VisitTimeCommand};
use crate::{
    BlockAnswer, BlockRequest, BlockedTime, Change, ExceptionAnswer, OnOverlap, RulesAnswer, ZoneChange,
};

/// The commands on a property.
#[derive(Debug, Clone, PartialEq)]
pub enum PropertyCommand {
    /// Register it, or replace what is known of it as a whole.
    RegisterProperty {
        /// The property.
        property_id: PropertyId,
        /// Everything about it besides its time.
        profile: Box<PropertyProfile>,
        /// Whether it is on the market.
        active: bool,
    },
    /// Change some of it.
    UpdateProperty {
        /// What changes.
        change: Box<PropertyChange>,
    },
    /// Replace all weekly visit hours.
    ReplaceVisitHours {
        /// The new hours; none = at any time.
        rules: Vec<AvailabilityRule>,
    },
    /// Set the visit hours of one date.
    SetDateException {
        /// The date and its hours.
        exception: DateException,
    },
    /// Give a date its weekly hours back.
    RemoveDateException {
        /// The date.
        date: NaiveDate,
    },
    /// Block time.
    BlockTime {
        /// The block.
        block: BlockRequest,
        /// What to do about visits in it.
        on_overlap: OnOverlap,
    },
    /// Change a block.
    ChangeBlock {
        /// The block as it is from now on. Occurrences that were left out or moved stay so.
        block: BlockRequest,
        /// What to do about visits that it did not overlap before.
        on_overlap: OnOverlap,
    },
    /// Remove a block.
    UnblockTime {
        /// The block.
        block_id: BlockId,
    },
    /// Move one occurrence of a recurring block.
    MoveOccurrence {
        /// The block.
        block_id: BlockId,
        /// The date on which the occurrence begins by the recurrence.
        date: NaiveDate,
        /// When it takes place instead.
        time: BlockedTime,
        /// What to do about visits that the block did not overlap before.
        on_overlap: OnOverlap,
    },
    /// Leave out one occurrence of a recurring block.
    SkipOccurrence {
        /// The block.
        block_id: BlockId,
        /// The date on which the occurrence begins by the recurrence.
        date: NaiveDate,
    },
    /// Say where the keys are.
    PlaceKey {
        /// The place.
        at: String,
    },
    /// An agent takes the keys.
    TakeKey {
        /// The agent.
        agent_id: AgentId,
    },
    /// Whoever has the keys brings them back.
    ReturnKey {
        /// The agent who had them; none = the one who is known to.
        agent_id: Option<AgentId>,
        /// The place where they are now.
        at: String,
    },
    /// Take time of it, or let go of it.
    TakeTime {
        /// What is to be done.
        command: VisitTimeCommand<PropertyTerms>,
    },
    /// Be told how to get in.
    ReadAccessInstructions {
        /// The visit that it is for.
        visit: VisitToEnter,
    },
}

/// What becomes of each member of a property. Those that are left out stay as they are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PropertyChange {
    /// What to call it.
    pub title: Option<String>,
    /// Street, number and what else finds the door.
    pub address: Option<String>,
    /// Where it is. With another one it is in that one's zone, unless a zone is named too.
    pub area: Option<Area>,
    /// The zone in which its hours are read.
    pub time_zone: Option<Tz>,
    /// Where it is on the map.
    pub coordinates: Change<Coordinates>,
    /// The agents who may show it; none = by area.
    pub agent_ids: Option<Vec<AgentId>>,
    /// How long before its start a visit has to be booked, in minutes.
    pub notice_minutes: Option<u32>,
    /// How many visits it may have at once.
    pub overlap: Option<VisitOverlap>,
    /// How many visits it may have in a while.
    pub caps: Option<VisitCaps>,
    /// Who says of each visit that it may take place.
    pub approval: Change<VisitApproval>,
    /// How to get in.
    pub access_instructions: Change<Secret>,
    /// Whether it is on the market.
    pub active: Option<bool>,
}

/// A comuna with its region and zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// The comuna's official name.
    pub comuna: String,
    /// Its official code.
    pub comuna_code: String,
    /// The region's official name.
    pub region: String,
    /// The zone of the comuna's clocks.
    pub time_zone: Tz,
}

impl PropertyCommand {
    /// Its name in metrics and traces.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RegisterProperty { .. } => "register_property",
            Self::UpdateProperty { .. } => "update_property",
            Self::ReplaceVisitHours { .. } => "replace_visit_hours",
            Self::SetDateException { .. } => "set_property_date_exception",
            Self::RemoveDateException { .. } => "remove_property_date_exception",
            Self::BlockTime { .. } => "block_property",
            Self::ChangeBlock { .. } => "change_property_block",
            Self::UnblockTime { .. } => "unblock_property",
            Self::MoveOccurrence { .. } => "move_property_occurrence",
            Self::SkipOccurrence { .. } => "skip_property_occurrence",
            Self::PlaceKey { .. } => "place_key",
            Self::TakeKey { .. } => "take_key",
            Self::ReturnKey { .. } => "return_key",
            Self::TakeTime { command } => command.name(),
            Self::ReadAccessInstructions { .. } => "read_access_instructions",
        }
    }
}

/// The answer of commands on the property itself: all of it but how to get in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PropertyDetails {
    /// The property.
    pub property_id: PropertyId,
    /// Whether it is on the market.
    pub active: bool,
    /// Everything about it besides its time, and never how to get in.
    #[serde(flatten)]
    pub profile: PropertyProfile,
    /// Whether it is known how to get in.
    pub has_access_instructions: bool,
    /// The members that had a value of their own and have their default again, as they were left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reset: Vec<String>,
    /// What another zone of the property touches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_change: Option<ZoneChange>,
}

/// The answer of commands on the keys of a property.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeyAnswer {
    /// The property.
    pub property_id: PropertyId,
    /// Where its keys are.
    pub keys: KeyWhereabouts,
}

/// Whom the stream of a property has tell how to get in. The text itself is read where it is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AccessAnswer {
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub appointment_id: AppointmentId,
    /// The agent of the visit.
    pub agent_id: AgentId,
}

answers! {
    /// The answer of an accepted command on a property, without version and position.
    PropertyAnswer {
        Property(PropertyDetails),
        Key(KeyAnswer),
        Access(AccessAnswer),
        Rules(RulesAnswer),
        Exception(ExceptionAnswer),
        Block(BlockAnswer),
    }
}
