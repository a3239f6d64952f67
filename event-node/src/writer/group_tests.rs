use tokio::sync::oneshot;

use super::super::Operation;
use super::*;
use crate::database;
use crate::record::{Expected, Proposed, StreamName};

const LIMIT: u64 = 256 * 1_024;

fn writer(folder: &tempfile::TempDir) -> Writer {
    let folder = DataFolder::open(folder.path()).unwrap();
    let connection = database::open_writer(&folder.data_file(), Some(LIMIT)).unwrap();
    Writer::new(connection, folder, Signals::new()).unwrap()
}

fn append(id: u128, bytes: usize) -> (Work, oneshot::Receiver<Result<Written, WriteError>>) {
    let event = Proposed {
        id: uuid::Uuid::from_u128(id),
        event_type: "test".to_owned(),
        content_type: "application/octet-stream".to_owned(),
        data: vec![7; bytes].into(),
        metadata: bytes::Bytes::new(),
    };
    let (reply, answer) = oneshot::channel();
    let operation = Operation::Append { expected: Expected::Any, events: vec![event] };
    let stream = StreamName::parse(b"s").unwrap();
    (Work { stream, operation, reply, _room: None }, answer)
}

#[test]
fn a_group_that_does_not_fit_is_acknowledged_to_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(&folder);
    let (small, mut small_answer) = append(1, 10);
    let (large, mut large_answer) = append(2, usize::try_from(LIMIT).unwrap());
    writer.commit(vec![small, large]).unwrap();
    assert_eq!(small_answer.try_recv(), Ok(Err(WriteError::Full)));
    assert_eq!(large_answer.try_recv(), Ok(Err(WriteError::Full)));

    let (again, mut again_answer) = append(1, 10);
    writer.commit(vec![again]).unwrap();
    let written = again_answer.try_recv().unwrap().unwrap();
    assert_eq!(written.revision, Some(0), "nothing of the refused group may remain");
    let stored: i64 =
        writer.connection.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap();
    assert_eq!(stored, 1, "a refused append that is sent again is no retry: it must be stored");
}

/// As when a disk fails. What the connection says cannot be told from a lack of room by its code alone.
#[test]
fn after_an_error_that_does_not_pass_nothing_is_promised() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(&folder);
    writer.connection.pragma_update(None, "query_only", true).unwrap();
    let (work, mut answer) = append(1, 10);
    let Err(Stop::Disk(error)) = writer.commit(vec![work]) else { panic!("it goes on") };
    assert_eq!(answer.try_recv(), Ok(Err(WriteError::Stopped)));
    writer.fail(Stop::Disk(error));
    let failure = writer.signals.failure.borrow().clone();
    assert!(matches!(&failure, Some(FatalError::Disk { .. })), "{failure:?}");
    assert!(failure.unwrap().to_string().contains("check the disk"));
    assert!(*writer.signals.closing.borrow());
}

#[test]
fn a_write_that_fails_although_there_is_room_is_no_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let writer = writer(&folder);
    let error = |code| rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
    assert_eq!(writer.refusal(&error(ffi::SQLITE_IOERR_WRITE)), None);
    assert_eq!(writer.refusal(&error(ffi::SQLITE_IOERR_FSYNC)), None);
    assert_eq!(writer.refusal(&error(ffi::SQLITE_FULL)), Some(WriteError::Full));
}

#[tokio::test]
async fn what_is_queued_before_the_stop_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let writer = writer(&folder);
    let (handle, inbox) = super::super::WriterHandle::new();
    let mut pending = Vec::new();
    for id in 0..20 {
        let (work, _) = append(id, 10);
        pending.push(handle.submit(work.stream, work.operation).await.unwrap());
    }
    handle.stop().await;
    std::thread::spawn(move || writer.run(inbox)).join().unwrap();
    for (pending, revision) in pending.into_iter().zip(0..) {
        assert_eq!(pending.written().await.unwrap().revision, Some(revision));
    }
    let (late, _) = append(99, 10);
    assert_eq!(handle.write(late.stream, late.operation).await, Err(WriteError::Stopped));
}

#[test]
fn a_withdrawn_request_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(&folder);
    let (work, answer) = append(1, 10);
    drop(answer);
    writer.commit(vec![work]).unwrap();
    assert_eq!(writer.log.last_position(), None);
}

#[test]
fn an_event_is_visible_to_others_before_its_writer_hears_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(&folder);
    let tail = writer.signals.tail.subscribe();
    let (work, mut answer) = append(1, 10);
    writer.commit(vec![work]).unwrap();
    let written = answer.try_recv().unwrap().unwrap();
    assert_eq!(Some(*tail.borrow()), written.position);
}
