//! How long an agent takes from one visit to the next.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ParseError;

/// How long an agent takes between two visits whose places are known, by their distance as the crow flies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TravelPolicy {
    /// Minutes for a kilometre, where no area says otherwise.
    pub minutes_per_km: MinutesPerKm,
    /// The least time between two visits at different properties, in minutes, however near.
    #[serde(default)]
    pub floor_minutes: u16,
    /// Where it is quicker or slower: the first area that has a region or comuna of the agent's counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<TravelArea>,
}

/// How quick agents of some regions or comunas are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TravelArea {
    /// The regions, as in the agents' profiles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// The comunas, as in the agents' profiles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comunas: Vec<String>,
    /// Minutes for a kilometre.
    pub minutes_per_km: MinutesPerKm,
}

/// Minutes for a kilometre, to a hundredth; 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "f64", into = "f64")]
#[schemars(with = "f64")]
pub struct MinutesPerKm {
    hundredths: u16,
}

impl MinutesPerKm {
    /// So many minutes, rounded to a hundredth, if there are not too many.
    pub fn new(minutes: f64) -> Result<Self, ParseError> {
        if !(0.0..=100.0).contains(&minutes) {
            return Err(ParseError::new("minutes_per_km", "0 to 100 minutes"));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 10,000")]
        let hundredths = (minutes * 100.0).round() as u16;
        Ok(Self { hundredths })
    }

    /// In hundredths of a minute.
    pub const fn hundredths(self) -> u16 {
        self.hundredths
    }
}

impl TryFrom<f64> for MinutesPerKm {
    type Error = ParseError;

    fn try_from(minutes: f64) -> Result<Self, ParseError> {
        Self::new(minutes)
    }
}

impl From<MinutesPerKm> for f64 {
    fn from(rate: MinutesPerKm) -> Self {
        Self::from(rate.hundredths) / 100.0
    }
}
