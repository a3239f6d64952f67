//! Copies that are refused, with the reason, and leave everything as it was.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use event_node::{CopyError, StartError};
use eventstore::StreamState;

use super::copies::{copy, copy_until, names, small, start};
use crate::support::{append, events};

#[tokio::test(flavor = "multi_thread")]
async fn a_position_that_the_store_does_not_have_is_refused() {
    let (parent, data) = small().await;
    let last = copy(&data, &parent.path().join("all")).unwrap().last_position;
    for asked in [0, 1, last + 1, u64::MAX] {
        let error = copy_until(&data, &parent.path().join("cut"), Some(asked)).unwrap_err();
        assert!(matches!(error, CopyError::NoSuchPosition { .. }), "{asked}: {error:?}");
        assert!(error.to_string().contains(&format!("to {last}")), "{error}");
    }
    assert_eq!(names(parent.path()), ["all", "data"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_is_refused_with_its_first_bad_position() {
    let (parent, data) = small().await;
    let second = "(SELECT position FROM events ORDER BY position LIMIT 1 OFFSET 2)";
    let position: i64 = rusqlite::Connection::open(data.join("events.db"))
        .unwrap()
        .query_row(&format!("SELECT {second}"), [], |row| row.get(0))
        .unwrap();
    let changes = [
        (
            format!("UPDATE events SET data = zeroblob(length(data)) WHERE position = {second}"),
            position.to_string(),
        ),
        (format!("UPDATE events SET stream = 99 WHERE position = {second}"), position.to_string()),
        (format!("DELETE FROM events WHERE position = {second}"), "a has no event 1 after".to_owned()),
    ];
    for (number, (change, told)) in changes.into_iter().enumerate() {
        let backup = parent.path().join(format!("backup-{number}"));
        copy(&data, &backup).unwrap();
        rusqlite::Connection::open(backup.join("events.db")).unwrap().execute(&change, []).unwrap();
        let restored = parent.path().join("restored");
        let error = copy(&backup, &restored).unwrap_err();
        assert!(matches!(error, CopyError::Damaged { .. }), "{change}: {error:?}");
        assert!(error.to_string().contains(&told), "{change}: {error}");
        assert!(!restored.exists() && !parent.path().join("restored.partial").exists(), "{change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_cannot_be_read_is_named_by_the_last_good_position() {
    let (parent, data) = small().await;
    let (node, client) = start(&data).await;
    for _ in 0..10 {
        append(&client, "long", StreamState::Any, events(0..200)).await.unwrap();
    }
    node.shutdown().await;
    let file = fs::read(data.join("events.db")).unwrap();
    let page =
        (file.len() / 8_192..file.len() / 4_096).map(|page| page * 4_096).find(|at| file[*at] == 13).unwrap();
    let mut damaged = file.clone();
    damaged[page..page + 64].fill(0xff);
    fs::write(data.join("events.db"), damaged).unwrap();
    let error = copy(&data, &parent.path().join("backup")).unwrap_err();
    assert!(error.to_string().contains("after position "), "{error}");
    assert_eq!(names(parent.path()), ["data"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_is_named_and_changes_nothing() {
    let (parent, data) = small().await;
    let at = |name: &str| parent.path().join(name);
    fs::create_dir(at("full")).unwrap();
    fs::write(at("full").join("note"), "mine").unwrap();
    fs::create_dir(at("empty")).unwrap();
    fs::write(at("file"), "mine").unwrap();
    let refused = |from: &Path, to: &Path| copy(from, to).unwrap_err();
    assert!(matches!(refused(&at("absent"), &at("new")), CopyError::NoStore { .. }));
    assert!(matches!(refused(&at("full"), &at("new")), CopyError::NoStore { .. }));
    assert!(matches!(refused(&data, &at("full")), CopyError::TargetNotEmpty { .. }));
    assert!(matches!(refused(&data, &at("file")), CopyError::TargetNotEmpty { .. }));
    assert!(matches!(refused(&data, &at("absent").join("new")), CopyError::NoParent { .. }));
    assert!(matches!(refused(&data, &data.join("new")), CopyError::Inside { .. }));
    assert!(matches!(refused(&data, Path::new("/sys/kernel/new")), CopyError::Target { .. }));
    fs::write(at("empty").join("events.db"), b"a shopping list".repeat(900)).unwrap();
    let error = refused(&at("empty"), &at("new"));
    assert!(matches!(error, CopyError::Source(StartError::Damaged { .. })), "{error:?}");
    assert_eq!(names(parent.path()), ["data", "empty", "file", "full"]);
    assert_eq!(names(&at("full")), ["note"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_lost_its_end_is_not_backed_up_unnoticed() {
    let (parent, data) = small().await;
    let older = parent.path().join("older");
    copy(&data, &older).unwrap();
    let (node, client) = start(&data).await;
    append(&client, "a", StreamState::Any, events(0..1)).await.unwrap();
    node.shutdown().await;
    fs::copy(older.join("events.db"), data.join("events.db")).unwrap();
    let error = copy(&data, &parent.path().join("backup")).unwrap_err();
    assert!(matches!(error, CopyError::Source(StartError::Behind { .. })), "{error:?}");
}

/// Whoever may write beside the target must not get at the copy, nor have it written elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn what_no_copy_has_left_is_not_written_to() {
    let (parent, data) = small().await;
    let at = |name: &str| parent.path().join(name);
    let private = |name: &str| fs::DirBuilder::new().mode(0o700).create(at(name)).unwrap();
    private("victim");
    symlink(at("victim"), at("linked.partial")).unwrap();
    fs::DirBuilder::new().mode(0o777).create(at("open.partial")).unwrap();
    fs::set_permissions(at("open.partial"), fs::Permissions::from_mode(0o777)).unwrap();
    private("strange.partial");
    fs::write(at("strange.partial").join("note"), "").unwrap();
    fs::write(at("file.partial"), "").unwrap();
    for target in ["linked", "open", "strange", "file"] {
        let error = copy(&data, &at(target)).unwrap_err();
        assert!(matches!(error, CopyError::Foreign { .. }), "{target}: {error:?}");
    }
    assert_eq!(names(&at("victim")), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_interrupted_copy_left_is_written_anew_and_one_under_way_is_left_alone() {
    let (parent, data) = small().await;
    let partial = parent.path().join("backup.partial");
    fs::DirBuilder::new().mode(0o700).create(&partial).unwrap();
    fs::write(partial.join("events.db"), "half a file").unwrap();
    fs::write(partial.join("events.acknowledged"), "half a file").unwrap();
    let under_way = fs::File::open(partial.join("events.db")).unwrap();
    under_way.lock().unwrap();
    let error = copy(&data, &parent.path().join("backup")).unwrap_err();
    assert!(matches!(error, CopyError::Source(StartError::InUse { .. })), "{error:?}");
    drop(under_way);
    copy(&data, &parent.path().join("backup")).unwrap();
    assert_eq!(names(parent.path()), ["backup", "data"]);
    let (node, _) = start(&parent.path().join("backup")).await;
    node.shutdown().await;
}
