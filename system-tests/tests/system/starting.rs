use std::fs;
use std::net::TcpListener;

use system_tests::{Exit, Launch};
use tempfile::TempDir;

use crate::support::Given;

/// It ended by itself, said why, and said what to do.
fn assert_explained(exit: &Exit, words: &[&str]) {
    assert!(exit.code.is_some_and(|code| code != 0), "{exit:?}");
    for word in words {
        assert!(exit.logs.contains(word), "{word} is not said:\n{}", exit.logs);
    }
    assert!(!exit.logs.contains("panicked"), "{}", exit.logs);
}

fn folder() -> (TempDir, Launch) {
    let folder = tempfile::tempdir().unwrap();
    let launch = Launch::new(folder.path().join("data"));
    (folder, launch)
}

#[tokio::test]
async fn a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let (_folder, launch) = folder();
    let address = taken.local_addr().unwrap();
    let exit = launch.listen(address.to_string()).ended().await;
    assert_explained(&exit, &[&address.to_string(), "choose another address with --listen"]);
}

#[tokio::test]
async fn an_address_that_is_none() {
    let (_folder, launch) = folder();
    assert_explained(&launch.listen("nowhere").ended().await, &["--listen", "nowhere"]);
}

#[tokio::test]
async fn a_folder_that_another_process_has() {
    let given = Given::fresh().await;
    let exit = Launch::new(given.citas.data()).ended().await;
    assert_explained(&exit, &["in use by another process", "stop that process"]);
    given.client.get("/v1/office").ok().await;
}

#[tokio::test]
async fn a_store_that_is_damaged() {
    for damaged in [&b"this was never a database, and it is not one now"[..], &[0; 8192]] {
        let (folder, launch) = folder();
        fs::create_dir(folder.path().join("data")).unwrap();
        fs::write(folder.path().join("data/events.db"), damaged).unwrap();
        let exit = launch.ended().await;
        assert_explained(&exit, &["events.db"]);
        let says_what_to_do = exit.logs.contains("backup") || exit.logs.contains("another data folder");
        assert!(says_what_to_do, "{}", exit.logs);
        assert_eq!(fs::read(folder.path().join("data/events.db")).unwrap(), damaged, "it was changed");
    }
}

#[tokio::test]
async fn a_store_that_is_damaged_in_its_middle() {
    let given = Given::agency(&["7", "8"]).await;
    let data = given.citas.data().to_owned();
    given.citas.stop().await;
    let file = data.join("events.db");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[4096..middle].fill(0xA5);
    fs::write(&file, bytes).unwrap();
    assert_explained(&Launch::new(data).ended().await, &["events.db", "backup"]);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "not a folder").unwrap();
    for data in [file.clone(), file.join("data")] {
        let exit = Launch::new(data).ended().await;
        assert_explained(&exit, &["data folder", "choose a folder"]);
    }
}

#[tokio::test]
async fn a_token_that_is_no_good() {
    for token in ["", "short", "with a space in the middle of it", "ñandúñandúñandúñandú"] {
        let (_folder, launch) = folder();
        let exit = launch.variable("CITAS_ADMIN_TOKEN", token).ended().await;
        assert_explained(&exit, &["16 or more printable ASCII characters", "CITAS_ADMIN_TOKEN"]);
        assert!(token.len() < 6 || !exit.logs.contains(token), "it repeats the token: {}", exit.logs);
    }
}

#[tokio::test]
async fn a_token_file_that_is_empty() {
    let (folder, launch) = folder();
    fs::create_dir(folder.path().join("data")).unwrap();
    fs::write(folder.path().join("data/admin.token"), "\n").unwrap();
    assert_explained(&launch.ended().await, &["admin.token", "or delete it to have a new one made"]);
}

#[tokio::test]
async fn a_preset_token_is_the_only_one() {
    let preset = "a-preset-token-of-enough-characters";
    let given = Given::launched(|launch| launch.variable("CITAS_ADMIN_TOKEN", preset)).await;
    assert_eq!(given.client.token(), preset);
    given.client.get("/v1/office").ok().await;
    assert!(!given.citas.data().join("admin.token").exists());
    assert!(!given.citas.logs().contains(preset));
}

#[tokio::test]
async fn a_preset_token_can_be_in_a_file() {
    let (preset, secrets) = ("a-preset-token-of-a-file-", tempfile::tempdir().unwrap());
    let file = secrets.path().join("token");
    let path = file.to_str().unwrap();
    let (folder, launch) = folder();
    let with_file = launch.variable("CITAS_ADMIN_TOKEN_FILE", path);
    assert_explained(&with_file.clone().ended().await, &[path, "cannot be read", "CITAS_ADMIN_TOKEN_FILE"]);
    fs::write(&file, format!("{preset}\n")).unwrap();
    let both = with_file.clone().variable("CITAS_ADMIN_TOKEN", preset).ended().await;
    assert_explained(&both, &["CITAS_ADMIN_TOKEN or CITAS_ADMIN_TOKEN_FILE", "not both"]);
    let citas = with_file.ready().await;
    assert_eq!(citas.client().token(), preset);
    citas.client().get("/v1/office").ok().await;
    assert!(!folder.path().join("data/admin.token").exists());
    citas.stop().await;
}

#[tokio::test]
async fn an_address_that_other_machines_reach() {
    for address in ["0.0.0.0:0", "[::]:0"] {
        let (_folder, launch) = folder();
        assert_explained(&launch.listen(address).ended().await, &["--behind-proxy", "127.0.0.1", "TLS"]);
    }
    let (_folder, launch) = folder();
    let citas = launch.listen("0.0.0.0:0").variable("CITAS_BEHIND_PROXY", "true").ready().await;
    citas.stop().await;
}

#[tokio::test]
async fn a_key_of_slot_references_that_is_empty() {
    let given = Given::fresh().await;
    let data = given.citas.data().to_owned();
    given.citas.stop().await;
    fs::write(data.join("slot-ref.key"), "").unwrap();
    let exit = Launch::new(&data).ended().await;
    assert_explained(&exit, &["slot-ref.key", "delete", "16 or more printable ASCII characters"]);
}

#[cfg(unix)]
#[tokio::test]
async fn secrets_that_others_may_read_and_links_in_their_place() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let given = Given::fresh().await;
    let data = given.citas.data().to_owned();
    assert!(!given.citas.stop().await.logs.contains("other users"));
    fs::set_permissions(data.join("admin.token"), fs::Permissions::from_mode(0o644)).unwrap();
    let citas = Launch::new(&data).ready().await;
    let logs = citas.stop().await.logs;
    assert!(logs.contains("other users may use") && logs.contains("admin.token"), "{logs}");

    // Somebody lays a link where a secret is going to be written.
    let (folder, launch) = folder();
    let (data, elsewhere) = (folder.path().join("data"), folder.path().join("elsewhere"));
    fs::create_dir(&data).unwrap();
    symlink(&elsewhere, data.join("admin.new")).unwrap();
    launch.ready().await.stop().await;
    assert!(!elsewhere.exists(), "the link is not followed");
    assert!(fs::symlink_metadata(data.join("admin.token")).unwrap().is_file());
}
