//! Requests for slots, free slots, and the reasons why others are not free.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use schemas::value::ForcedRule;
use schemas::{AppointmentId, AppointmentTypeCode, BlockId, BusyId, HoldId, LeadId, PropertyId};
use serde::{Deserialize, Serialize};

use crate::Interval;

/// A slot that a lead would like to book.
#[derive(Debug, Clone, Copy)]
pub struct SlotRequest<'a> {
    /// The type, which sets the length, the grid, the buffers and the limits.
    pub appointment_type: &'a AppointmentTypeCode,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// The property of the future appointment.
    pub property_id: Option<&'a PropertyId>,
    /// The lead; the lead's own hold on exactly this type and start does not count.
    pub lead_id: Option<&'a LeadId>,
    /// The appointment to be moved there; its present time does not count.
    pub moving: Option<AppointmentId>,
    /// How long it takes; none = as long as its type does.
    pub duration_minutes: Option<u16>,
}

/// A search for free slots.
#[derive(Debug, Clone, Copy)]
pub struct SlotQuery<'a> {
    /// The type of appointment.
    pub appointment_type: &'a AppointmentTypeCode,
    /// The earliest start.
    pub from: DateTime<Utc>,
    /// The end of the range of starts, exclusive.
    pub to: DateTime<Utc>,
    /// The property of the future appointment.
    pub property_id: Option<&'a PropertyId>,
    /// The lead.
    pub lead_id: Option<&'a LeadId>,
    /// How many slots at most.
    pub limit: usize,
}

/// A free slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Slot {
    /// When it starts.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// How many appointments of one type and property may share it.
    pub max_appointments_per_slot: u16,
    /// How many more fit in; at least 1.
    pub remaining: u16,
}

/// Why a slot is not free. Of several reasons, the first in this order is given: what no agent escapes comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It starts in the past.
    Past,
    /// It starts after the last date that the type can be booked on.
    BeyondHorizon,
    /// It starts before the type's notice has passed.
    TooSoon,
    /// It does not start on the grid of starts of the hours that it starts in.
    OffGrid,
    /// It is not wholly within one interval of the type's hours.
    OutsideHours,
    /// A block of the agent or of the office lies in it.
    Blocked,
    /// An external calendar shows the agent busy.
    ExternalBusy,
    /// An appointment lies in it, or too close to it.
    AlreadyBooked,
    /// A live hold lies in it, or too close to it.
    Held,
    /// As many appointments as may share it already do.
    SlotFull,
    /// The agent has reached the type's daily limit on that date.
    DailyLimit,
    /// Of an appointment that was made: its agent was deactivated since.
    AgentInactive,
    /// Of an appointment that was made: its type was retired since.
    TypeRetired,
    /// Of an appointment that was made: it is shorter than its type takes by now.
    TooShort,
    /// Of an appointment that was made: it is a video call, and nobody can join it.
    NoMeetingLink,
    /// Of an appointment that was made: its zone has other rules by now, by which the time agreed on is another instant.
    ZoneRules,
}

impl Reason {
    /// The name used in JSON and columns.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Past => "past",
            Self::BeyondHorizon => "beyond_horizon",
            Self::TooSoon => "too_soon",
            Self::OffGrid => "off_grid",
            Self::OutsideHours => "outside_hours",
            Self::Blocked => "blocked",
            Self::ExternalBusy => "external_busy",
            Self::AlreadyBooked => "already_booked",
            Self::Held => "held",
            Self::SlotFull => "slot_full",
            Self::DailyLimit => "daily_limit",
            Self::AgentInactive => "agent_inactive",
            Self::TypeRetired => "type_retired",
            Self::TooShort => "too_short",
            Self::NoMeetingLink => "no_meeting_link",
            Self::ZoneRules => "zone_rules",
        }
    }
}

