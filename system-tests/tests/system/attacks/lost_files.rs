//! Files of the data folder that are lost, cut or replaced, while the program runs and between two starts.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::json;
use system_tests::{Launch, program};

use crate::support::{Given, VISIT, at, book, text};

/// Waits until the store has written down that everything up to the position was acknowledged.
async fn until_recorded(data: &Path, position: u64) {
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    let recorded = async {
        loop {
            let record =
                String::from_utf8_lossy(&fs::read(data.join("events.acknowledged")).unwrap()).into_owned();
            let numbers = record.split([' ', '\n', '\0']).filter_map(|word| word.parse::<u64>().ok());
            if numbers.max() >= Some(position) {
                return;
            }
            ticks.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), recorded).await.expect("it is written down in time");
}

fn repair(data: &Path, typed: &str) -> Output {
    let mut command = Command::new(program("citas"));
    command.args(["node", "repair", "--truncate", "--data"]).arg(data);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{typed}\n").as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[tokio::test]
async fn commands_fail_and_the_program_ends_once_its_folder_is_removed() {
    let Given { citas, client, folder: _folder } = Given::agency(&["7"]).await;
    book(&client, "7", "55", at(3, 0)).await;
    fs::remove_dir_all(citas.data()).unwrap();
    let booking =
        json!({"lead_id": "56", "agent_id": "7", "appointment_type": VISIT, "start": text(at(4, 0))});
    let answer = client.post("/v1/appointments").body(&booking).attempt().await;
    assert!(answer.is_none_or(|answer| answer.status.is_server_error()));
    let exit = citas.exit().await;
    assert_ne!(exit.code, Some(0));
    assert!(exit.logs.contains("events.db is no longer the file that it opened"), "{}", exit.logs);
}

#[tokio::test]
async fn a_start_without_the_last_events_names_them_and_goes_on_only_by_an_operators_word() {
    let Given { citas, client, folder: _folder } = Given::agency(&["7"]).await;
    let data = citas.data().to_owned();
    let booking =
        json!({"lead_id": "55", "agent_id": "7", "appointment_type": VISIT, "start": text(at(3, 0))});
    let booked = client.post("/v1/appointments").body(&booking).ok().await;
    let position = booked["position"].as_u64().unwrap();
    until_recorded(&data, position).await;
    citas.kill().await;
    fs::remove_file(data.join("events.db-wal")).unwrap();

    let exit = Launch::new(&data).ended().await;
    let told = format!("but events up to position {position} at least were acknowledged");
    assert!(exit.code != Some(0) && exit.logs.contains(&told), "{}", exit.logs);
    assert!(exit.logs.contains("citas node repair --truncate"), "{}", exit.logs);

    let refused = repair(&data, "some other folder");
    let shown = String::from_utf8(refused.stdout).unwrap();
    assert!(!refused.status.success() && shown.contains(&told), "{shown}");
    assert_ne!(Launch::new(&data).ended().await.code, Some(0), "nothing has changed");

    let name = data.file_name().unwrap().to_str().unwrap();
    assert!(repair(&data, name).status.success());
    let citas = Launch::new(&data).ready().await;
    citas
        .client()
        .put("/v1/agents/8")
        .body(&json!({"name": "Ana", "time_zone": "America/Santiago"}))
        .ok()
        .await;
    citas.stop().await;
    let again = String::from_utf8(repair(&data, "").stdout).unwrap();
    assert!(again.contains("Nothing was changed"), "{again}");
}

#[tokio::test]
async fn secrets_without_events_are_no_fresh_office() {
    for (what, lose) in [
        ("removed", (|file| fs::remove_file(file).unwrap()) as fn(&Path)),
        ("emptied", |file| fs::write(file, []).unwrap()),
    ] {
        let Given { citas, folder: _folder, .. } = Given::agency(&["7"]).await;
        let data = citas.data().to_owned();
        citas.stop().await;
        lose(&data.join("events.db"));
        let exit = Launch::new(&data).ended().await;
        assert!(
            exit.code != Some(0) && exit.logs.contains("restore them from a backup"),
            "{what}: {}",
            exit.logs
        );
    }
}
