//! The request for free slots, and the slots offered.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use operation::Problem;
use read_model::{Explain, Limit, MoveSearch, OfferedSlot, PageRequest, SlotSearch};
use schemars::JsonSchema;
use schemas::{AgentId, AppointmentId, AppointmentTypeCode, LeadId, PropertyId};
use serde::{Deserialize, Serialize};

use crate::parameters::{Instant, check_range, check_repeats, limit};

/// The length of the range if `to` is left out.
const DEFAULT_RANGE: TimeDelta = TimeDelta::days(14);

/// The longest range to explain: every start in it is checked, for every agent.
const MAX_EXPLAINED_RANGE: TimeDelta = TimeDelta::days(14);

/// A search for free slots, for a new appointment or for one that is to be moved.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SlotsRequest {
    /// The appointment type. Required, unless `moving` is given.
    appointment_type: Option<AppointmentTypeCode>,
    /// The earliest start; by default now.
    from: Option<Instant>,
    /// Starts lie before this instant; by default 14 days after `from`.
    to: Option<Instant>,
    /// The agent; may repeat; by default any active agent.
    #[serde(default)]
    agent_id: Vec<AgentId>,
    /// The appointment to move: what is offered is for it, its own time not in its way. Type, length, lead and property are
    /// its own.
    moving: Option<AppointmentId>,
    /// The property to visit, whose open houses are then offered too.
    property_id: Option<PropertyId>,
    /// The lead, whose own holds then do not take time.
    lead_id: Option<LeadId>,
    /// The time zone of local times in the answer; by default the office's.
    #[schemars(with = "Option<String>")]
    zone: Option<Tz>,
    /// Explains what is not free: one `start`, or the whole range.
    #[serde(default)]
    explain: bool,
    /// The start to explain.
    start: Option<Instant>,
    /// How many entries; by default 50.
    #[serde(default, deserialize_with = "limit")]
    limit: Limit,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// An offered slot.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Offer {
    /// The reference to hold or book it with, for 24 hours.
    pub(crate) slot_ref: String,
    /// The slot.
    #[serde(flatten)]
    pub(crate) slot: OfferedSlot,
}

/// What a request searches for.
pub(crate) enum Question {
    /// Slots for a new appointment.
    New(SlotSearch),
    /// The times that an appointment could move to.
    Move(MoveSearch),
}

impl Question {
    pub(crate) const fn explain(&self) -> Option<Explain> {
        match self {
            Self::New(search) => search.explain,
            Self::Move(search) => search.explain,
        }
    }
}

impl SlotsRequest {
    pub(crate) fn question(&self, now: DateTime<Utc>) -> Result<Question, Problem> {
        let from = self.from.unwrap_or(Instant(now));
        let to =
            self.to.unwrap_or_else(|| Instant(from.0.checked_add_signed(DEFAULT_RANGE).unwrap_or(from.0)));
        check_range(Some(from), Some(to))?;
        check_repeats("agent_id", &self.agent_id)?;
        let explain = self.explain(to.0 - from.0)?;
        let page = PageRequest { limit: self.limit, cursor: self.cursor.clone() };
        if let Some(appointment_id) = self.moving {
            let beside = [("property_id", self.property_id.is_some()), ("lead_id", self.lead_id.is_some())];
            if let Some((field, _)) = beside.into_iter().find(|(_, is_given)| *is_given) {
                return Err(Problem::malformed(field, "has no place beside moving: it is the appointment's"));
            }
            return Ok(Question::Move(MoveSearch {
                appointment_id,
                appointment_type: self.appointment_type.clone(),
                from: from.0,
                to: to.0,
                agent_ids: self.agent_id.clone(),
                zone: self.zone,
                explain,
                page,
            }));
        }
        let appointment_type = self.appointment_type.clone().ok_or_else(|| {
            Problem::malformed("appointment_type", "is needed: the code of an appointment type")
        })?;
        Ok(Question::New(SlotSearch {
            appointment_type,
            from: from.0,
            to: to.0,
            agent_ids: self.agent_id.clone(),
            property_id: self.property_id.clone(),
            lead_id: self.lead_id.clone(),
            zone: self.zone,
            explain,
            page,
        }))
    }

    fn explain(&self, range: TimeDelta) -> Result<Option<Explain>, Problem> {
        match (self.explain, self.start) {
            (true, Some(Instant(start))) => Ok(Some(Explain::Start(start))),
            (true, None) if range > MAX_EXPLAINED_RANGE => {
                let days = MAX_EXPLAINED_RANGE.num_days();
                let detail = format!("must be at most {days} days after from with explain=true");
                Err(Problem::malformed("to", detail))
            }
            (true, None) => Ok(Some(Explain::Range)),
            (false, Some(_)) => Err(Problem::malformed("start", "is for explain=true only; else use from")),
            (false, None) => Ok(None),
        }
    }
}
