//! `citas backup` and `citas restore`, as an operator uses them.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use system_tests::{Launch, program};

use crate::support::{Given, VISIT, all, at, book, booking, head, text};

fn citas(arguments: &[&str], paths: &[(&str, &Path)]) -> Output {
    let mut command = Command::new(program("citas"));
    command.args(arguments).env_clear();
    for (name, path) in paths {
        command.arg(name).arg(path);
    }
    command.output().unwrap()
}

/// `citas backup`, where no file may grow beyond a few kilobytes.
fn without_room(paths: &[(&str, &Path)]) -> Output {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -f 20; exec \"$0\" backup \"$@\""]).arg(program("citas")).env_clear();
    for (name, path) in paths {
        command.arg(name).arg(path);
    }
    command.output().unwrap()
}

fn done(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn refused(output: &Output) -> String {
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

async fn listed(given: &system_tests::Client) -> Vec<String> {
    let mut ids: Vec<_> = all(given, "/v1/appointments", &head(given).await)
        .await
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_running_office_has_every_answered_booking_and_its_references() {
    let given = Given::agency(&["7", "8"]).await;
    let slots = format!(
        "/v1/slots?appointment_type={VISIT}&agent_id=8&from={}&to={}&min_position={}",
        text(at(3, 0)),
        text(at(3, 60)),
        head(&given.client).await
    );
    let offered = given.client.get(&slots).ok().await["items"][0].clone();
    let mut before = Vec::new();
    for number in 0..10 {
        before.push(book(&given.client, "7", &format!("lead-{number}"), at(3, number * 30)).await);
    }
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let busy = tokio::spawn({
        let client = given.client.clone();
        async move {
            let mut ids = Vec::new();
            for number in 0.. {
                if *stopped.borrow() {
                    break;
                }
                let start = at(4, number * 30);
                ids.push(book(&client, "7", &format!("later-{number}"), start).await);
            }
            ids
        }
    });
    let (data, to) = (given.citas.data().to_owned(), given.folder.path().join("backup"));
    let made = tokio::task::spawn_blocking({
        let to = to.clone();
        move || citas(&["backup"], &[("--data", &data), ("--to", &to)])
    });
    let told = done(&made.await.unwrap());
    assert!(told.contains("personal data") && told.contains("up to position "), "{told}");
    stop.send_replace(true);
    let during = busy.await.unwrap();
    assert!(!to.join("admin.token").exists());

    let restored = given.folder.path().join("restored");
    done(&citas(&["restore"], &[("--from", &to), ("--data", &restored)]));
    let again = Launch::new(&restored).ready().await;
    let found = listed(&again.client()).await;
    for id in &before {
        assert!(found.contains(id), "{id} was answered before the backup began");
    }
    assert!(found.iter().all(|id| before.contains(id) || during.contains(id)), "nothing else appears");
    let by_reference = json!({"slot_ref": offered["slot_ref"], "lead_id": "55"});
    again.client().post("/v1/appointments").body(&by_reference).ok().await;
    again.stop().await;
    given.citas.stop().await;
}

#[tokio::test]
async fn a_restore_to_a_position_forgets_what_was_answered_after_it() {
    let given = Given::agency(&["7"]).await;
    let answered = |lead: &'static str, minutes: i64| {
        let client = given.client.clone();
        async move { client.post("/v1/appointments").body(&booking("7", lead, at(3, minutes))).ok().await }
    };
    let kept: Value = answered("55", 0).await;
    answered("56", 60).await;
    let (backup, restored) = (given.folder.path().join("backup"), given.folder.path().join("restored"));
    done(&citas(&["backup"], &[("--data", given.citas.data()), ("--to", &backup)]));
    given.citas.stop().await;
    let position = kept["position"].to_string();
    done(&citas(&["restore", "--to-position", &position], &[("--from", &backup), ("--data", &restored)]));
    let again = Launch::new(&restored).ready().await;
    assert_eq!(listed(&again.client()).await, [kept["appointment_id"].as_str().unwrap()]);
    book(&again.client(), "7", "57", at(3, 60)).await;
    again.stop().await;
}

#[tokio::test]
async fn mistakes_are_told_and_leave_everything_as_it_was() {
    let given = Given::agency(&["7"]).await;
    let (data, backup) = (given.citas.data().to_owned(), given.folder.path().join("backup"));
    let absent = given.folder.path().join("absent");
    let told = refused(&citas(&["backup"], &[("--data", &absent), ("--to", &backup)]));
    assert!(told.contains("has no events.db"), "{told}");
    assert!(!absent.exists() && !backup.exists());
    done(&citas(&["backup"], &[("--data", &data), ("--to", &backup)]));
    let told = refused(&citas(&["backup"], &[("--data", &data), ("--to", &backup)]));
    assert!(told.contains("exists and is not empty"), "{told}");
    let told = refused(&citas(&["restore"], &[("--from", &backup), ("--data", &data)]));
    assert!(told.contains("exists and is not empty"), "{told}");
    let told =
        refused(&citas(&["restore"], &[("--from", &absent), ("--data", &given.folder.path().join("new"))]));
    assert!(told.contains("has no events.db"), "{told}");
    let new = given.folder.path().join("new");
    let told = refused(&without_room(&[("--data", &data), ("--to", &new)]));
    assert!(told.contains("cannot be written: check the free space"), "{told}");
    assert!(!new.exists() && !new.with_extension("partial").exists(), "nothing is left");
    book(&given.client, "7", "55", at(3, 0)).await;
    given.citas.stop().await;
}
