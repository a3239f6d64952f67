//! `projector rebuild`: what a person or a job says to it, and what it answers.

use std::io::{IsTerminal as _, stderr};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use projector::rebuild::{Plan, Progress, RebuildFailure, Rebuilt, rebuild as run};
use read_model::postgres::RebuildError;
use service::{subcommand_settings, until_signalled};

use crate::{Ends, Settings};

const UNDER_WAY: u8 = 3;
const PARKED: u8 = 4;
const SIGNALLED: u8 = 130;

/// Builds the tables anew from the whole log, beside those in use, and puts them in their place in one step.
///
/// The projector goes on meanwhile, and so do queries; neither has to be stopped or told. It can be ended at any
/// moment: run again, it goes on where it was.
#[derive(Debug, Parser)]
#[command(
    name = "projector rebuild",
    bin_name = "projector rebuild",
    after_help = "Answers with 0 once what was built is in use; 1 if it failed or cannot be with these settings, \
        which the log explains; 2 if flags are wrong; 3 if another rebuild is under way; 4 if it is built and not in \
        use, because streams are parked in it; 130 if it was told to stop."
)]
struct RebuildSettings {
    #[command(flatten)]
    ends: Ends,
    /// Drop what an ended rebuild has left, instead of going on with it.
    #[arg(long)]
    restart: bool,
    /// Put it in use even if streams are parked in it, whose later events it leaves out.
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
            progress.say("stopped; what is in use is as it was. Run it again to go on where it was");
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
            progress.alarm(&format!("not rebuilt: {:#}", anyhow::Error::new(failure)));
            progress.alarm(next);
            Ok(code)
        }
    }
}

fn answer(rebuilt: &Rebuilt, schema: &str) -> ExitCode {
    match rebuilt {
        Rebuilt::Switched { position } => {
            tracing::info!(
                position,
                "schema {schema} has the tables that were built; those before are dropped"
            );
            ExitCode::SUCCESS
        }
        Rebuilt::Already => {
            tracing::info!(
                "an earlier rebuild of schema {schema} was put in use, and ended before it could say so; there is \
                 nothing left to do. Run it again to build another"
            );
            ExitCode::SUCCESS
        }
        Rebuilt::Parked(streams) => {
            for parked in streams {
                tracing::error!("{parked}");
            }
            tracing::error!(
                "built and not put in use, because streams are parked in it: their later events are missing. Run it \
                 again with --accept-parked to put it in use all the same, or with --restart to build it anew"
            );
            PARKED.into()
        }
    }
}

fn next_step(failure: &RebuildFailure) -> &'static str {
    match failure {
        RebuildFailure::Begin(RebuildError::UnderWay { .. }) => {
            "what is in use is as it was; wait for the other to end"
        }
        RebuildFailure::Begin(_) => "what is in use is as it was; run it again once that is mended",
        RebuildFailure::Database(_) => {
            "run it again once the database answers: it goes on where it was, and says so if it was in use already"
        }
        RebuildFailure::Log(_) => {
            "what is in use is as it was; run it again once the event store answers, to go on"
        }
    }
}
