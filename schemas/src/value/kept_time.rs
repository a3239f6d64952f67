use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is kept of the time of an appointment once its zone has other rules than when the time was agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeptTime {
    /// The time that clocks in the zone show: the appointment moves to the instant at which they now do.
    WallTime,
    /// The instant: clocks in the zone now show another time then.
    Instant,
}
