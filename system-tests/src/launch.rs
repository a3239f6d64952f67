//! Starts `citas`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::process::{Citas, Exit, Running};

/// How to start `citas`.
#[derive(Debug, Clone)]
pub struct Launch {
    data: PathBuf,
    listen: String,
    variables: Vec<(&'static str, String)>,
}

impl Launch {
    /// On this data folder, on a free port, with an environment that is empty otherwise.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self { data: data.into(), listen: "127.0.0.1:0".to_owned(), variables: Vec::new() }
    }

    /// At this address.
    #[must_use]
    pub fn listen(mut self, address: impl Into<String>) -> Self {
        self.listen = address.into();
        self
    }

    /// With this environment variable.
    #[must_use]
    pub fn variable(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// Starts it and waits until it is ready.
    pub async fn ready(self) -> Citas {
        let citas = self.listening().await;
        citas.client().until_ready().await;
        citas
    }

    /// Starts it and waits until it prints where it listens; it may still be catching up.
    pub async fn listening(self) -> Citas {
        let variable = |wanted| {
            let mut variables = self.variables.iter();
            variables.find(|(name, _)| *name == wanted).map(|(_, value)| value.clone())
        };
        let preset = variable("CITAS_ADMIN_TOKEN").or_else(|| {
            let file = variable("CITAS_ADMIN_TOKEN_FILE")?;
            std::fs::read_to_string(file).ok().map(|token| token.trim().to_owned())
        });
        let data = self.data.clone();
        let mut running = Running::spawn(self.command());
        let address = running.said("Citas answers on http://").await;
        let token = preset.unwrap_or_else(|| {
            let file = data.join("admin.token");
            let text = std::fs::read_to_string(&file).expect("a running program has an admin.token");
            text.trim().to_owned()
        });
        Citas::new(running, data, address, token)
    }

    /// Starts it and waits until it has ended by itself.
    pub async fn ended(self) -> Exit {
        Running::spawn(self.command()).exit().await
    }

    fn command(&self) -> Command {
        let mut command = Command::new(program("citas"));
        command.arg("serve").arg("--data").arg(&self.data).arg("--listen").arg(&self.listen);
        command.env_clear().envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// The path of a program, which is built into the same folder as the tests.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let folder = test.parent().and_then(Path::parent).expect("tests are built into target/<profile>/deps");
    let program = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.is_file(),
        "{} is not there: run `cargo build --workspace --bins` first",
        program.display()
    );
    program
}
