//! A `PostgreSQL` of a test's own, which it may restart and close to others.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::support::in_time;

/// A server of the test's own, from the installed binaries. Stopped when dropped.
pub(crate) struct Server {
    bin: PathBuf,
    folder: TempDir,
    port: u16,
    child: Child,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let bin = newest_binaries();
        let folder = TempDir::new().unwrap();
        if is_root() {
            let owned = Command::new("chown").arg("postgres:").arg(folder.path()).status().unwrap();
            assert!(owned.success());
        }
        let made = plain(&bin.join("initdb"), &folder)
            .args(["-U", "citas", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "-D"])
            .arg(folder.path().join("data"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        // Free now; the server takes it again each time that it starts.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = run(&bin, &folder, port);
        let server = Self { bin, folder, port, child };
        server.answers().await;
        server
    }

    pub(crate) fn url(&self) -> String {
        self.url_of("citas")
    }

    /// As another role than the one that made it.
    pub(crate) fn url_of(&self, role: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/postgres", self.port)
    }

    async fn answers(&self) {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        let answers = async {
            loop {
                ticks.tick().await;
                let mut asked = Command::new(self.bin.join("pg_isready"));
                let port = self.port.to_string();
                if asked.args(["-q", "-h", "127.0.0.1", "-p", &port]).status().unwrap().success() {
                    return;
                }
            }
        };
        in_time(answers).await;
    }

    /// `-INT` disconnects all clients and stops cleanly; `-QUIT` ends as a crash does.
    pub(crate) async fn restart(&mut self, signal: &str) {
        crate::killed::signal(signal, self.child.id());
        self.child.wait().unwrap();
        self.child = run(&self.bin, &self.folder, self.port);
        self.answers().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        crate::killed::signal("-INT", self.child.id());
        self.child.wait().unwrap();
    }
}

fn run(bin: &std::path::Path, folder: &TempDir, port: u16) -> Child {
    let mut server = plain(&bin.join("postgres"), folder);
    server.arg("-D").arg(folder.path().join("data")).arg("-k").arg(folder.path());
    server.args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]);
    server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// A command that ends with the test. `PostgreSQL` refuses to run as root, so as root it runs as its package's user.
fn plain(program: &std::path::Path, folder: &TempDir) -> Command {
    let mut command = Command::new("setpriv");
    if is_root() {
        command.args(["--reuid", "postgres", "--regid", "postgres", "--init-groups"]);
    }
    command.args(["--pdeathsig", "INT"]).arg(program).current_dir(folder.path());
    command
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}

fn newest_binaries() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("scripts/services installs PostgreSQL");
    let numbered =
        versions.filter_map(|version| version.ok()?.file_name().into_string().ok()?.parse::<u32>().ok());
    let newest = numbered.max().expect("scripts/services installs PostgreSQL");
    PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin"))
}
