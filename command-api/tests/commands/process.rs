//! The service as a process.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::TIMEOUT;

pub(crate) const TOKEN: &str = "a-token-of-enough-characters";

/// A running command-api; killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    address: String,
}

/// An answer as it came over the wire.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    /// Whether the readiness names this check as failing. The clock's is not of interest here: events of the tests are
    /// recorded at an instant of their own.
    pub(crate) fn lacks(&self, check: &str) -> bool {
        let failing = self.json()["not_ready"].as_array().cloned().unwrap_or_default();
        failing.iter().any(|failing| failing["name"] == check)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Process {
    pub(crate) fn start(event_store: &str, besides: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_command-api"));
        command.env_clear().env("CITAS_EVENT_STORE", event_store).env("CITAS_ADMIN_TOKEN", TOKEN);
        command.env("CITAS_SLOT_REF_KEY", "a-key-of-enough-characters").envs(besides.iter().copied());
        command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("The command API answers on http://");
        Self { address: address.unwrap_or_else(|| panic!("{line}")).to_owned(), child }
    }

    pub(crate) async fn send(&self, method: &str, path: &str, key: &str, body: &Value) -> Reply {
        let mut connection = TcpStream::connect(&self.address).await.unwrap();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: citas\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\
             Idempotency-Key: {key}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answered = String::new();
        connection.read_to_string(&mut answered).await.unwrap();
        let (head, body) = answered.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answered:?}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Reply { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, "none", &Value::Null).await
    }

    /// Polls until the answer is as wanted.
    pub(crate) async fn until(&self, path: &str, wanted: impl Fn(&Reply) -> bool) -> Reply {
        let mut ticks = tokio::time::interval(Duration::from_millis(10));
        let found = async {
            loop {
                let reply = self.get(path).await;
                if wanted(&reply) {
                    return reply;
                }
                ticks.tick().await;
            }
        };
        tokio::time::timeout(TIMEOUT, found).await.expect("it becomes so in time")
    }

    pub(crate) async fn ready(&self) -> Reply {
        self.until("/readyz", |reply| reply.status == 200).await
    }

    /// Waits until it takes no more connections.
    pub(crate) async fn until_deaf(&self) {
        let mut ticks = tokio::time::interval(Duration::from_millis(10));
        while TcpStream::connect(&self.address).await.is_ok() {
            ticks.tick().await;
        }
    }

    /// Asks it to end.
    pub(crate) fn terminate(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    /// Waits until it has ended, and returns its exit code.
    pub(crate) fn ended(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
