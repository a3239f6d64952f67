use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::launch::program;
use crate::process::{Exit, Running};
use crate::{Client, NEVER};

/// The admin's token of every service that is started here.
pub const TOKEN: &str = "a-token-of-enough-characters";
const SLOT_REF_KEY: &str = "a-key-of-enough-characters";

/// The event store alone: `citas node`.
#[derive(Debug)]
pub struct EventNode {
    running: Running,
    data: PathBuf,
    connection_string: String,
}

impl EventNode {
    /// On this data folder, at a free port.
    pub async fn start(data: impl Into<PathBuf>) -> Self {
        Self::start_at(data, "127.0.0.1:0").await
    }

    /// On this data folder, at this loopback address.
    pub async fn start_at(data: impl Into<PathBuf>, address: &str) -> Self {
        let data = data.into();
        let mut command = quiet(program("citas"));
        command.arg("node").arg("--data").arg(&data).args(["--listen", address]);
        let mut running = Running::spawn(command);
        let connection_string = running.said("The event store answers on ").await;
        Self { running, data, connection_string }
    }

    /// How to connect to it.
    pub fn connection_string(&self) -> &str {
        &self.connection_string
    }

    /// Where it listens, `127.0.0.1:1234`.
    pub fn address(&self) -> String {
        let rest = self.connection_string.trim_start_matches("esdb://");
        rest.split(['/', '?']).next().unwrap_or_default().to_owned()
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Asks it to end and waits until it has.
    pub async fn stop(self) -> Exit {
        self.running.signal(Signal::TERM);
        self.running.exit().await
    }

    /// Ends it at once, with SIGKILL, as a power cut would.
    pub async fn kill(self) {
        self.running.signal(Signal::KILL);
        self.running.exit().await;
    }
}

/// How one of the services is to be started: at a free port, with an environment that has nothing else in it.
#[derive(Debug)]
pub struct Service {
    greeting: &'static str,
    command: Command,
}

impl Service {
    /// What every `command-api` needs.
    pub fn command_api(event_store: &str) -> Self {
        Self::new("command-api", "The command API")
            .setting("CITAS_EVENT_STORE", event_store)
            .setting("CITAS_SLOT_REF_KEY", SLOT_REF_KEY)
    }

    /// What every `query-api` needs.
    pub fn query_api(postgres: &str, schema: &str) -> Self {
        Self::new("query-api", "The query API")
            .setting("CITAS_POSTGRES", postgres)
            .setting("CITAS_POSTGRES_SCHEMA", schema)
            .setting("CITAS_SLOT_REF_KEY", SLOT_REF_KEY)
    }

    /// What every `projector` needs.
    pub fn projector(event_store: &str, postgres: &str, schema: &str) -> Self {
        Self::new("projector", "The projector")
            .setting("CITAS_EVENT_STORE", event_store)
            .setting("CITAS_POSTGRES", postgres)
            .setting("CITAS_POSTGRES_SCHEMA", schema)
    }

    fn new(name: &str, greeting: &'static str) -> Self {
        let mut command = quiet(program(name));
        command.env("CITAS_ADMIN_TOKEN", TOKEN).env("CITAS_LISTEN", "127.0.0.1:0");
        Self { greeting, command }
    }

    /// With this besides.
    #[must_use]
    pub fn setting(mut self, variable: &str, value: &str) -> Self {
        self.command.env(variable, value);
        self
    }

    /// Starts it and waits until it says where it listens.
    pub async fn listening(self) -> RunningService {
        let mut running = Running::spawn(self.command);
        let address = running.said(&format!("{} answers on http://", self.greeting)).await;
        RunningService { running, client: Client::new(address, TOKEN.to_owned()) }
    }

    /// Starts it and waits until it is ready.
    pub async fn ready(self) -> RunningService {
        let service = self.listening().await;
        service.until_ready().await;
        service
    }
}

/// One of the services, as a process.
#[derive(Debug)]
pub struct RunningService {
    running: Running,
    client: Client,
}

impl RunningService {
    /// Asks it, with the admin's token.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Everything it has logged so far.
    pub fn logs(&self) -> String {
        self.running.logs()
    }

    /// Waits until it is ready.
    pub async fn until_ready(&self) {
        tokio::time::timeout(NEVER, self.client.until_ready()).await.expect("it is ready in time");
    }

    /// Waits until it is not ready, and the reason it gives has this text in it.
    pub async fn until_says(&self, text: &str) {
        let said = async {
            loop {
                let answer = self.client.get("/readyz").answer().await;
                if answer.status == reqwest::StatusCode::SERVICE_UNAVAILABLE && answer.text.contains(text) {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(NEVER, said).await.unwrap_or_else(|_| panic!("{text} is never said"));
    }

    /// The number that a metric with this name, and no labels, has.
    pub async fn metric(&self, name: &str) -> f64 {
        let metrics = self.client.get("/metrics").answer().await.success().text;
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {metrics}")).parse().expect("a metric is a number")
    }

    /// Asks it to end and waits until it has.
    pub async fn stop(self) -> Exit {
        self.running.signal(Signal::TERM);
        self.running.exit().await
    }
}

/// With an environment that has nothing in it.
pub(crate) fn quiet(program: PathBuf) -> Command {
    let mut command = Command::new(program);
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}
