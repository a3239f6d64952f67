//! The subcommand `citas node`: the event store alone.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow};
use clap::Args;
use event_node::{Node, NodeConfig};
use service::until_signalled;

#[derive(Debug, Clone, Args)]
pub(crate) struct ServeNode {
    /// The folder for the events; created if missing. One process at a time can use it.
    #[arg(long, env = "CITAS_DATA", default_value = "citas-data", value_name = "FOLDER")]
    data: PathBuf,
    /// The loopback address to listen on; port 0 takes a free one.
    #[arg(long, env = "CITAS_NODE_LISTEN", default_value = "127.0.0.1:2113", value_name = "ADDRESS:PORT")]
    listen: std::net::SocketAddr,
}

/// Runs the event store alone until a signal, or until the disk fails.
pub(crate) async fn serve(args: ServeNode) -> Result<()> {
    let node = Node::start(NodeConfig { listen: args.listen, ..NodeConfig::new(args.data) }).await?;
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
