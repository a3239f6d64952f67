//! The subcommand `citas node`: the event store alone.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Args, Subcommand};
use event_node::{Access, Credentials, Node, NodeConfig};
use service::{Secret, until_signalled};

use crate::repair::RepairNode;

/// Names no flag: a flag would show the password in the list of processes.
const CREDENTIALS_VARIABLE: &str = "CITAS_NODE_CREDENTIALS";

#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct ServeNode {
    #[command(subcommand)]
    command: Option<NodeCommand>,
    /// The folder for the events; created if missing. One process at a time can use it.
    #[arg(long, env = "CITAS_DATA", default_value = "citas-data", value_name = "FOLDER")]
    data: PathBuf,
    /// The loopback address to listen on; port 0 takes a free one.
    #[arg(long, env = "CITAS_NODE_LISTEN", default_value = "127.0.0.1:2113", value_name = "ADDRESS:PORT")]
    listen: std::net::SocketAddr,
    /// A file with LOGIN:PASSWORD, which every client has to send; the variable `CITAS_NODE_CREDENTIALS` can hold the same.
    #[arg(long, env = "CITAS_NODE_CREDENTIALS_FILE", value_name = "FILE", conflicts_with = "no_credentials")]
    credentials_file: Option<PathBuf>,
    /// Let every process of this machine, of any user, read, change and delete all events without a password.
    #[arg(long)]
    no_credentials: bool,
}

#[derive(Debug, Clone, Subcommand)]
enum NodeCommand {
    /// Go on with a data folder that has lost its last events, without them.
    Repair(RepairNode),
}

impl ServeNode {
    fn access(&self) -> Result<Access> {
        let preset = std::env::var(CREDENTIALS_VARIABLE).ok().map(Secret::from);
        let (credentials, source) = match (&self.credentials_file, preset) {
            (Some(_), Some(_)) => bail!("give --credentials-file or {CREDENTIALS_VARIABLE}, not both"),
            (None, Some(_)) if self.no_credentials => {
                bail!("give {CREDENTIALS_VARIABLE} or --no-credentials, not both")
            }
            (None, None) if self.no_credentials => return Ok(Access::Anyone),
            (Some(path), None) => (Secret::read(path)?, path.display().to_string()),
            (None, Some(preset)) => (preset, CREDENTIALS_VARIABLE.to_owned()),
            (None, None) => bail!(
                "who may connect? Put LOGIN:PASSWORD into a file and name it by --credentials-file, or into \
                {CREDENTIALS_VARIABLE}; or give --no-credentials, by which every process of this machine can read, \
                change and delete all events"
            ),
        };
        let credentials = Credentials::parse(credentials.reveal()).with_context(|| format!("in {source}"))?;
        Ok(Access::Credentials(credentials))
    }
}

/// Runs the event store alone until a signal, or until the disk fails.
pub(crate) async fn serve(args: ServeNode) -> Result<()> {
    if let Some(NodeCommand::Repair(repair)) = args.command {
        return repair.run();
    }
    let access = args.access()?;
    let node = Node::start(NodeConfig { listen: args.listen, access, ..NodeConfig::new(args.data) }).await?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "The event store answers on esdb://{}?tls=false", node.local_addr())
        .and_then(|()| out.flush())
        .context("standard output cannot be written")?;
    drop(out);
    let stopped = tokio::select! {
        stopped = until_signalled() => stopped,
        failure = node.failed() => Err(anyhow!(failure)),
    };
    node.shutdown().await;
    stopped
}
