//! Secrets in files: beside each setting that is a secret there is one with the file that holds it.
//!
//! The environment of a process is shown by more tools than its files are, and orchestrators mount secrets as files.

use std::any::TypeId;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use crate::Secret;

/// The setting with the file of a secret.
fn file_of(secret: &str) -> String {
    format!("{secret}_file")
}

/// The names of the settings that are secrets.
fn secrets(command: &Command) -> Vec<String> {
    let is_secret = |arg: &&Arg| arg.get_value_parser().type_id() == TypeId::of::<Secret>();
    command.get_arguments().filter(is_secret).map(|arg| arg.get_id().to_string()).collect()
}

/// The command with a setting for the file of each secret: `--password-file` and `…_PASSWORD_FILE` beside `--password`
/// and `…_PASSWORD`, of which one may be given.
pub(super) fn with_secret_files(command: Command) -> Command {
    secrets(&command).into_iter().fold(command, |command, secret| {
        let Some(arg) = command.get_arguments().find(|arg| arg.get_id() == secret.as_str()) else {
            return command;
        };
        let name = arg.get_long().unwrap_or(&secret).to_owned();
        let mut file = Arg::new(file_of(&secret))
            .long(format!("{name}-file"))
            .value_name("FILE")
            .value_parser(clap::value_parser!(PathBuf))
            .conflicts_with(&secret)
            .help(format!("A file with what --{name} would say, in its place"));
        if let Some(variable) = arg.get_env().and_then(|variable| variable.to_str()) {
            file = file.env(format!("{variable}_FILE"));
        }
        command.arg(file)
    })
}

/// Refuses a file of settings that gives both a secret and the file with it.
pub(super) fn refuse_both(command: &Command, entries: &toml::Table) -> Result<()> {
    for secret in secrets(command) {
        let file = file_of(&secret);
        if entries.contains_key(&secret) && entries.contains_key(&file) {
            bail!("give {secret} or {file}, not both");
        }
    }
    Ok(())
}

/// The command with the contents of the files in place of the secrets' defaults. `matches` is what was given so far. A flag or
/// variable goes before an entry of the file of settings here, too.
pub(super) fn with_contents(command: Command, matches: &ArgMatches) -> Result<Command> {
    secrets(&command).into_iter().try_fold(command, |command, secret| {
        let source = |name: &str| matches.try_contains_id(name).ok().and_then(|_| matches.value_source(name));
        let is_explicit = |source| matches!(source, ValueSource::CommandLine | ValueSource::EnvVariable);
        let file = file_of(&secret);
        let path = matches.try_get_one::<PathBuf>(&file).ok().flatten();
        let Some(path) = path.filter(|_| !source(&secret).is_some_and(is_explicit)) else {
            return Ok(command);
        };
        let content = Secret::read(path).with_context(|| format!("{file} cannot be used"))?;
        let content = content.reveal().to_owned();
        Ok(command
            .mut_arg(&secret, |arg| arg.required(false).default_value(content).hide_default_value(true)))
    })
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, FromArgMatches as _, Parser};

    use super::super::{read_from, with_check};
    use super::*;

    /// A service.
    #[derive(Debug, Parser)]
    struct Settings {
        /// A password.
        #[arg(long, env = "CITAS_TEST_OF_SECRET_FILES")]
        password: Secret,
        /// Another.
        #[arg(long)]
        other_password: Option<Secret>,
        /// The address.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: std::net::SocketAddr,
    }

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
            let path = self.0.path().join(name);
            std::fs::write(&path, content).unwrap();
            path.to_str().unwrap().to_owned()
        }
    }

    fn read(arguments: &[&str]) -> Result<Settings> {
        let arguments = [&["some"], arguments].concat().into_iter().map(Into::into).collect();
        let read = read_from(arguments, with_check(Settings::command()), &Command::new("no other"))?;
        Ok(Settings::from_arg_matches(&read?)?)
    }

    #[test]
    fn a_secret_is_read_from_its_file_without_the_line_break_at_its_end() {
        let folder = Folder::new();
        for (content, expected) in [
            ("s3cret", "s3cret"),
            ("s3cret\n", "s3cret"),
            ("s3cret\r\n", "s3cret"),
            (" s3 cret \n\n", " s3 cret \n"),
        ] {
            let file = folder.file("password", content);
            assert_eq!(read(&["--password-file", &file]).unwrap().password.reveal(), expected, "{content:?}");
        }
        let other = folder.file("other", "0ther\n");
        let settings = read(&["--password", "s3cret", "--other-password-file", &other]).unwrap();
        assert_eq!(settings.other_password.unwrap().reveal(), "0ther");
    }

    #[test]
    fn a_variable_names_the_file_too() {
        let command = with_secret_files(Settings::command());
        let file = command.get_arguments().find(|arg| arg.get_id() == "password_file").unwrap();
        assert_eq!(file.get_env().unwrap(), "CITAS_TEST_OF_SECRET_FILES_FILE");
    }

    #[test]
    fn the_file_of_settings_can_name_it_and_flags_go_before() {
        let folder = Folder::new();
        let (one, two) = (folder.file("one", "0ne\n"), folder.file("two", "tw0\n"));
        let settings = folder.file("settings.toml", format!("password_file = {one:?}"));
        let password = |arguments: &[&str]| {
            let arguments = [&["--config", &settings], arguments].concat();
            read(&arguments).unwrap().password.reveal().to_owned()
        };
        assert_eq!(password(&[]), "0ne");
        assert_eq!(password(&["--password-file", &two]), "tw0");
        assert_eq!(password(&["--password", "thr33"]), "thr33");
        let settings = folder.file("settings.toml", "password = \"f0ur\"");
        assert_eq!(read(&["--config", &settings, "--password-file", &two]).unwrap().password.reveal(), "tw0");
    }

    #[test]
    fn a_secret_and_its_file_are_not_given_both() {
        let folder = Folder::new();
        let file = folder.file("password", "s3cret");
        let error = read(&["--password", "0ther", "--password-file", &file]).unwrap_err().to_string();
        assert!(error.contains("--password-file") && error.contains("cannot be used with"), "{error}");
        let settings =
            folder.file("settings.toml", format!("password = \"0ther\"\npassword_file = {file:?}"));
        let both = format!("{:#}", read(&["--config", &settings]).unwrap_err());
        assert!(both.contains("give password or password_file, not both"), "{both}");
        assert!(!(error + &both).contains("0ther"));
    }

    #[test]
    fn a_file_that_holds_no_secret_is_named_with_the_reason() {
        let folder = Folder::new();
        let missing = folder.0.path().join("missing").to_str().unwrap().to_owned();
        for (file, reason) in [
            (missing, "cannot be read"),
            (folder.file("empty", ""), "is empty"),
            (folder.file("line", "\n"), "is empty"),
            (folder.file("bytes", b"s3cret\xff"), "is not text"),
            (folder.file("large", "s3cret".repeat(20_000)), "more than 65536 bytes"),
        ] {
            let error = format!("{:#}", read(&["--password-file", &file]).unwrap_err());
            assert!(error.contains("password_file cannot be used"), "{error}");
            assert!(error.contains(&file) && error.contains(reason), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
