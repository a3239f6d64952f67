use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The order of a list of appointments; ties are ordered by id, in descending orders from the greatest.
///
/// By `updated_at`, an appointment moves to the end with each of its events. It is the time of the decision, a moment
/// before the event is stored: a client that polls for changes should start each walk some seconds before the end of
/// the last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AppointmentSort {
    /// Earliest appointment first.
    #[default]
    #[serde(rename = "start")]
    Start,
    /// Latest appointment first.
    #[serde(rename = "-start")]
    StartDescending,
    /// First booked first.
    #[serde(rename = "created_at")]
    CreatedAt,
    /// Last booked first.
    #[serde(rename = "-created_at")]
    CreatedAtDescending,
    /// Least recently updated first.
    #[serde(rename = "updated_at")]
    UpdatedAt,
    /// Most recently updated first.
    #[serde(rename = "-updated_at")]
    UpdatedAtDescending,
}

impl AppointmentSort {
    /// Every order.
    pub const ALL: &[Self] = &[
        Self::Start,
        Self::StartDescending,
        Self::CreatedAt,
        Self::CreatedAtDescending,
        Self::UpdatedAt,
        Self::UpdatedAtDescending,
    ];

    /// Whether the greatest comes first.
    pub const fn is_descending(self) -> bool {
        matches!(self, Self::StartDescending | Self::CreatedAtDescending | Self::UpdatedAtDescending)
    }

    /// The first byte of this order's cursors.
    pub(crate) const fn tag(self) -> u8 {
        match self {
            Self::Start => 0,
            Self::StartDescending => 1,
            Self::CreatedAt => 2,
            Self::CreatedAtDescending => 3,
            Self::UpdatedAt => 4,
            Self::UpdatedAtDescending => 5,
        }
    }
}
