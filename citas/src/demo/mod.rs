//! A believable agency to try things on: five agents in three cities, Chile's holidays, vacations and four weeks of
//! appointments.
//!
//! Every command has a key of its own, so that a filling that was cut short is completed by the next start.

mod agency;
mod bookings;
mod holidays;

use anyhow::Result;
use command_api::{CommandApi, FRESH_OFFICE_NAME};

use agency::AGENTS;

/// Fills an empty store. One that was set up before is left alone, but for a filling that was cut short.
pub(crate) async fn fill(commands: &CommandApi, fresh: bool) -> Result<()> {
    // The agency gets its name when all else is done.
    let cut_short = commands.knows_agent(&AGENTS[0].id()).await?
        && commands.office_name().await?.as_deref() == Some(FRESH_OFFICE_NAME);
    if !fresh && !cut_short {
        tracing::warn!("--demo fills empty stores only; this one has data of its own and stays as it is");
        return Ok(());
    }
    agency::set_up(commands).await?;
    holidays::block(commands).await?;
    let booked = bookings::book(commands).await?;
    agency::name(commands).await?;
    tracing::info!(agents = AGENTS.len(), appointments = booked, "demonstration agency filled in");
    Ok(())
}
