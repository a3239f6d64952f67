//! The services of the production deployment, each as a process of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::launch::program;
use crate::process::{Exit, Running};
use crate::{Client, STEP_TIMEOUT};

/// The admin token of every service that is started here.
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
    /// Starts it on this data folder, on a free port.
    pub async fn start(data: impl Into<PathBuf>) -> Self {
        Self::start_at(data, "127.0.0.1:0").await
    }

    /// Starts it on this data folder, at this loopback address.
    pub async fn start_at(data: impl Into<PathBuf>, address: &str) -> Self {
        Self::start_for(data, address, None).await
    }

    /// The same for whoever sends these credentials, `LOGIN:PASSWORD`; for anyone if there are none.
    pub async fn start_for(data: impl Into<PathBuf>, address: &str, credentials: Option<&str>) -> Self {
        let data = data.into();
        let mut command = quiet(program("citas"));
        command.arg("node").arg("--data").arg(&data).args(["--listen", address]);
        match credentials {
            Some(credentials) => command.env("CITAS_NODE_CREDENTIALS", credentials),
            None => command.arg("--no-credentials"),
        };
        let mut running = Running::spawn(command);
        let connection_string = running.said("The event store answers on ").await;
        Self { running, data, connection_string }
    }

    /// Its connection string.
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

    /// Halts it, with SIGSTOP, as a store that hangs: its connections stay open, and nothing is answered.
    pub fn halt(&self) {
        self.running.signal(Signal::STOP);
    }

    /// Lets it go on, after [`halt`](Self::halt).
    pub fn resume(&self) {
        self.running.signal(Signal::CONT);
    }

    /// Sends it SIGTERM and waits until it has ended.
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

/// How to start one of the services: on a free port, with an environment that is empty otherwise.
#[derive(Debug)]
pub struct Service {
    greeting: &'static str,
    command: Command,
}

impl Service {
    /// A `command-api` with the settings that it requires.
    pub fn command_api(event_store: &str) -> Self {
        Self::new("command-api", "The command API")
            .setting("CITAS_EVENT_STORE", event_store)
            .setting("CITAS_SLOT_REF_KEY", SLOT_REF_KEY)
    }

    /// A `query-api` with the settings that it requires.
    pub fn query_api(postgres: &str, schema: &str) -> Self {
        Self::new("query-api", "The query API")
            .setting("CITAS_POSTGRES", postgres)
            .setting("CITAS_POSTGRES_SCHEMA", schema)
            .setting("CITAS_SLOT_REF_KEY", SLOT_REF_KEY)
    }

    /// A `projector` with the settings that it requires.
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

    /// With this setting too.
    #[must_use]
    pub fn setting(mut self, variable: &str, value: &str) -> Self {
        self.command.env(variable, value);
        self
    }

    /// With a secret in a file in place of the setting itself.
    #[must_use]
    pub fn secret_in_file(mut self, variable: &str, file: &Path) -> Self {
        self.command.env_remove(variable).env(format!("{variable}_FILE"), file);
        self
    }

    /// Starts it and waits until it prints where it listens.
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
    /// A client of it, with the admin token.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.running.id()
    }

    /// Everything it has logged so far.
    pub fn logs(&self) -> String {
        self.running.logs()
    }

    /// Halts it, with SIGSTOP, as a process that hangs: its connections stay open, and nothing is answered.
    pub fn halt(&self) {
        self.running.signal(Signal::STOP);
    }

    /// Lets it go on, after [`halt`](Self::halt).
    pub fn resume(&self) {
        self.running.signal(Signal::CONT);
    }

    /// Waits until it is ready.
    pub async fn until_ready(&self) {
        tokio::time::timeout(STEP_TIMEOUT, self.client.until_ready()).await.expect("it is ready in time");
    }

    /// Waits until `/readyz` reports that it is not ready, with this text in the reason.
    pub async fn until_unready_with(&self, text: &str) {
        let said = async {
            loop {
                let answer = self.client.get("/readyz").answer().await;
                if answer.status == reqwest::StatusCode::SERVICE_UNAVAILABLE && answer.text.contains(text) {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(STEP_TIMEOUT, said)
            .await
            .unwrap_or_else(|_| panic!("/readyz never says: {text}"));
    }

    /// Waits until this metric has this value.
    pub async fn until_metric(&self, name: &str, wanted: f64) {
        let told = async {
            // NaN, of what is not known, is no value.
            while !(wanted - 0.5..=wanted + 0.5).contains(&self.metric(name).await) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(STEP_TIMEOUT, told).await.unwrap_or_else(|_| panic!("{name} is never {wanted}"));
    }

    /// The value of the metric with this name, which includes its labels.
    pub async fn metric(&self, name: &str) -> f64 {
        let metrics = self.client.get("/metrics").answer().await.success().text;
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {metrics}")).parse().expect("a metric is a number")
    }

    /// Sends it SIGTERM and waits until it has ended.
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

/// The command of a program, with an empty environment and piped output.
pub(crate) fn quiet(program: PathBuf) -> Command {
    let mut command = Command::new(program);
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}
