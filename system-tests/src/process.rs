//! Child processes, their output and their end.

use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
#[cfg(target_os = "linux")]
use rustix::process::{Resource, Rlimit, getrlimit, prlimit};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::{Client, STEP_TIMEOUT};

/// A child process and its output. Killed and waited for when it is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    stdout: mpsc::UnboundedReceiver<String>,
    stderr: watch::Receiver<String>,
}

/// How a process ended.
#[derive(Debug)]
pub struct Exit {
    /// None if a signal ended it.
    pub code: Option<i32>,
    /// Everything it had logged.
    pub logs: String,
}

impl Running {
    pub(crate) fn spawn(command: Command) -> Self {
        Self::try_spawn(command).expect("the program is there and can be run")
    }

    pub(crate) fn try_spawn(mut command: Command) -> std::io::Result<Self> {
        let mut child = command.spawn()?;
        let (line, stdout) = mpsc::unbounded_channel();
        let (logs, stderr) = watch::channel(String::new());
        each_line(child.stdout.take(), move |text| drop(line.send(text)));
        each_line(child.stderr.take(), move |text| {
            logs.send_modify(|logs| logs.extend([text.as_str(), "\n"]));
        });
        Ok(Self { child, stdout, stderr })
    }

    /// Waits for a line of standard output that begins like this, and returns the rest of the line.
    pub(crate) async fn said(&mut self, beginning: &str) -> String {
        loop {
            let line = timeout(STEP_TIMEOUT, self.stdout.recv()).await.expect("the program starts");
            let Some(line) = line else {
                panic!("the program ended instead of starting:\n{}", *self.stderr.borrow())
            };
            if let Some(rest) = line.strip_prefix(beginning) {
                return rest.to_owned();
            }
        }
    }

    /// Waits until it has ended.
    pub(crate) async fn exit(mut self) -> Exit {
        // Both are closed when the process ends, so that waiting for it then takes no time.
        let closed = async {
            while self.stdout.recv().await.is_some() {}
            while self.stderr.changed().await.is_ok() {}
        };
        timeout(STEP_TIMEOUT, closed).await.expect("the process ends");
        let status = self.child.wait().expect("a child can be waited for");
        Exit { code: status.code(), logs: self.stderr.borrow().clone() }
    }

    /// Waits until it has logged this text.
    pub(crate) async fn logged(&self, text: &str) {
        let mut logs = self.stderr.clone();
        let found = logs.wait_for(|logs| logs.contains(text));
        let found = timeout(STEP_TIMEOUT, found).await.expect("it is logged in time");
        drop(found.unwrap_or_else(|_| panic!("{text} is not logged before the end:\n{}", self.logs())));
    }

    /// Everything it has logged so far.
    pub(crate) fn logs(&self) -> String {
        self.stderr.borrow().clone()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(id.expect("a process has an id"), signal).expect("a child takes signals");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn each_line(stream: Option<impl Read + Send + 'static>, mut to: impl FnMut(String) + Send + 'static) {
    let stream = BufReader::new(stream.expect("the stream is piped"));
    thread::spawn(move || {
        for line in stream.split(b'\n').map_while(Result::ok) {
            to(String::from_utf8_lossy(&line).into_owned());
        }
    });
}

/// A running `citas`.
#[derive(Debug)]
pub struct Citas {
    running: Running,
    data: PathBuf,
    client: Client,
}

impl Citas {
    pub(crate) fn new(running: Running, data: PathBuf, address: String, token: String) -> Self {
        Self { running, data, client: Client::new(address, token) }
    }

    /// A client of it, with the admin token.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.running.id()
    }

    /// Lets no file of its grow beyond this size, as on a disk without room; without a size, as far as it was allowed before.
    #[cfg(target_os = "linux")]
    pub fn limit_files(&self, bytes: Option<u64>) {
        let id = i32::try_from(self.id()).ok().and_then(Pid::from_raw);
        let Rlimit { maximum, .. } = getrlimit(Resource::Fsize);
        let limit = Rlimit { current: bytes.or(maximum), maximum };
        prlimit(id, Resource::Fsize, limit).expect("a child takes limits");
    }

    /// Everything it has logged so far.
    pub fn logs(&self) -> String {
        self.running.logs()
    }

    /// Sends it SIGTERM.
    pub fn terminate(&self) {
        self.running.signal(Signal::TERM);
    }

    /// Waits until it has logged this text.
    pub async fn logged(&self, text: &str) {
        self.running.logged(text).await;
    }

    /// Waits until it has ended.
    pub async fn exit(self) -> Exit {
        self.running.exit().await
    }

    /// Sends it SIGTERM and waits until it has ended.
    pub async fn stop(self) -> Exit {
        self.terminate();
        self.exit().await
    }

    /// Ends it at once, with SIGKILL, as a power cut would.
    pub async fn kill(self) {
        self.running.signal(Signal::KILL);
        self.exit().await;
    }
}
