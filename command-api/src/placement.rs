//! Where a visit could go that cannot stay where it is, as answers tell it.

use availability::{InWords, Slot};
use schemars::JsonSchema;
use schemas::AgentId;
use schemas::value::{NotMovedBecause, OtherSlot};
use serde::{Deserialize, Serialize};

use crate::directory::Placed;

/// Where an appointment could go, as in the plan of a bulk move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Placement {
    /// Who could take it at its time, with the least to do that day; null = nobody.
    pub(crate) to_agent_id: Option<AgentId>,
    /// Why nobody can take it.
    pub(crate) because: Option<NotMovedBecause>,
    /// The nearest other times, if nobody can take it. One that is too short by now needs `duration_minutes` as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) alternatives: Vec<InWords<OtherSlot>>,
}

impl Placement {
    /// Of one that others have changed meanwhile.
    pub(crate) const CHANGED: Self =
        Self { to_agent_id: None, because: Some(NotMovedBecause::Changed), alternatives: Vec::new() };
}

impl From<Placed> for Placement {
    fn from(placed: Placed) -> Self {
        match placed {
            Placed::With(agent_id) => {
                Self { to_agent_id: Some(agent_id), because: None, alternatives: Vec::new() }
            }
            Placed::Nobody { reason, nearest } => {
                let other = |(agent_id, Slot { start, end, .. }): (AgentId, Slot)| {
                    InWords::from(OtherSlot { agent_id, start, end, slot_ref: None })
                };
                let because = NotMovedBecause::SlotUnavailable { finding: reason.as_str().to_owned() };
                let alternatives = nearest.into_iter().map(other).collect();
                Self { to_agent_id: None, because: Some(because), alternatives }
            }
        }
    }
}
