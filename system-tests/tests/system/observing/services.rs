use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;

use event_node::{Node, NodeConfig};
use system_tests::STEP_TIMEOUT;
use tempfile::TempDir;

pub(super) const TOKEN: &str = "a-token-of-enough-characters";

/// One of the separate services as a process; killed when it is dropped.
pub(super) struct Service {
    child: Child,
    address: String,
    logs: Option<JoinHandle<String>>,
    http: reqwest::Client,
}

/// An event store and a place in the database, for services to work on.
pub(super) struct Ground {
    pub(super) node: Node,
    _folder: TempDir,
    event_store: String,
    postgres: String,
    schema: String,
}

impl Ground {
    pub(super) async fn new() -> Self {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let folder = tempfile::tempdir().unwrap();
        let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
        let postgres = std::env::var("CITAS_TEST_POSTGRES")
            .expect("run the tests as scripts/services run cargo test --workspace");
        let schema = format!("observing_{}_{}", std::process::id(), LAST.fetch_add(1, Ordering::Relaxed));
        Self { event_store: node.connection_string(), node, _folder: folder, postgres, schema }
    }

    /// Starts a service by its program's name, with these variables besides what it needs.
    pub(super) fn start(&self, name: &str, besides: &[(&str, &str)]) -> Service {
        let test = std::env::current_exe().unwrap();
        let folder = test.parent().and_then(Path::parent).unwrap();
        let mut command = Command::new(folder.join(name));
        command.env_clear().envs([
            ("CITAS_EVENT_STORE", self.event_store.as_str()),
            ("CITAS_POSTGRES", &self.postgres),
            ("CITAS_POSTGRES_SCHEMA", &self.schema),
            ("CITAS_ADMIN_TOKEN", TOKEN),
            ("CITAS_SLOT_REF_KEY", "a-key-of-enough-characters"),
            ("CITAS_LISTEN", "127.0.0.1:0"),
        ]);
        command
            .envs(besides.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}; run `cargo build --workspace --bins` first"));
        let mut stderr = child.stderr.take().unwrap();
        let logs = std::thread::spawn(move || {
            let mut logs = String::new();
            stderr.read_to_string(&mut logs).unwrap();
            logs
        });
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().split_once(" answers on ");
        let address = address.unwrap_or_else(|| panic!("{name} says {line:?}")).1.to_owned();
        let http = reqwest::Client::builder().timeout(STEP_TIMEOUT).no_proxy().build().unwrap();
        Service { child, address, logs: Some(logs), http }
    }
}

impl Service {
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, String) {
        let method = method.parse().unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.address)).bearer_auth(TOKEN);
        if !body.is_empty() {
            request = request.header("content-type", "application/json").body(body.to_owned());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    pub(super) async fn get(&self, path: &str) -> (u16, String) {
        self.send("GET", path, &[], "").await
    }

    /// Asks until the answer is as wanted.
    pub(super) async fn until(&self, path: &str, wanted: impl Fn(u16, &str) -> bool) -> String {
        let begun_at = Instant::now();
        loop {
            let (status, body) = self.get(path).await;
            if wanted(status, &body) {
                return body;
            }
            assert!(begun_at.elapsed() < STEP_TIMEOUT, "{path}: {status} {body}");
            tokio::task::yield_now().await;
        }
    }

    pub(super) async fn ready(&self) {
        self.until("/readyz", |status, _| status == 200).await;
    }

    /// The names of its threads, of which the system keeps 15 characters.
    pub(super) fn threads(&self) -> Vec<String> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let names = tasks.filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).ok());
        names.map(|name| name.trim().to_owned()).collect()
    }

    /// Asks it to end, and gives what it answers and has logged.
    pub(super) async fn stop(mut self) -> (Option<i32>, String) {
        let id = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(id.unwrap(), rustix::process::Signal::TERM).unwrap();
        let logs = self.logs.take().unwrap();
        let logs = tokio::task::spawn_blocking(move || logs.join().unwrap());
        let logs = tokio::time::timeout(STEP_TIMEOUT, logs).await.expect("it ends").unwrap();
        (self.child.wait().unwrap().code(), logs)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
