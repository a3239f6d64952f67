//! The journal that `journal.c` writes.

/// One record.
#[derive(Debug, Clone)]
pub(super) struct Record {
    /// Where it is in the journal.
    pub(super) place: u64,
    /// The file's name in the folder.
    pub(super) name: String,
    /// The file's size before.
    size: usize,
    pub(super) change: Change,
}

/// What was done to the file.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Written { offset: usize, before: Vec<u8>, after: Vec<u8> },
    Truncated { to: usize, tail: Vec<u8> },
    Synced { until: u64 },
}

/// The records; a last one that the end of the program has cut is left out.
pub(super) fn records(journal: &[u8]) -> Vec<Record> {
    let (mut records, mut rest) = (Vec::new(), journal);
    loop {
        let place = u64::try_from(journal.len() - rest.len()).unwrap();
        let Some((record, behind)) = record(place, rest) else { return records };
        records.push(record);
        rest = behind;
    }
}

fn record(place: u64, bytes: &[u8]) -> Option<(Record, &[u8])> {
    let (kind, bytes) = bytes.split_first()?;
    let (name_length, bytes) = number(bytes, 4)?;
    let (offset, bytes) = number(bytes, 8)?;
    let (size, bytes) = number(bytes, 8)?;
    let (before, bytes) = number(bytes, 4)?;
    let (after, bytes) = number(bytes, 4)?;
    let (name, bytes) = bytes.split_at_checked(name_length)?;
    let (before, bytes) = bytes.split_at_checked(before)?;
    let (after, bytes) = bytes.split_at_checked(after)?;
    let change = match kind {
        b'w' => Change::Written { offset, before: before.to_vec(), after: after.to_vec() },
        b't' => Change::Truncated { to: offset, tail: before.to_vec() },
        b's' => Change::Synced { until: u64::try_from(offset).unwrap() },
        other => panic!("no record begins with {other}"),
    };
    Some((Record { place, name: String::from_utf8(name.to_vec()).unwrap(), size, change }, bytes))
}

fn number(bytes: &[u8], length: usize) -> Option<(usize, &[u8])> {
    let (number, bytes) = bytes.split_at_checked(length)?;
    let number = number.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    Some((usize::try_from(number).unwrap(), bytes))
}

impl Record {
    /// The file as it was before.
    pub(super) fn undo(&self, content: &mut Vec<u8>) {
        content.resize(content.len().max(self.size), 0);
        match &self.change {
            Change::Written { offset, before, .. } => put(content, *offset, before),
            Change::Truncated { to, tail } => put(content, *to, tail),
            Change::Synced { .. } => {}
        }
        content.truncate(self.size);
    }

    /// The file as it is after as many bytes of the change as are given.
    pub(super) fn redo(&self, content: &mut Vec<u8>, bytes: usize) {
        match &self.change {
            Change::Written { offset, after, .. } => put(content, *offset, &after[..bytes.min(after.len())]),
            Change::Truncated { to, .. } => content.resize(*to, 0),
            Change::Synced { .. } => {}
        }
    }
}

fn put(content: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    content.resize(content.len().max(end), 0);
    content[offset..end].copy_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(place: u64, size: usize, offset: usize, before: &[u8], after: &[u8]) -> Record {
        let change = Change::Written { offset, before: before.to_vec(), after: after.to_vec() };
        Record { place, name: "events.db".to_owned(), size, change }
    }

    #[test]
    fn changes_are_undone_and_done_again() {
        let changes = [
            written(0, 4, 2, b"cd", b"CDE"),
            Record {
                place: 9,
                name: String::new(),
                size: 5,
                change: Change::Truncated { to: 1, tail: b"bCDE".to_vec() },
            },
            written(20, 1, 3, b"", b"x"),
        ];
        let mut content = b"a\0\0x".to_vec();
        for change in changes.iter().rev() {
            change.undo(&mut content);
        }
        assert_eq!(content, b"abcd");
        for change in &changes {
            change.redo(&mut content, usize::MAX);
        }
        assert_eq!(content, b"a\0\0x");
    }
}
