use std::fmt;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use schemas::{AppointmentId, AppointmentTypeCode, BlockId, BusyId, HoldId, LeadId, PropertyId};
use serde::{Deserialize, Serialize};

use crate::Interval;

/// What someone would like to book.
#[derive(Debug, Clone, Copy)]
pub struct SlotRequest<'a> {
    /// The type, which gives the length, the grid, the buffers and the limits.
    pub appointment_type: &'a AppointmentTypeCode,
    /// From when.
    pub start: DateTime<Utc>,
    /// The property it would be about.
    pub property_id: Option<&'a PropertyId>,
    /// For whom; this lead's own hold on exactly this type and start does not stand in the way.
    pub lead_id: Option<&'a LeadId>,
    /// The appointment that would be moved there, which does not stand in its own way.
    pub moving: Option<AppointmentId>,
}

/// What someone would like to choose from.
#[derive(Debug, Clone, Copy)]
pub struct SlotQuery<'a> {
    /// The type of appointment.
    pub appointment_type: &'a AppointmentTypeCode,
    /// The earliest start.
    pub from: DateTime<Utc>,
    /// The first instant that is too late a start.
    pub to: DateTime<Utc>,
    /// The property it would be about.
    pub property_id: Option<&'a PropertyId>,
    /// For whom.
    pub lead_id: Option<&'a LeadId>,
    /// How many slots at most.
    pub limit: usize,
}

/// A slot that is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Slot {
    /// From when.
    pub start: DateTime<Utc>,
    /// Until when.
    pub end: DateTime<Utc>,
    /// How many appointments of one type and property may share it.
    pub max_appointments_per_slot: u16,
    /// How many more fit in; at least 1.
    pub remaining: u16,
}

/// Why a slot is not free. Where several hold, the first in this order is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It is not wholly within one interval of the type's hours, or does not start on the grid.
    OutsideHours,
    /// A block of the agent or of the office lies in it.
    Blocked,
    /// An external calendar shows the agent busy.
    ExternalBusy,
    /// An appointment lies in it, or too close to it.
    AlreadyBooked,
    /// A live hold lies in it, or too close to it.
    Held,
    /// As many as may share it already do.
    SlotFull,
    /// It starts before the type's notice has passed, or in the past.
    TooSoon,
    /// It starts after the last date that the type can be booked on.
    BeyondHorizon,
    /// The agent has as many of the type on that date as it takes.
    DailyLimit,
}

impl Reason {
    /// The name used in JSON and columns.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OutsideHours => "outside_hours",
            Self::Blocked => "blocked",
            Self::ExternalBusy => "external_busy",
            Self::AlreadyBooked => "already_booked",
            Self::Held => "held",
            Self::SlotFull => "slot_full",
            Self::TooSoon => "too_soon",
            Self::BeyondHorizon => "beyond_horizon",
            Self::DailyLimit => "daily_limit",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One rule that speaks against a slot, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Which rule.
    pub reason: Reason,
    /// What it is about.
    pub cause: Cause,
}

/// What speaks against a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cause {
    /// The office has no such type in use.
    UnknownType,
    /// The slot is not wholly within one interval of the date's hours.
    Hours {
        /// The hours of that date for the type; empty = closed.
        hours: Vec<Interval>,
    },
    /// The slot starts beside the grid of the hours it lies in.
    Grid {
        /// Where the grid begins.
        hours_start: DateTime<Utc>,
        /// How far apart its starts are, in minutes.
        slot_step_minutes: u16,
    },
    /// A block of the agent.
    AgentBlock {
        /// Which block.
        block_id: BlockId,
        /// The occurrence of it that is in the way.
        interval: Interval,
    },
    /// A block of the office.
    OfficeBlock {
        /// Which block.
        block_id: BlockId,
        /// The occurrence of it that is in the way.
        interval: Interval,
    },
    /// An event of an external calendar.
    ExternalBusy {
        /// Which event.
        busy_id: BusyId,
        /// When it is.
        interval: Interval,
    },
    /// An appointment that overlaps, or is closer than buffers and travel allow.
    Appointment {
        /// Which appointment.
        appointment_id: AppointmentId,
        /// When it is, without buffers.
        interval: Interval,
    },
    /// A live hold that overlaps, or is closer than buffers and travel allow.
    Hold {
        /// Which hold.
        hold_id: HoldId,
        /// When it is, without buffers.
        interval: Interval,
    },
    /// The slot is shared by as many as it takes.
    Capacity {
        /// How many it takes.
        max_appointments_per_slot: u16,
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
        /// How many the agent takes on one date.
        limit: u16,
    },
}
