//! What is asked of free slots, and how they are offered.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use operation::Problem;
use read_model::{Explain, Limit, OfferedSlot, PageRequest, SlotsQuestion};
use schemars::JsonSchema;
use schemas::{AgentId, AppointmentTypeCode, LeadId, PropertyId};
use serde::{Deserialize, Serialize};

use crate::parameters::{Instant, check_range, check_repeats, limit};

/// How far ahead is looked if it is not said how far.
const DEFAULT_RANGE: TimeDelta = TimeDelta::days(14);

/// Every start of the range is looked at, for every agent.
const MAX_EXPLAINED_RANGE: TimeDelta = TimeDelta::days(14);

/// What someone would like to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SlotSearch {
    /// Of which type. It is needed.
    appointment_type: Option<AppointmentTypeCode>,
    /// The earliest start; now if left out.
    from: Option<Instant>,
    /// The first instant that is too late a start; 14 days after `from` if left out.
    to: Option<Instant>,
    /// With whom; may repeat, any active agent if left out.
    #[serde(default)]
    agent_id: Vec<AgentId>,
    /// The property it would be about, whose open houses are then offered too.
    property_id: Option<PropertyId>,
    /// For whom; this lead's own holds then do not stand in the way.
    lead_id: Option<LeadId>,
    /// The zone of the wall clock in the answer; the office's if left out.
    #[schemars(with = "Option<String>")]
    zone: Option<Tz>,
    /// Says why what is not free is not: of one `start`, or of the whole range.
    #[serde(default)]
    explain: bool,
    /// The start to explain.
    start: Option<Instant>,
    /// How many entries; 50 if left out.
    #[serde(default, deserialize_with = "limit")]
    limit: Limit,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A slot as it is offered.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Offer {
    /// What holds or books it, for 24 hours.
    pub(crate) slot_ref: String,
    /// The slot.
    #[serde(flatten)]
    pub(crate) slot: OfferedSlot,
}

impl SlotSearch {
    pub(crate) fn question(&self, now: DateTime<Utc>) -> Result<SlotsQuestion, Problem> {
        let from = self.from.unwrap_or(Instant(now));
        let to =
            self.to.unwrap_or_else(|| Instant(from.0.checked_add_signed(DEFAULT_RANGE).unwrap_or(from.0)));
        check_range(Some(from), Some(to))?;
        check_repeats("agent_id", &self.agent_id)?;
        let explain = self.explain(to.0 - from.0)?;
        let appointment_type = self.appointment_type.clone().ok_or_else(|| {
            Problem::malformed("appointment_type", "is needed: the code of an appointment type")
        })?;
        Ok(SlotsQuestion {
            appointment_type,
            from: from.0,
            to: to.0,
            agent_ids: self.agent_id.clone(),
            property_id: self.property_id.clone(),
            lead_id: self.lead_id.clone(),
            zone: self.zone,
            explain,
            page: PageRequest { limit: self.limit, cursor: self.cursor.clone() },
        })
    }

    fn explain(&self, range: TimeDelta) -> Result<Option<Explain>, Problem> {
        match (self.explain, self.start) {
            (true, Some(Instant(start))) => Ok(Some(Explain::Start(start))),
            (true, None) if range > MAX_EXPLAINED_RANGE => {
                let days = MAX_EXPLAINED_RANGE.num_days();
                Err(Problem::malformed("to", format!("may be {days} days after from with explain=true")))
            }
            (true, None) => Ok(Some(Explain::Range)),
            (false, Some(_)) => Err(Problem::malformed("start", "is for explain=true; use from otherwise")),
            (false, None) => Ok(None),
        }
    }
}
