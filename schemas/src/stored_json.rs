//! Reading what is stored.

use serde::Deserialize;
use serde::de::Error as _;

/// Strict about all of it: `serde_json` looks no further at members that it passes over, and bytes that are not UTF-8
/// could be stored there and never be shown.
pub(crate) fn read<'json, T: Deserialize<'json>>(json: &'json [u8]) -> Result<T, serde_json::Error> {
    serde_json::from_str(std::str::from_utf8(json).map_err(serde_json::Error::custom)?)
}