impl Reason {
    /// The rule that has to be passed over for a slot that is not free for this reason; none if that is impossible.
    pub const fn forced_rule(self) -> Option<ForcedRule> {
        match self {
            Self::Past => Some(ForcedRule::Past),
            Self::BeyondHorizon => Some(ForcedRule::BeyondHorizon),
            Self::TooSoon => Some(ForcedRule::TooSoon),
            Self::OffGrid => Some(ForcedRule::OffGrid),
            Self::OutsideHours => Some(ForcedRule::OutsideHours),
            Self::Blocked => Some(ForcedRule::Blocked),
            Self::DailyLimit => Some(ForcedRule::DailyLimit),
            Self::ExternalBusy
            | Self::AlreadyBooked
            | Self::Held
            | Self::SlotFull
            | Self::TooShort
            | Self::AgentInactive
            | Self::TypeRetired
            | Self::NoMeetingLink
            | Self::ZoneRules => None,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One reason why a slot is not free, with its cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The reason.
    pub reason: Reason,
    /// The cause.
    pub cause: Cause,
}

/// What makes a slot unavailable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cause {
    /// The office has no such type in use.
    UnknownType,
    /// The slot is not wholly within one interval of hours.
    Hours {
        /// The hours for the type that begin on the date of its start, or reach into it; empty = closed.
        hours: Vec<Interval>,
    },
    /// The slot starts off the grid of the hours it starts in.
    Grid {
        /// The start that the grid is counted from: that of these hours, or of the office's beside them.
        hours_start: DateTime<Utc>,
        /// How far apart its starts are, in minutes.
        slot_step_minutes: u16,
    },
    /// A block of the agent.
    AgentBlock {
        /// The block.
        block_id: BlockId,
        /// The occurrence of it that overlaps the slot.
        interval: Interval,
    },
    /// A block of the office.
    OfficeBlock {
        /// The block.
        block_id: BlockId,
        /// The occurrence of it that overlaps the slot.
        interval: Interval,
    },
    /// An event of an external calendar.
    ExternalBusy {
        /// The event.
        busy_id: BusyId,
        /// When it is.
        interval: Interval,
    },
    /// An appointment that overlaps, or is closer than buffers and travel allow.
    Appointment {
        /// The appointment.
        appointment_id: AppointmentId,
        /// When it is, without buffers.
        interval: Interval,
    },
    /// A live hold that overlaps, or is closer than buffers and travel allow.
    Hold {
        /// The hold.
        hold_id: HoldId,
        /// When it is, without buffers.
        interval: Interval,
    },
    /// The slot has no room for another appointment.
    Capacity {
        /// How many appointments it has room for.
        max_appointments_per_slot: u16,
    },
    /// The slot has begun.
    Past {
        /// The time now.
        now: DateTime<Utc>,
    },
    /// The type's notice.
    Notice {
        /// The earliest start that can still be booked.
        earliest: DateTime<Utc>,
    },
    /// The type's horizon.
    Horizon {
        /// The last local date that can be booked.
        last_date: chrono::NaiveDate,
    },
    /// The type's daily limit.
    DailyLimit {
        /// The local date.
        date: chrono::NaiveDate,
        /// How many appointments of the type an agent takes on one date.
        limit: u16,
    },
    /// The agent was deactivated.
    AgentInactive,
    /// Neither the appointment has a link, nor its agent had a room, nor the office a template for one.
    NoMeetingLink,
    /// The rules of the zone that the appointment was agreed in.
    ZoneRules {
        /// Its start on the wall clock that was agreed on.
        local_start: NaiveDateTime,
        /// The zone of `local_start`.
        #[schemars(with = "String")]
        time_zone: Tz,
        /// When it would be if it kept that: in a gap, from where the gap ends.
        interval: Interval,
    },
    /// The appointment's type was retired.
    RetiredType {
        /// The type.
        appointment_type: AppointmentTypeCode,
    },
    /// The appointment's type takes longer by now.
    Length {
        /// How long it takes, in minutes.
        duration_minutes: u16,
    },
}
