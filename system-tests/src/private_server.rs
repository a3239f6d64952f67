//! A server for one test alone.

use std::path::Path;
use std::process::{Command, Output};

/// A server for one test alone, which may be killed and restarted: Postgres, Redis or Kafka, started by
/// `scripts/services` with a state of its own.
#[derive(Debug)]
pub struct PrivateServer {
    name: &'static str,
    address: String,
    state: tempfile::TempDir,
}

impl PrivateServer {
    /// Starts `postgres`, `redis` or `kafka`; none if it is not available, which can happen with Kafka only.
    pub async fn start(name: &'static str) -> Option<Self> {
        let state = tempfile::tempdir().expect("a temporary folder can be made");
        let mut server = Self { name, address: String::new(), state };
        let said = server.run("start").await;
        let variable = format!("export CITAS_TEST_{}=", name.to_uppercase());
        said.lines().find_map(|line| line.strip_prefix(&variable))?.clone_into(&mut server.address);
        Some(server)
    }

    /// Its URL; for Kafka, `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Ends it at once, with SIGKILL.
    pub async fn kill(&self) {
        let status = self.run("status").await;
        let process = status.split("runs as process ").nth(1).and_then(|rest| rest.split(',').next());
        let process = process.unwrap_or_else(|| panic!("it does not run: {status}")).to_owned();
        let killed = Command::new("kill").args(["-KILL", &process]).status().expect("`kill` can be run");
        assert!(killed.success(), "{status}");
    }

    /// Starts it again, at the same address and on its data.
    pub async fn bring_back(&self) {
        let said = self.run("start").await;
        assert!(said.contains(&self.address), "{said}");
    }

    async fn run(&self, verb: &str) -> String {
        let mut command = self.command(verb);
        let output = tokio::task::spawn_blocking(move || command.output()).await;
        text(output.expect("it does not panic"), self.name)
    }

    fn command(&self, verb: &str) -> Command {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/services");
        let mut command = Command::new(script);
        command.arg("--state").arg(self.state.path().join("state")).args(["--only", self.name, verb]);
        command
    }
}

fn text(output: std::io::Result<Output>, name: &str) -> String {
    let output = output.expect("scripts/services can be run");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "scripts/services, {name}: {errors}");
    String::from_utf8(output.stdout).expect("it prints text")
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        // Errors are ignored, because the test may already be failing.
        let _ = self.command("stop").output();
    }
}
