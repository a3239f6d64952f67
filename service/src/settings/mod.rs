mod secret_files;

use std::ffi::OsString;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::{Arg, ArgMatches, Command, Parser};

use self::secret_files::{refuse_both, with_contents, with_secret_files};
use crate::check::check;
use crate::known_variables::warn_of_unknown_variables;
#[cfg(feature = "traces")]
use crate::traces::HELP;

/// The file that settings are read from, besides flags and environment.
const FILE: &str = "config";
const FILE_VARIABLE: &str = "CITAS_CONFIG";
#[cfg(not(feature = "traces"))]
const HELP: &str = "RUST_LOG adds to what is logged.";
/// The flag that checks the running process instead of starting one.
const CHECK: &str = "check";
/// The setting with the address of that process.
const LISTEN: &str = "listen";

/// The settings of this process. Each comes from its flag, or else its environment variable, or else its entry in the
/// TOML file named by `--config` or `CITAS_CONFIG`, or else its default.
///
/// An entry has its flag's name with underscores. An entry that is no setting is refused. A secret can be in a file of its
/// own, which `--…-file`, `CITAS_…_FILE` or the entry `…_file` names. `--help` ends the process,
/// and so does `--check`, which checks the health of the running process with the same settings.
pub fn settings<S: Parser>() -> Result<S> {
    read(std::env::args_os().collect(), with_check(S::command()), &Command::new("no other"))
}

/// The settings of a subcommand, which is the first argument. It shares the file with the service, and ignores the
/// service's other entries.
pub fn subcommand_settings<S: Parser, Service: Parser>() -> Result<S> {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    arguments.remove(1);
    read(arguments, S::command(), &Service::command())
}

fn read<S: Parser>(arguments: Vec<OsString>, command: Command, beside: &Command) -> Result<S> {
    let matches = read_from(arguments, command, beside)?.unwrap_or_else(|error| error.exit());
    if let Ok(Some(path)) = matches.try_get_one::<String>(CHECK)
        && let Ok(Some(listen)) = matches.try_get_one::<SocketAddr>(LISTEN)
    {
        end_with_check(*listen, path);
    }
    warn_of_unknown_variables();
    S::from_arg_matches(&matches).map_err(anyhow::Error::new)
}

/// What was given, or clap's error, which may be its help.
fn read_from(
    arguments: Vec<OsString>,
    command: Command,
    beside: &Command,
) -> Result<Result<ArgMatches, clap::Error>> {
    let command = with_file(with_secret_files(command));
    // Passes before the last are only for the names of files and for `--check`: errors are reported in the last one, once
    // all files have been read.
    let early = |command: &Command| {
        command.clone().ignore_errors(true).disable_help_flag(true).try_get_matches_from(&arguments).ok()
    };
    let given = early(&command);
    let given = given.as_ref();
    let file = given.and_then(|matches| matches.try_get_one::<PathBuf>(FILE).ok().flatten().cloned());
    let asks =
        given.is_some_and(|matches| matches.try_get_one::<String>(CHECK).is_ok_and(|what| what.is_some()));
    let command = match file {
        Some(file) => with_entries_of(&file, command, &with_secret_files(beside.clone()))?,
        None => command,
    };
    // A check needs nothing but the address.
    let command = if asks {
        command.mut_args(|arg| arg.required(false))
    } else if let Some(given) = early(&command) {
        with_contents(command, &given)?
    } else {
        command
    };
    Ok(command.try_get_matches_from(arguments))
}

/// Ends with the result of a check. A supervisor runs it in the process's container, which has no HTTP client.
fn end_with_check(listen: SocketAddr, path: &str) -> ! {
    let (said, code) = match check(listen, &format!("/{path}")) {
        Ok(said) => (said, 0),
        Err(error) => (format!("{error:#}"), 1),
    };
    // Nobody may be there to read it; the exit code has the result.
    let _ = writeln!(std::io::stdout(), "{said}");
    std::process::exit(code)
}

fn with_file(command: Command) -> Command {
    let file = Arg::new(FILE)
        .long(FILE)
        .env(FILE_VARIABLE)
        .value_name("FILE")
        .value_parser(clap::value_parser!(PathBuf))
        .help("A TOML file with settings, each under its flag's name with underscores");
    command.arg(file)
}

