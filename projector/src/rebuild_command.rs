//! `projector rebuild`: its flags, its messages and its exit codes.

use std::io::{IsTerminal as _, stderr};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use projector::Progress;
use projector::rebuild::{Plan, RebuildFailure, Rebuilt, rebuild as run};
use read_model::postgres::RebuildError;
use service::{subcommand_settings, until_signalled};

use crate::{Ends, Settings};

const UNDER_WAY: u8 = 3;
const PARKED: u8 = 4;
const SIGNALLED: u8 = 130;

/// Rebuilds the tables from the whole log, beside those in use, and switches to them in one step.
///
/// The projector and queries continue meanwhile. A rebuild can be stopped at any moment: run again, it resumes.
#[derive(Debug, Parser)]
#[command(
    name = "projector rebuild",
    bin_name = "projector rebuild",
    after_help = "Exit codes: 0 if the new tables are in use; 1 if it failed or is impossible with these settings, \
        which the log explains; 2 if flags are wrong; 3 if another rebuild is under way; 4 if the tables are built \
        but not in use, because streams are parked; 130 if it was stopped by a signal."
)]
struct RebuildSettings {
    #[command(flatten)]
    ends: Ends,
    /// Drop what an interrupted rebuild has left, instead of resuming it.
    #[arg(long)]
    restart: bool,
    /// Switch even if streams are parked, whose later events are then missing.
    #[arg(long)]
    accept_parked: bool,
}

pub(crate) async fn rebuild() -> Result<ExitCode> {
    let settings: RebuildSettings = subcommand_settings::<_, Settings>()?;
    let (store, postgres) = settings.ends.open()?;
    let plan = Plan { postgres, restart: settings.restart, accept_parked: settings.accept_parked };
    let progress = Progress::new(stderr().is_terminal());
    let rebuilt = tokio::select! {
        rebuilt = run(&store, &plan, &progress) => rebuilt,
        signalled = until_signalled() => {
            signalled?;
            progress.say("stopped; the tables in use are unchanged. Run it again to resume");
            return Ok(SIGNALLED.into());
        }
    };
    match rebuilt {
        Ok(rebuilt) => Ok(answer(&rebuilt, &settings.ends.postgres_schema)),
        Err(failure) => {
            let next = next_step(&failure);
            let code = if matches!(failure, RebuildFailure::Begin(RebuildError::UnderWay { .. })) {
                UNDER_WAY.into()
            } else {
                ExitCode::FAILURE
            };
            progress.alarm(&format!("the rebuild failed: {:#}", anyhow::Error::new(failure)));
            progress.alarm(next);
            Ok(code)
        }
    }
}

fn answer(rebuilt: &Rebuilt, schema: &str) -> ExitCode {
    match rebuilt {
        Rebuilt::Switched { position } => {
            tracing::info!(position, "schema {schema} has the new tables; the old ones are dropped");
            ExitCode::SUCCESS
        }
        Rebuilt::Already => {
            tracing::info!(
                "an earlier rebuild of schema {schema} had switched, and was stopped before it could report that; \
                 nothing is left to do. Run it again to start another"
            );
            ExitCode::SUCCESS
        }
        Rebuilt::Parked(streams) => {
            for parked in streams {
                tracing::error!("{parked}");
            }
            tracing::error!(
                "built but not in use, because streams are parked: their later events are missing. Run it again \
                 with --accept-parked to switch anyway, or with --restart to start over"
            );
            PARKED.into()
        }
    }
}

fn next_step(failure: &RebuildFailure) -> &'static str {
    match failure {
        RebuildFailure::Begin(RebuildError::UnderWay { .. }) => {
            "the tables in use are unchanged; wait for the other rebuild to end"
        }
        RebuildFailure::Begin(_) => "the tables in use are unchanged; run it again once this is fixed",
        RebuildFailure::Database(_) => {
            "run it again once the database can be reached: it resumes, or reports that it had already switched"
        }
        RebuildFailure::Log(_) => {
            "the tables in use are unchanged; run it again once the event store can be reached, to resume"
        }
    }
}
