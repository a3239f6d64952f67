//! What reservations are of in agents' calendars: time for an appointment, which is handed over with it.

use availability::{Booking, Interval};
use calendar_fold::reserved;
use schemas::AgentId;
use schemas::event::TimeReserved;
use schemas::value::ForcedRule;
use serde::{Deserialize, Serialize};

/// Time that has to be reserved with another agent for an appointment that is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededTime {
    /// What the appointment will take. At another time than now, its buffers are as the type has them then.
    pub booking: Booking,
    /// When it is now. With its time unchanged, the rules of a hand-over hold; with a new time, those of a booking.
    pub present: Interval,
}

/// Time that is reserved for an appointment: what it takes, how many may share it, and where it would be held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservedTime {
    /// What it takes.
    pub booking: Booking,
    /// How many appointments its slot had room for.
    pub max_appointments_per_slot: u16,
    /// The rules that were passed over.
    pub forced: Vec<ForcedRule>,
    /// The agent's own room for video calls.
    pub meeting_room_url: Option<String>,
}

/// A hand-over that was decided: to whom, and which event of the stream has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct HandOver {
    pub(super) to_agent_id: AgentId,
    pub(super) revision: u64,
}

impl ReservedTime {
    pub(super) fn of(event: &TimeReserved) -> Self {
        Self {
            booking: reserved(event),
            max_appointments_per_slot: event.max_appointments_per_slot,
            forced: event.forced.clone(),
            meeting_room_url: event.meeting_room_url.clone(),
        }
    }
}
