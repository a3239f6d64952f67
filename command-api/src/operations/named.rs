//! Members that a change names, of which null is one: there is none any more.

use serde::{Deserialize, Deserializer, Serialize};

/// A member that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
