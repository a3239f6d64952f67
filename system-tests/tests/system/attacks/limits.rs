//! Limits of the system under which the program was started.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use system_tests::program;

#[test]
fn as_many_connections_may_be_open_as_the_system_allows() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -Sn 256 && exec \"$0\" --listen 127.0.0.1:0 --data \"$1\""]);
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
    assert_ne!(soft, "256");
    assert_eq!(soft, hard);
}
