//! Decides about a write to a stream: whether the stream is as the caller expects it, and whether the events are there already.

use rusqlite::Connection;
use uuid::Uuid;

use super::head::Head;
use super::recent_ids::{RecentIds, Seen};
use super::{WriteError, table};
use crate::record::Expected;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// The stream is as expected, and the events are new.
    Write,
    /// It is a retry of what was written up to this revision.
    Written {
        last: u64,
    },
    Refuse(WriteError),
}

/// The stream must not be tombstoned.
pub(super) fn decide(
    connection: &Connection,
    recent: &RecentIds,
    head: &Head,
    expected: Expected,
    ids: impl Iterator<Item = Uuid>,
) -> rusqlite::Result<Decision> {
    let wrong = Decision::Refuse(WriteError::WrongRevision { expected, current: head.last });
    let begins_at = match expected {
        Expected::StreamExists if head.retention.soft_deleted() => {
            return Ok(Decision::Refuse(WriteError::StreamDeleted));
        }
        Expected::StreamExists if head.row.is_none() => return Ok(wrong),
        Expected::Any | Expected::StreamExists => {
            let Some(row) = head.row else { return Ok(Decision::Write) };
            return Ok(match recent.seen(row, ids) {
                Seen::No => Decision::Write,
                Seen::Yes { last } => Decision::Written { last },
                Seen::Partly => wrong,
            });
        }
        Expected::NoStream => 0,
        Expected::Revision(revision) => revision.saturating_add(1),
    };
    match begins_at.cmp(&head.next_revision()) {
        std::cmp::Ordering::Equal => Ok(Decision::Write),
        std::cmp::Ordering::Greater => Ok(wrong),
        std::cmp::Ordering::Less => retried(connection, recent, head, expected, begins_at, ids, wrong),
    }
}

/// An expectation that was met once: a retry, if the events are what was written then. The ids are looked at before all else,
/// so that the retry of an append is also recognised after the stream was deleted.
fn retried(
    connection: &Connection,
    recent: &RecentIds,
    head: &Head,
    expected: Expected,
    begins_at: u64,
    ids: impl Iterator<Item = Uuid>,
    wrong: Decision,
) -> rusqlite::Result<Decision> {
    let Some(row) = head.row else { return Ok(wrong) };
    let mut last = None;
    for (id, revision) in ids.zip(begins_at..) {
        if recent.revision(row, id) == Some(revision) || table::id_at(connection, row, revision)? == Some(id)
        {
            last = Some(revision);
        } else if last.is_none() && expected == Expected::NoStream && head.retention.soft_deleted() {
            return Ok(Decision::Write);
        } else {
            return Ok(wrong);
        }
    }
    Ok(last.map_or(wrong, |last| Decision::Written { last }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database;
    use crate::retention::{END_OF_STREAM, Retention};

    const ROW: i64 = 1;

    fn head(last: Option<u64>) -> Head {
        Head { row: last.map(|_| ROW), last, ..Head::default() }
    }

    fn deleted(last: u64) -> Head {
        let retention = Retention { truncate_before: Some(END_OF_STREAM), ..Retention::default() };
        Head { retention, ..head(Some(last)) }
    }

    /// What is decided of an append of these ids, while id 0 is at revision 0, id 1 at revision 1, and so on up to the last.
    fn decided(head: Head, expected: Expected, ids: &[u128]) -> Decision {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("events.db");
        std::fs::write(&file, []).unwrap();
        let connection = database::open_writer(&file, None).unwrap();
        let mut recent = RecentIds::default();
        for revision in head.last.map(|last| 0..=last).into_iter().flatten() {
            recent.remember(ROW, Uuid::from_u128(revision.into()), revision);
        }
        decide(&connection, &recent, &head, expected, ids.iter().copied().map(Uuid::from_u128)).unwrap()
    }

    fn wrong(expected: Expected, current: Option<u64>) -> Decision {
        Decision::Refuse(WriteError::WrongRevision { expected, current })
    }

    #[test]
    fn an_exact_revision_must_be_the_last() {
        let at = |revision| decided(head(Some(4)), Expected::Revision(revision), &[99]);
        assert_eq!(at(4), Decision::Write);
        for other in [0, 3, 5, END_OF_STREAM, u64::MAX] {
            assert_eq!(at(other), wrong(Expected::Revision(other), Some(4)));
        }
        let absent = Expected::Revision(0);
        assert_eq!(decided(head(None), absent, &[99]), wrong(absent, None));
    }

    #[test]
    fn a_stream_of_metadata_alone_exists_and_is_no_stream() {
        let described = Head { row: Some(ROW), ..Head::default() };
        assert_eq!(decided(described, Expected::StreamExists, &[99]), Decision::Write);
        assert_eq!(decided(described, Expected::NoStream, &[99]), Decision::Write);
        let absent = decided(head(None), Expected::StreamExists, &[99]);
        assert_eq!(absent, wrong(Expected::StreamExists, None));
    }

    #[test]
    fn a_soft_deleted_stream_is_no_stream_unless_its_own_events_come_again() {
        let of = |expected, ids: &[u128]| decided(deleted(4), expected, ids);
        assert_eq!(of(Expected::NoStream, &[99]), Decision::Write);
        assert_eq!(of(Expected::NoStream, &[0, 1]), Decision::Written { last: 1 });
        assert_eq!(of(Expected::NoStream, &[0, 99]), wrong(Expected::NoStream, Some(4)));
        assert_eq!(of(Expected::NoStream, &[]), wrong(Expected::NoStream, Some(4)));
        assert_eq!(of(Expected::Revision(4), &[99]), Decision::Write);
        assert_eq!(of(Expected::Any, &[3, 4]), Decision::Written { last: 4 });
        assert_eq!(of(Expected::StreamExists, &[99]), Decision::Refuse(WriteError::StreamDeleted));
    }

    #[test]
    fn a_past_expectation_is_a_retry_of_exactly_what_was_written_then() {
        let of = |expected, ids: &[u128]| decided(head(Some(4)), expected, ids);
        assert_eq!(of(Expected::NoStream, &[0]), Decision::Written { last: 0 });
        assert_eq!(of(Expected::Revision(1), &[2, 3, 4]), Decision::Written { last: 4 });
        for (expected, ids) in [
            (Expected::NoStream, &[0, 2][..]),
            (Expected::NoStream, &[1]),
            (Expected::NoStream, &[]),
            (Expected::Revision(1), &[2, 3, 4, 99]),
            (Expected::Revision(1), &[3]),
        ] {
            assert_eq!(of(expected, ids), wrong(expected, Some(4)), "{ids:?}");
        }
    }

    #[test]
    fn without_a_revision_ids_that_are_known_are_a_retry() {
        let of = |ids: &[u128]| decided(head(Some(4)), Expected::Any, ids);
        assert_eq!(of(&[99, 0]), Decision::Write);
        assert_eq!(of(&[]), Decision::Write);
        assert_eq!(of(&[0, 3]), Decision::Written { last: 3 });
        assert_eq!(of(&[3, 99]), wrong(Expected::Any, Some(4)));
    }
}
