//! The subcommands `citas backup` and `citas restore`.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;
use event_node::{Copied, Progress, StoreCopy};

use crate::secrets::SLOT_REF_KEY_FILE;

#[derive(Debug, Clone, Args)]
pub(crate) struct Backup {
    /// The folder of the events, whether or not a process uses it.
    #[arg(long, env = "CITAS_DATA", default_value = "citas-data", value_name = "FOLDER")]
    data: PathBuf,
    /// The folder to make; it may exist if it is empty.
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Restore {
    /// The backup.
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    /// The data folder to make; it may exist if it is empty.
    #[arg(long, env = "CITAS_DATA", default_value = "citas-data", value_name = "FOLDER")]
    data: PathBuf,
    /// Leave out everything after this position, such as the `position` of an answer.
    #[arg(long, value_name = "POSITION")]
    to_position: Option<u64>,
}

impl Backup {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let Copied { events, last_position } = copy(&self.data, &self.to, None)?;
        let key =
            if self.to.join(SLOT_REF_KEY_FILE).exists() { " and the key of slot references" } else { "" };
        say(&format!(
            "{} has {events} events, up to position {last_position}. It holds personal data{key}, and no admin token: a \
             restored office makes a new one.",
            self.to.display()
        ))
    }
}

impl Restore {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let Copied { events, last_position } = copy(&self.from, &self.data, self.to_position)?;
        let data = self.data.display();
        say(&format!(
            "{data} has {events} events, up to position {last_position}.\n\
            Next: citas serve --data {data}\n\
            It makes a new admin token, unless CITAS_ADMIN_TOKEN has one. Where citas node serves the folder to other \
            programs, their tables and the topic of public events may know more than it: then they say so, and \
            `projector rebuild` and a new topic mend it."
        ))
    }
}

fn copy(from: &Path, to: &Path, up_to: Option<u64>) -> Result<Copied> {
    let is_watched = stderr().is_terminal();
    let mut report = |progress| {
        if is_watched {
            let (what, done) = match progress {
                Progress::Copied(done) => ("copied", done),
                Progress::Checked(done) => ("checked", done),
            };
            // Whoever closes the terminal wants the copy none the less.
            write!(stderr(), "\r{done:3} % {what} ").ok();
        }
    };
    let made = StoreCopy { from, to, up_to, others: &[SLOT_REF_KEY_FILE] }.make(&mut report);
    if is_watched {
        writeln!(stderr()).ok();
    }
    Ok(made?)
}

fn say(text: &str) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).context("standard output cannot be written")?;
    Ok(ExitCode::SUCCESS)
}
