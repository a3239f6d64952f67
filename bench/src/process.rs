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

/// Citas with its embedded event store, as it is shipped, on a new data folder.
pub(crate) fn citas(folder: &Path) -> Result<(Process, Target)> {
    let program = own_folder()?.join(format!("citas{}", std::env::consts::EXE_SUFFIX));
    ensure!(
        program.is_file(),
        "there is no {}; build it with: cargo build --release -p citas",
        program.display()
    );
    let mut process = Process::start(
        Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.join("citas"))
            .env("CITAS_ADMIN_TOKEN", TOKEN)
            // What it warns of under such a load, such as states too large for a snapshot, is no news here.
            .env("RUST_LOG", "error"),
    )?;
    let greeting = process.line()?;
    let address = greeting.rsplit_once("http://").context("Citas says where it answers")?.1.parse()?;
    Ok((process, Target { address, token: TOKEN.to_owned() }))
}

/// This very program as a server.
pub(crate) fn itself(arguments: &[&std::ffi::OsStr]) -> Result<Process> {
    Process::start(Command::new(std::env::current_exe()?).args(arguments))
}
