use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::launch::program;
use crate::process::{Exit, Running};
use crate::{Client, NEVER};

const TOKEN: &str = "a-token-of-enough-characters";

/// The event store alone: `citas node`.
#[derive(Debug)]
pub struct EventNode {
    running: Running,
    connection_string: String,
}

impl EventNode {
    /// On this data folder, at a free port.
    pub async fn start(data: impl Into<PathBuf>) -> Self {
        let mut command = quiet(program("citas"));
        command.arg("node").arg("--data").arg(data.into()).args(["--listen", "127.0.0.1:0"]);
        let mut running = Running::spawn(command);
        let connection_string = running.said("The event store answers on ").await;
        Self { running, connection_string }
    }

    /// How to connect to it.
    pub fn connection_string(&self) -> &str {
        &self.connection_string
    }

    /// Asks it to end and waits until it has.
    pub async fn stop(self) -> Exit {
        self.running.signal(Signal::TERM);
        self.running.exit().await
    }
}

/// A command-api as a process of its own.
#[derive(Debug)]
pub struct CommandApi {
    running: Running,
    client: Client,
}

impl CommandApi {
    /// On this event store, at a free port; waits until it is ready.
    pub async fn start(event_store: &str) -> Self {
        let mut command = quiet(program("command-api"));
        command.env("CITAS_EVENT_STORE", event_store).env("CITAS_ADMIN_TOKEN", TOKEN);
        command.env("CITAS_SLOT_REF_KEY", "a-key-of-enough-characters").args(["--listen", "127.0.0.1:0"]);
        let mut running = Running::spawn(command);
        let address = running.said("The command API answers on http://").await;
        let client = Client::new(address, TOKEN.to_owned());
        tokio::time::timeout(NEVER, client.until_ready()).await.expect("it is ready in time");
        Self { running, client }
    }

    /// Asks it, with the admin's token.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Asks it to end and waits until it has.
    pub async fn stop(self) -> Exit {
        self.running.signal(Signal::TERM);
        self.running.exit().await
    }
}

/// With an environment that has nothing in it.
fn quiet(program: PathBuf) -> Command {
    let mut command = Command::new(program);
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}
