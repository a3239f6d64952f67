//! `projector verify`: its flags, its messages and its exit codes.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, stderr};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use projector::Progress;
use projector::verify::{Pace, Plan, Verified, VerifyFailure, verify as run};
use read_model::postgres::{Difference, VerifyError};
use service::{subcommand_settings, until_signalled};

use crate::{Ends, Settings};

const PARKED: u8 = 4;
const DIFFERENT: u8 = 5;
const SIGNALLED: u8 = 130;

/// How many streams are named that differ.
const NAMED: usize = 100;

/// Compares the tables in use with the whole log, and names the agents whose rows differ.
///
/// The projector and queries continue meanwhile, and nothing is changed. What the log says is built in temporary tables of
/// the database, which take as much space as those in use, and are gone once it has ended, however it ends.
#[derive(Debug, Parser)]
#[command(
    name = "projector verify",
    bin_name = "projector verify",
    after_help = "Exit codes: 0 if the tables are as the log says; 1 if it failed or is impossible with these settings, \
        which the log explains; 2 if flags are wrong; 4 if they are so but for streams that are parked, or that this \
        release cannot read; 5 if they differ: projector rebuild mends that; 130 if it was stopped by a signal."
)]
struct VerifySettings {
    #[command(flatten)]
    ends: Ends,
    /// How much of the time it works, in percent; it rests in between. The comparison at the end has no pauses.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u8).range(1..=100), value_name = "PERCENT")]
    pace: u8,
}

pub(crate) async fn verify() -> Result<ExitCode> {
    let settings: VerifySettings = subcommand_settings::<_, Settings>()?;
    let (store, postgres) = settings.ends.open()?;
    let plan = Plan { postgres, pace: Pace::new(settings.pace) };
    let progress = Progress::new(stderr().is_terminal());
    let verified = tokio::select! {
        verified = run(&store, &plan, &progress) => verified,
        signalled = until_signalled() => {
            signalled?;
            progress.say("stopped; nothing is left of it");
            return Ok(SIGNALLED.into());
        }
    };
    match verified {
        Ok(verified) => Ok(answer(&verified)),
        Err(failure) => {
            let is_different = matches!(
                failure,
                VerifyFailure::Tables(VerifyError::NoPosition { .. }) | VerifyFailure::OtherLog { .. }
            );
            let code = if is_different { DIFFERENT.into() } else { ExitCode::FAILURE };
            let next = next_step(&failure);
            progress.alarm(&format!("the verification failed: {:#}", anyhow::Error::new(failure)));
            progress.alarm(next);
            Ok(code)
        }
    }
}

fn answer(Verified { position, comparison, parked, unread }: &Verified) -> ExitCode {
    for parked in parked {
        tracing::warn!("not compared from there on: {parked}");
    }
    for unread in unread {
        tracing::warn!("not compared, because this release cannot project it: {unread}");
    }
    for table in &comparison.gone {
        tracing::error!("the table {table} is gone");
    }
    let mut streams: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for difference in &comparison.differences {
        streams.entry(&difference.stream).or_default().push(describe(difference));
    }
    for (stream, differences) in streams.iter().take(NAMED) {
        tracing::error!("{stream} differs from the log: {}", differences.join("; "));
    }
    let unnamed = streams.len().saturating_sub(NAMED) as u64 + comparison.more;
    if 0 < unnamed {
        tracing::error!("{unnamed} more are not named");
    }
    if !comparison.gone.is_empty() || !streams.is_empty() {
        tracing::error!(position, "the tables are not as the log says; run `projector rebuild`");
        return DIFFERENT.into();
    }
    if !parked.is_empty() || !unread.is_empty() {
        tracing::warn!(position, "the tables are as the log says, but for the streams above");
        return PARKED.into();
    }
    tracing::info!(position, "the tables are as the log says");
    ExitCode::SUCCESS
}

fn describe(difference: &Difference) -> String {
    let Difference { table, missing, surplus, changed, first, .. } = difference;
    let counts = [(missing, "missing"), (surplus, "too many"), (changed, "changed")];
    let counts = counts.into_iter().filter(|(count, _)| 0 < **count);
    let counts: Vec<String> = counts.map(|(count, what)| format!("{count} {what}")).collect();
    format!("{table} {}, the first is {first}", counts.join(", "))
}

fn next_step(failure: &VerifyFailure) -> &'static str {
    match failure {
        VerifyFailure::Tables(VerifyError::NoPosition { .. }) => {
            "run `projector rebuild`, which needs nothing of them"
        }
        VerifyFailure::Tables(VerifyError::NoTables { .. }) => {
            "start a projector or run `projector rebuild`, which make them"
        }
        VerifyFailure::Tables(VerifyError::OtherRelease { .. }) => {
            "run `projector verify` of the release that the running projector is of"
        }
        VerifyFailure::OtherLog { .. } => {
            "name the store that the tables were filled from, or run `projector rebuild`, which fills them from this one"
        }
        VerifyFailure::ParkedMeanwhile | VerifyFailure::WentBack { .. } => "run it again",
        VerifyFailure::Tables(VerifyError::Unavailable(_)) | VerifyFailure::Database(_) => {
            "run it again once the database can be reached, and lets its user make temporary tables"
        }
        VerifyFailure::Log(_) => "run it again once the event store can be reached",
    }
}
