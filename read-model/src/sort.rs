use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The order of a list of appointments; ties are in the order of their ids, turned round as well when descending.
///
/// `updated_at` moves an appointment to the end whenever something happens to it. It is when that was decided, a moment
/// before it is stored: who follows changes by it should begin each walk some seconds before the end of the last.
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
    /// Longest untouched first.
    #[serde(rename = "updated_at")]
    UpdatedAt,
    /// Last touched first.
    #[serde(rename = "-updated_at")]
    UpdatedAtDescending,
}

impl AppointmentSort {
    /// Every order there is.
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

    /// What cursors of this order begin with.
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
