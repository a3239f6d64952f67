//! A Redis server for one test, which can be paused and killed.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::TIMEOUT;

pub(crate) struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts on a free port.
    pub(crate) async fn start() -> Self {
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        Self::start_on(port).await
    }

    pub(crate) async fn start_on(port: u16) -> Self {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"]);
        command.arg(port.to_string()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("redis-server is installed by scripts/services");
        let server = Self { child, port };
        let client = redis::Client::open(server.url()).unwrap();
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        let answers = async {
            loop {
                ticks.tick().await;
                let Ok(mut connection) = client.get_multiplexed_async_connection().await else { continue };
                if redis::cmd("PING").exec_async(&mut connection).await.is_ok() {
                    return;
                }
            }
        };
        tokio::time::timeout(TIMEOUT, answers).await.expect("it starts in time");
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Has it carry out a command.
    pub(crate) async fn command(&self, command: &[&str]) {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        redis::cmd(command[0]).arg(&command[1..]).exec_async(&mut connection).await.unwrap();
    }

    /// Kills it, and returns the port for the next one.
    pub(crate) fn kill(mut self) -> u16 {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.port
    }

    /// Pauses it: its connections stay open, without a response.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
