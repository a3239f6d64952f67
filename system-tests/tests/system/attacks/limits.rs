//! Limits of the system under which the program was started.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use system_tests::{STEP_TIMEOUT, program};

use crate::support::Given;

#[test]
fn as_many_connections_may_be_open_as_the_system_allows() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -Sn 512 && exec \"$0\" --listen 127.0.0.1:0 --data \"$1\""]);
    command.arg(program("citas")).arg(folder.path()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut citas = command.spawn().unwrap();
    let mut said = String::new();
    BufReader::new(citas.stdout.take().unwrap()).read_line(&mut said).unwrap();
    let limits = fs::read_to_string(format!("/proc/{}/limits", citas.id())).unwrap();
    citas.kill().unwrap();
    citas.wait().unwrap();
    assert!(said.starts_with("Citas answers on"), "{said}");
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let [soft, hard] = files.split_whitespace().skip(3).take(2).collect::<Vec<_>>()[..] else {
        panic!("{files}")
    };
    assert_ne!(soft, "512");
    assert_eq!(soft, hard);
}

/// `citas` with this limit of open files, until it ends by itself.
async fn ended_with(files: u64) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = tokio::process::Command::new("sh");
    command.args(["-c", &format!("ulimit -n {files} && exec \"$0\" --listen 127.0.0.1:0 --data \"$1\"")]);
    command.arg(program("citas")).arg(folder.path()).stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(STEP_TIMEOUT, command.output()).await.expect("it ends").unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn with_too_few_descriptors_it_does_not_start() {
    for files in [32, 319] {
        let (code, logs) = ended_with(files).await;
        assert!(code.is_some_and(|code| code != 0), "{files}: {code:?}");
        assert!(logs.contains("ulimit -n"), "{files}: {logs}");
    }
}

#[tokio::test]
async fn a_server_that_can_accept_nobody_says_so_and_ends() {
    let Given { citas, folder: _folder, .. } = Given::fresh().await;
    let process = Pid::from_raw(i32::try_from(citas.id()).unwrap()).unwrap();
    let none = Rlimit { current: Some(10), maximum: Some(10) };
    prlimit(Some(process), Resource::Nofile, none).unwrap();
    let exit = citas.exit().await;
    assert_ne!(exit.code, Some(0));
    assert!(exit.logs.contains("no connection can be accepted"), "{}", exit.logs);
}
