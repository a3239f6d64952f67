//! Members that a change names: null is one of them where there may be none any more, and refused where there has to be one.

use serde::{Deserialize, Deserializer, Serialize};

/// A member that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Named<T>(pub(super) Option<T>);

/// Reads a member that is there: null too.
pub(super) fn named<'de, D, T>(deserializer: D) -> Result<Option<Named<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Named::deserialize(deserializer).map(Some)
}

/// Reads a member that is there, and is not null.
pub(super) fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}