fn with_check(command: Command) -> Command {
    let check = Arg::new(CHECK)
        .long(CHECK)
        .value_name("WHAT")
        .num_args(0..=1)
        .require_equals(true)
        .default_missing_value("readyz")
        .value_parser(["readyz", "livez"])
        .help(
            "Check the health of the process that runs with these settings, print it, and exit with 0 if healthy",
        );
    let more = command.get_after_help().map(|more| format!("{more}\n\n")).unwrap_or_default();
    command.arg(check).after_help(format!("{more}{HELP}"))
}

/// The command with the file's entries in place of its defaults. No error quotes a value.
fn with_entries_of(file: &Path, command: Command, beside: &Command) -> Result<Command> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let Ok(table) = text.parse::<toml::Table>() else {
        bail!("{} is not TOML", file.display());
    };
    refuse_both(&command, &table).with_context(|| file.display().to_string())?;
    table.into_iter().try_fold(command, |command, (name, value)| {
        let knows = |command: &Command| {
            command.get_arguments().any(|arg| arg.get_id() == name.as_str() && name != FILE && name != CHECK)
        };
        if !knows(&command) && knows(beside) {
            return Ok(command);
        }
        if !knows(&command) {
            bail!("{}: there is no setting {name}", file.display());
        }
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(whether) => whether.to_string(),
            _ => bail!("{}: {name} must be a text, a whole number, true or false", file.display()),
        };
        Ok(command.mut_arg(name, |arg| arg.required(false).default_value(value).hide_default_value(true)))
    })
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, FromArgMatches as _};

    use super::*;
    use crate::Secret;

    /// A service.
    #[derive(Debug, Parser)]
    struct Some {
        /// Where.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: String,
        /// A password.
        #[arg(long)]
        password: Secret,
        /// How many.
        #[arg(long, default_value_t = 3)]
        how_many: u8,
    }

    /// The service that shares the file.
    #[derive(Debug, Parser)]
    struct Other {
        /// How fast.
        #[arg(long)]
        speed: u8,
    }

    fn read(file: &str, arguments: &[&str]) -> Result<Some> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, file)?;
        let command = with_entries_of(&path, with_file(Some::command()), &Other::command())?;
        let matches = command.try_get_matches_from([&["some"], arguments].concat())?;
        Ok(Some::from_arg_matches(&matches)?)
    }

    #[test]
    fn a_flag_goes_before_the_file_and_the_file_before_the_default() {
        let some = read("password = \"s3cret\"\nhow_many = 7", &["--listen", "[::1]:80"]).unwrap();
        assert_eq!((some.listen.as_str(), some.password.reveal(), some.how_many), ("[::1]:80", "s3cret", 7));
        let some = read("password = \"s3cret\"\nhow_many = 7", &["--how-many", "9"]).unwrap();
        assert_eq!((some.listen.as_str(), some.how_many), ("127.0.0.1:0", 9));
    }

    #[test]
    fn what_is_no_setting_is_refused_by_its_name() {
        let error = read("pasword = \"s3cret\"", &[]).unwrap_err().to_string();
        assert!(error.contains("no setting pasword"), "{error}");
        let error = read("listen = [1]", &[]).unwrap_err().to_string();
        assert!(error.contains("listen must be"), "{error}");
        assert!(read("config = \"other.toml\"", &[]).is_err());
        assert!(read("listen = \"x\"", &[]).unwrap_err().to_string().contains("--password"), "it is needed");
    }

    #[test]
    fn a_file_is_shared_with_a_service_whose_settings_are_not_ours() {
        let some = read("password = \"s3cret\"\nspeed = 9", &[]).unwrap();
        assert_eq!(some.how_many, 3);
    }

    #[test]
    fn no_secret_is_told() {
        let some = read("password = \"s3cret\"", &[]).unwrap();
        assert!(!format!("{some:?}").contains("s3cret"));
        for error in [
            read("password = s3cret", &[]).unwrap_err(),
            read("password = \"s3cret\"\nhow_many = 700", &[]).unwrap_err(),
            read("password = \"s3cret\"", &["--help"]).unwrap_err(),
        ] {
            assert!(!format!("{error:#}").contains("s3cret"), "{error:#}");
        }
    }
}
