//! Releases the appointments that were not confirmed in time.
//!
//! The directory knows which are due; the agent's stream decides, so it does no harm that another process sends the same,
//! or that the lead confirms meanwhile.

use std::sync::{Arc, Weak};
use std::time::Duration;

use domain::AgentCommand;
use futures::{StreamExt as _, stream};
use operation::{Code, Problem};
use schemas::CommandId;

use crate::CommandApi;
use crate::directory::Deadline;
use crate::identity::{step_id, system_command};
use crate::send::{MAX_HOPS, always_elsewhere};

/// How often appointments are looked for that are due.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How many are released at the same time.
const AT_ONCE: usize = 16;
/// How many are listed at a time.
const PAGE: usize = 256;

/// Releases unconfirmed appointments as they become due, those of the past first. Ends when the api is dropped.
pub(crate) async fn release_unconfirmed(api: Weak<CommandApi>) {
    let Some(directory) = api.upgrade().map(|api| Arc::clone(&api.directory)) else { return };
    directory.ready().await;
    drop(directory);
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(api) = api.upgrade() else { return };
        api.release_unconfirmed().await;
    }
}

impl CommandApi {
    /// Sends a release for each appointment that is due and not confirmed, as far as the log has been read.
    ///
    /// Does nothing while the clock is in doubt: one that jumped ahead would release what is not due, and a released
    /// appointment may be somebody else's soon.
    pub async fn release_unconfirmed(&self) {
        // Read before the clock is looked at: what is due by then is so by a clock that has not jumped.
        let now = self.now();
        if self.clock().is_err() {
            return;
        }
        let mut last = None;
        loop {
            let due = self.directory.due_to_be_confirmed(now, last, PAGE);
            let Some(end) = due.last().copied() else { return };
            stream::iter(due).map(|due| self.release(due)).buffer_unordered(AT_ONCE).collect::<()>().await;
            last = Some(end);
        }
    }

    async fn release(&self, due: Deadline) {
        match self.send_release(due).await {
            Ok(()) => {}
            // Why the store cannot be used is told already.
            Err(problem) if problem.code() == Code::StoreUnavailable => {}
            Err(problem) => {
                let (_, appointment_id) = due;
                tracing::warn!(%appointment_id, %problem, "appointment not released; it is tried again");
            }
        }
    }

    /// Sends it to the agent who has the appointment, wherever it went.
    async fn send_release(&self, (confirm_by, appointment_id): Deadline) -> Result<(), Problem> {
        let body = AgentCommand::ReleaseUnconfirmed { appointment_id };
        let digest = body.name();
        // The same for every process and every attempt: an appointment is due at one moment only once.
        let command_id = step_id(CommandId::new(appointment_id.uuid()), &format!("{digest}/{confirm_by}"));
        let command = system_command(command_id, digest, body);
        let mut agent_id = self.agent_of(appointment_id).await?;
        for _ in 0..MAX_HOPS {
            match self.execute(&agent_id, command.clone(), command_id.uuid()).await {
                Ok(_) => return Ok(()),
                Err(failure) => agent_id = self.next_agent_of(appointment_id, &agent_id, failure).await?,
            }
        }
        Err(always_elsewhere())
    }
}
