//! Servers in processes of their own, which are stopped when their handle is dropped.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::http::Target;

/// The admin token of the servers started here, which only live as long as this program.
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

    /// The next line of its standard output.
    pub(crate) fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        ensure!(!line.is_empty(), "the server ended; see its messages above");
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already, and its files are temporary.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folder of this program and of the programs that it measures.
pub(crate) fn own_folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    Ok(program.parent().context("every program lies in a folder")?.to_owned())
}

/// The built program of the package with this name.
fn program(name: &str) -> Result<PathBuf> {
    let program = own_folder()?.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    ensure!(
        program.is_file(),
        "there is no {}; build it with: cargo build --release -p {name}",
        program.display()
    );
    Ok(program)
}

/// The command that starts it as a server on a free port.
fn shipped(name: &str) -> Result<Command> {
    let mut command = Command::new(program(name)?);
    // Warnings are expected under such a load, such as of states too large for a snapshot.
    command.args(["--listen", "127.0.0.1:0"]).env("CITAS_ADMIN_TOKEN", TOKEN).env("RUST_LOG", "error");
    Ok(command)
}

/// Starts a service that prints its address on its first line.
fn answering(command: &mut Command) -> Result<(Process, Target)> {
    let mut process = Process::start(command)?;
    let greeting = process.line()?;
    let address = greeting.rsplit_once("http://").context("the first line has no address")?.1.parse()?;
    Ok((process, Target { address, token: TOKEN.to_owned() }))
}

/// Citas with its embedded event store, as it is shipped, on a new data folder.
pub(crate) fn citas(folder: &Path) -> Result<(Process, Target)> {
    answering(shipped("citas")?.arg("--data").arg(folder.join("citas")))
}

/// The same, of another build.
pub(crate) fn citas_of(program: &Path, folder: &Path) -> Result<(Process, Target)> {
    let mut command = Command::new(program);
    command.args(["--listen", "127.0.0.1:0"]).env("CITAS_ADMIN_TOKEN", TOKEN).env("RUST_LOG", "error");
    answering(command.arg("--data").arg(folder.join("citas")))
}

/// A command-api on the event store at this URL.
pub(crate) fn command_api(event_store: &str) -> Result<(Process, Target)> {
    let mut command = shipped("command-api")?;
    answering(command.env("CITAS_EVENT_STORE", event_store).env("CITAS_SLOT_REF_KEY", TOKEN))
}

/// A projector from the event store at one URL into the database at another.
pub(crate) fn projector(event_store: &str, postgres: &str, schema: &str) -> Result<(Process, Target)> {
    let mut command = shipped("projector")?;
    command.env("CITAS_EVENT_STORE", event_store).env("CITAS_POSTGRES", postgres);
    answering(command.env("CITAS_POSTGRES_SCHEMA", schema))
}

/// A query-api on the database at this URL.
pub(crate) fn query_api(postgres: &str, schema: &str) -> Result<(Process, Target)> {
    let mut command = shipped("query-api")?;
    command.env("CITAS_POSTGRES", postgres).env("CITAS_POSTGRES_SCHEMA", schema);
    answering(command.env("CITAS_SLOT_REF_KEY", TOKEN))
}

/// A rebuild of the read model, which ends by itself.
pub(crate) fn rebuild(event_store: &str, postgres: &str, schema: &str) -> Result<Command> {
    let mut command = Command::new(program("projector")?);
    command.arg("rebuild").env("CITAS_EVENT_STORE", event_store).env("CITAS_POSTGRES", postgres);
    command.env("CITAS_POSTGRES_SCHEMA", schema).env("RUST_LOG", "error");
    Ok(command)
}

/// The subcommand that serves one file.
pub(crate) const STATIC_SERVER: &str = "static-server";
/// The subcommand that serves an event store.
pub(crate) const NODE: &str = "node";

/// This program itself as a server.
pub(crate) fn itself(arguments: &[&std::ffi::OsStr]) -> Result<Process> {
    Process::start(Command::new(std::env::current_exe()?).args(arguments))
}
