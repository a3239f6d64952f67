use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ReservationId;

/// Time that is taken on the stream of a lead or a property for what is decided on an agent's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct SideReservation {
    /// The stream it is on.
    pub stream: String,
    /// The reservation there.
    pub reservation_id: ReservationId,
}
