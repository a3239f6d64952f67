//! Reading stored JSON.

use serde::Deserialize;
use serde::de::Error as _;

/// Requires UTF-8 throughout: `serde_json` does not check the members that it skips, so bytes that are not UTF-8 could
/// be stored there and never be shown.
pub(crate) fn read<'json, T: Deserialize<'json>>(json: &'json [u8]) -> Result<T, serde_json::Error> {
    serde_json::from_str(std::str::from_utf8(json).map_err(serde_json::Error::custom)?)
}
