//! The demonstration agency of `--demo`: agents by area, Chile's holidays, vacations, and appointments with leads.
//!
//! Every command has an idempotency key of its own, so that the next start completes an interrupted filling.
//!
//! - `agency.rs`: the office and its agents. `holidays.rs`: when the office is closed.
//! - `plan.rs`: which appointments there are, of `people.rs` in `properties.rs`, by `seeded_rng.rs`.
//! - `appointments.rs` makes them; `progress.rs` tells how far it is.

mod agency;
mod appointments;
mod holidays;
mod kind;
mod people;
mod plan;
mod progress;
mod properties;
mod seeded_rng;

use std::sync::Arc;

use anyhow::Result;
use availability::zone;
use chrono_tz::Tz;
use command_api::{CommandApi, FRESH_OFFICE_NAME};

use agency::AGENTS;
pub(crate) use progress::Progress;

/// Fills a store that has no agents, or completes an interrupted filling. Leaves any other store unchanged.
pub(crate) async fn fill(commands: &Arc<CommandApi>, progress: &Progress) -> Result<()> {
    if commands.has_agents().await? && !agency::is_begun(commands).await? {
        tracing::warn!("--demo fills a store without agents; this one has agents, and is left as it is");
        progress.end();
        return Ok(());
    }
    let today = zone::local_date(Tz::America__Santiago, commands.now());
    let planned = plan::appointments(today, appointments::DAYS);
    progress.begin(planned.len());
    // An office that has a name of its own keeps it, with its days off.
    let is_fresh = commands.office_name().await?.as_deref() == Some(FRESH_OFFICE_NAME);
    agency::set_up(commands).await?;
    if is_fresh {
        agency::link(commands).await?;
        holidays::block(commands).await?;
    }
    let booked = appointments::book(commands, &planned, progress).await?;
    if is_fresh {
        agency::name(commands).await?;
    }
    agency::finish(commands).await?;
    tracing::info!(agents = AGENTS.len(), appointments = booked, "the demonstration agency is complete");
    progress.end();
    Ok(())
}
