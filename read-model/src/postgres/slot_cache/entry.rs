//! The entries of a slot cache: keys, bytes and order.

use availability::{FreeDays, zone};
use chrono::{DateTime, Utc};
use schemas::{AgentId, AppointmentTypeCode};
use uuid::Uuid;

/// The marker that entries begin with, including the format's version. If the format changes, [`Keys`] must change too.
pub(super) const MARK: [u8; 4] = *b"slt1";
const ORDER_BYTES: usize = 16;
const NUMBER_BYTES: usize = 8;
/// Marker and order, then the positions of calendar and office. The days and the checksum follow.
const HEAD_BYTES: usize = MARK.len() + ORDER_BYTES + 2 * NUMBER_BYTES;

/// One agent's free time for one type, and what it was computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::postgres) struct Entry {
    /// The position of the tables.
    pub(in crate::postgres) position: u64,
    /// The whole second from which on it is valid.
    pub(in crate::postgres) as_of: DateTime<Utc>,
    /// The position of the last event that changed the agent's calendar.
    pub(in crate::postgres) calendar_position: u64,
    /// The position of the last event that changed the office.
    pub(in crate::postgres) office_position: u64,
    pub(in crate::postgres) free_days: FreeDays,
}

/// The cache keys of one set of tables and one type.
#[derive(Debug)]
pub(in crate::postgres) struct Keys(String);

impl Keys {
    /// A key has the schema, for people; the tables' id, so that recreated tables, maybe of another log, never use
    /// entries of earlier ones; and the versions of entry format, days and zone rules, so that processes of different
    /// versions never use each other's entries.
    pub(in crate::postgres) fn new(schema: &str, tables_id: Uuid, code: &AppointmentTypeCode) -> Self {
        let (version, zones) = (FreeDays::VERSION, zone::tzdb_version());
        let tables = tables_id.simple();
        Self(format!("citas:{schema}:slots:1.{version}.{zones}:{tables}:{code}:"))
    }

    pub(in crate::postgres) fn of(&self, agent_id: &AgentId) -> String {
        format!("{}{agent_id}", self.0)
    }
}

/// The order of entries under one key: by position, then by time. None for bytes that are not an entry.
pub(super) fn order(bytes: &[u8]) -> Option<[u8; ORDER_BYTES]> {
    bytes.strip_prefix(&MARK)?.first_chunk().copied()
}

impl Entry {
    /// The bytes to store under this key. None before 1970, where there is nothing to offer.
    pub(in crate::postgres) fn to_bytes(&self, key: &str) -> Option<Vec<u8>> {
        let days = self.free_days.to_bytes();
        let mut bytes = Vec::with_capacity(HEAD_BYTES + days.len() + NUMBER_BYTES);
        bytes.extend(MARK);
        let as_of = u64::try_from(self.as_of.timestamp()).ok()?;
        for number in [self.position, as_of, self.calendar_position, self.office_position] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(days);
        bytes.extend(checksum(key, &bytes).to_be_bytes());
        Some(bytes)
    }

    /// None unless the bytes are an entry of this key, complete and unchanged.
    pub(in crate::postgres) fn try_from_bytes(key: &str, bytes: &[u8]) -> Option<Self> {
        let (bytes, sum) = bytes.split_last_chunk()?;
        if u64::from_be_bytes(*sum) != checksum(key, bytes) {
            return None;
        }
        let mut rest = bytes.strip_prefix(&MARK)?;
        let mut number = || {
            let (number, after) = rest.split_first_chunk()?;
            rest = after;
            Some(u64::from_be_bytes(*number))
        };
        let [position, as_of] = [number()?, number()?];
        let [calendar_position, office_position] = [number()?, number()?];
        let as_of = DateTime::from_timestamp(as_of.try_into().ok()?, 0)?;
        let free_days = FreeDays::try_from_bytes(rest).ok()?;
        Some(Self { position, as_of, calendar_position, office_position, free_days })
    }
}

/// FNV-1a of 64 bits: detects corruption, not tampering.
fn checksum(key: &str, bytes: &[u8]) -> u64 {
    key.bytes()
        .chain(bytes.iter().copied())
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "citas:one:7";

    fn entry(position: u64, seconds: i64) -> Entry {
        let free_days = [&[FreeDays::VERSION, 1, 80, 0, 0, 2, 255][..], &[2, 17, 1, 8]].concat();
        Entry {
            position,
            as_of: DateTime::from_timestamp(seconds, 0).unwrap(),
            calendar_position: 7,
            office_position: 70,
            free_days: FreeDays::try_from_bytes(&free_days).unwrap(),
        }
    }

    fn bytes(position: u64, seconds: i64) -> Vec<u8> {
        entry(position, seconds).to_bytes(KEY).unwrap()
    }

    #[test]
    fn an_entry_is_read_as_it_was_written_under_its_own_key_alone() {
        let written = bytes(u64::MAX, 1_700_000_000);
        assert_eq!(Entry::try_from_bytes(KEY, &written), Some(entry(u64::MAX, 1_700_000_000)));
        assert_eq!(Entry::try_from_bytes("citas:one:8", &written), None);
        assert_eq!(entry(1, -1).to_bytes(KEY), None);
    }

    #[test]
    fn whatever_byte_of_it_changes_it_is_no_entry_any_more() {
        let written = bytes(70, 1_700_000_000);
        for at in 0..written.len() {
            assert_eq!(Entry::try_from_bytes(KEY, &written[..at]), None, "cut at {at}");
            for change in 1..=u8::MAX {
                let mut changed = written.clone();
                changed[at] ^= change;
                assert_eq!(Entry::try_from_bytes(KEY, &changed), None, "byte {at} by {change}");
            }
        }
    }

    #[test]
    fn entries_are_ordered_by_position_and_then_by_time() {
        let orders = [bytes(1, 9), bytes(2, 3), bytes(2, 4), bytes(1 << 40, 0), bytes(u64::MAX, 0)]
            .map(|bytes| order(&bytes));
        assert!(orders.is_sorted() && orders[0] > order(b"no entry, but longer than one's beginning"));
        assert_eq!(order(b"slt1 short"), None);
    }

    proptest! {
        #[test]
        fn garbage_is_no_entry(garbage in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(Entry::try_from_bytes(KEY, &garbage), None);
            let marked = [&MARK[..], &garbage].concat();
            prop_assert_eq!(Entry::try_from_bytes(KEY, &marked), None);
            // With a valid checksum, it is an entry only if its days can be read.
            let summed = [&marked[..], &checksum(KEY, &marked).to_be_bytes()].concat();
            if let Some(entry) = Entry::try_from_bytes(KEY, &summed) {
                prop_assert_eq!(entry.to_bytes(KEY), Some(summed));
            }
        }
    }
}
