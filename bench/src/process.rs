//! Servers in processes of their own, which end with whoever started them.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::http::Target;

/// Only this program knows it, and only for as long as it runs.
const TOKEN: &str = "a-token-for-measuring-only";

/// A server that is stopped when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// Open for as long as the server is wanted.
    output: BufReader<std::process::ChildStdout>,
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("{command:?} did not start"))?;
        let output = BufReader::new(child.stdout.take().context("the output is piped")?);
        Ok(Self { child, output })
    }

    /// The next line that it says.
    pub(crate) fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        ensure!(!line.is_empty(), "the server ended; its own messages stand above");
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself, and its files are thrown away.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folder that this program lies in, and what is measured beside it.
pub(crate) fn own_folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    Ok(program.parent().context("every program lies in a folder")?.to_owned())
}

/// A program as it is shipped, from the package of the same name.
fn shipped(name: &str) -> Result<Command> {
    let program = own_folder()?.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    ensure!(
        program.is_file(),
        "there is no {}; build it with: cargo build --release -p {name}",
        program.display()
    );
    let mut command = Command::new(program);
    // What it warns of under such a load, such as states too large for a snapshot, is no news here.
    command.args(["--listen", "127.0.0.1:0"]).env("CITAS_ADMIN_TOKEN", TOKEN).env("RUST_LOG", "error");
    Ok(command)
}

/// Starts a program that says in its first line where it answers.
fn answering(command: &mut Command) -> Result<(Process, Target)> {
    let mut process = Process::start(command)?;
    let greeting = process.line()?;
    let address = greeting.rsplit_once("http://").context("a service says where it answers")?.1.parse()?;
    Ok((process, Target { address, token: TOKEN.to_owned() }))
}

/// Citas with its embedded event store, as it is shipped, on a new data folder.
pub(crate) fn citas(folder: &Path) -> Result<(Process, Target)> {
    answering(shipped("citas")?.arg("--data").arg(folder.join("citas")))
}

/// A command-api on the event store at this URL.
pub(crate) fn command_api(event_store: &str) -> Result<(Process, Target)> {
    let mut command = shipped("command-api")?;
    answering(command.env("CITAS_EVENT_STORE", event_store).env("CITAS_SLOT_REF_KEY", TOKEN))
}

/// This very program as a server.
pub(crate) fn itself(arguments: &[&std::ffi::OsStr]) -> Result<Process> {
    Process::start(Command::new(std::env::current_exe()?).args(arguments))
}
