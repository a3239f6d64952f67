use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ParseError;

/// A place on the map (WGS 84), to a millionth of a degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Degrees", into = "Degrees")]
#[schemars(with = "Degrees")]
pub struct Coordinates {
    lat_millionths: i32,
    lon_millionths: i32,
}

/// A place on the map (WGS 84), rounded to six decimals.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Coordinates")]
struct Degrees {
    /// Degrees north of the equator; to the south they are negative.
    #[schemars(range(min = -90, max = 90))]
    lat: f64,
    /// Degrees east of Greenwich; to the west they are negative.
    #[schemars(range(min = -180, max = 180))]
    lon: f64,
}

const MILLION: f64 = 1e6;

impl Coordinates {
    /// The place at these degrees, rounded to six decimals, if there is one.
    pub fn new(lat: f64, lon: f64) -> Result<Self, ParseError> {
        if !(-90.0..=90.0).contains(&lat) || !(-180.0..=180.0).contains(&lon) {
            return Err(ParseError::new("coordinates", "lat of -90 to 90 and lon of -180 to 180 degrees"));
        }
        // In range, so neither is cut off.
        #[expect(clippy::cast_possible_truncation, reason = "a degree's millionths fit")]
        let millionths = |degrees: f64| (degrees * MILLION).round() as i32;
        Ok(Self { lat_millionths: millionths(lat), lon_millionths: millionths(lon) })
    }

    /// Degrees north of the equator.
    pub fn lat(self) -> f64 {
        f64::from(self.lat_millionths) / MILLION
    }

    /// Degrees east of Greenwich.
    pub fn lon(self) -> f64 {
        f64::from(self.lon_millionths) / MILLION
    }
}

impl TryFrom<Degrees> for Coordinates {
    type Error = ParseError;

    fn try_from(Degrees { lat, lon }: Degrees) -> Result<Self, ParseError> {
        Self::new(lat, lon)
    }
}

impl From<Coordinates> for Degrees {
    fn from(coordinates: Coordinates) -> Self {
        Self { lat: coordinates.lat(), lon: coordinates.lon() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_the_same_after_any_number_of_copies() {
        let place = Coordinates::new(-33.437_812_49, -70.650_399_9).unwrap();
        let json = serde_json::to_string(&place).unwrap();
        assert_eq!(json, r#"{"lat":-33.437812,"lon":-70.6504}"#);
        assert_eq!(serde_json::from_str::<Coordinates>(&json).unwrap(), place);
    }

    #[test]
    fn no_place_is_beyond_the_poles() {
        for (lat, lon) in [(90.1, 0.0), (-90.1, 0.0), (0.0, 180.1), (0.0, -180.1), (f64::NAN, 0.0)] {
            assert!(Coordinates::new(lat, lon).is_err(), "{lat} {lon}");
        }
    }
}
