//! `PostgreSQL` itself is restarted, after a clean stop and after a crash, under load and under queries: the
//! projector and the queries recover by themselves, and nothing is missing.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use read_model::postgres::PostgresSettings;
use read_model::{Limit, MemoryReadModel, PageRequest, PostgresReadModel, QueryError, ReadModel};
use tempfile::TempDir;

use crate::killed::COMPARES;
use crate::load::{Load, everything};
use crate::service::Service;
use crate::support::{Given, TIMEOUT, in_time};

/// A server of the test's own, from the installed binaries. Stopped when dropped.
struct Server {
    bin: PathBuf,
    folder: TempDir,
    port: u16,
    child: Child,
}

impl Server {
    async fn start() -> Self {
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

    fn url(&self) -> String {
        format!("postgres://citas@127.0.0.1:{}/postgres", self.port)
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
    async fn restart(&mut self, signal: &str) {
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyone_comes_back_and_nothing_is_missing() {
    let mut server = Server::start().await;
    let mut given = Given::with_own_node(COMPARES).await;
    let database = [("CITAS_POSTGRES", server.url())];
    let database: Vec<(&str, &str)> = database.iter().map(|(name, url)| (*name, url.as_str())).collect();
    let service = Service::start_with(&given.connection_string(), "citas", &database);
    service.leads().await;
    let settings = PostgresSettings::try_new(&server.url(), "citas").unwrap();
    let postgres = PostgresReadModel::new(settings);
    let page = PageRequest { limit: Limit::try_new(200).unwrap(), cursor: None };
    let load = Load::start(&mut given, 11);
    let mut last = 0;
    for signal in ["-INT", "-QUIT"] {
        let position = load.go_on(25).await;
        postgres.wait_for(position, TIMEOUT).await.unwrap();
        let answer = ReadModel::from(postgres.clone()).agents(&page).await.unwrap();
        assert!(last <= answer.position && position <= answer.position, "what was answered stays");
        last = answer.position;
        let stop = Arc::new(AtomicBool::new(false));
        let (asking, page, stopped) = (ReadModel::from(postgres.clone()), page.clone(), Arc::clone(&stop));
        let asked = tokio::spawn(async move {
            // Each query is answered correctly, or fails as unavailable.
            while !stopped.load(Ordering::Relaxed) {
                match asking.agents(&page).await {
                    Ok(answer) => assert!(last <= answer.position),
                    Err(QueryError::Unavailable(_)) => tokio::task::yield_now().await,
                    Err(error) => panic!("{error}"),
                }
            }
        });
        server.restart(signal).await;
        stop.store(true, Ordering::Relaxed);
        asked.await.unwrap();
    }
    let end = load.stop().await;
    postgres.wait_for(end, TIMEOUT).await.unwrap();
    service.until("/readyz", |status, _| status == 200).await;
    service.leads().await;
    let memory = MemoryReadModel::new();
    memory.apply(everything(&given.store).await).unwrap();
    let (a, b) = (ReadModel::from(memory), ReadModel::from(postgres));
    assert_eq!(a.agents(&page).await.unwrap().value, b.agents(&page).await.unwrap().value);
    let lead_id = "55".parse().unwrap();
    let now = crate::support::now();
    let (a, b) = (a.lead_context(&lead_id, now).await.unwrap(), b.lead_context(&lead_id, now).await.unwrap());
    assert_eq!(a.value, b.value);
}
