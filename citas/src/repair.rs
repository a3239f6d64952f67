//! The subcommand `citas node repair`.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use event_node::Repair;

#[derive(Debug, Clone, Args)]
pub(crate) struct RepairNode {
    /// The folder of the events, which no process uses at present.
    #[arg(long, env = "CITAS_DATA", default_value = "citas-data", value_name = "FOLDER")]
    data: PathBuf,
    /// Give up the events that were acknowledged and are no longer there. Shows how many positions that are, and asks for
    /// the folder's name.
    #[arg(long, required = true)]
    truncate: bool,
}

impl RepairNode {
    pub(crate) fn run(self) -> Result<()> {
        let data = std::fs::canonicalize(&self.data)
            .with_context(|| format!("there is no data folder {}", self.data.display()))?;
        let name = data.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let repair = Repair::look(&data)?;
        if !repair.is_needed() {
            return say(&format!(
                "{} ends at position {}, and nothing after that is known to have been acknowledged: its end is complete. Whether \
                 it is damaged is looked at by each start, and by `citas backup`. Nothing was changed.",
                data.display(),
                repair.found()
            ));
        }
        say(&format!(
            "{} ends at position {}, but events up to position {} at least were acknowledged: bookings and changes that were \
             confirmed to people are missing. A backup that has them should be restored instead.\n\
             To go on without them, for good, type the folder's name ({name}):",
            data.display(),
            repair.found(),
            repair.acknowledged()
        ))?;
        let mut typed = String::new();
        std::io::stdin().read_line(&mut typed).context("standard input cannot be read")?;
        if typed.trim() != name {
            bail!("that is not the folder's name; nothing was changed");
        }
        let found = repair.found();
        repair.truncate()?;
        say(&format!("The next start goes on after position {found}."))
    }
}

fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).context("standard output cannot be written")
}
