//! The demo agency of `--demo`: five agents in three cities, Chile's holidays, vacations and four weeks of
//! appointments.
//!
//! Every command has an idempotency key of its own, so that the next start completes an interrupted filling.

mod agency;
mod bookings;
mod holidays;

use anyhow::Result;
use command_api::{CommandApi, FRESH_OFFICE_NAME};

use agency::AGENTS;

/// Fills an empty store, or completes an interrupted filling. Leaves any other store unchanged.
pub(crate) async fn fill(commands: &CommandApi, fresh: bool) -> Result<()> {
    // The agency is named last: agents under the default name are those of an interrupted filling.
    let interrupted = commands.knows_agent(&AGENTS[0].id()).await?
        && commands.office_name().await?.as_deref() == Some(FRESH_OFFICE_NAME);
    if !fresh && !interrupted {
        tracing::warn!("--demo fills empty stores only; this one has data already and is left unchanged");
        return Ok(());
    }
    agency::set_up(commands).await?;
    holidays::block(commands).await?;
    let booked = bookings::book(commands).await?;
    agency::name(commands).await?;
    tracing::info!(agents = AGENTS.len(), appointments = booked, "demo agency created");
    Ok(())
}
