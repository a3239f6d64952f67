use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::renewal::Renewal;
use super::{ATTEMPT, HolderProgress};
use crate::Unavailable;

type Progress = dyn Fn() -> HolderProgress + Send + Sync;

/// A lease that this process holds, and renews until it is lost, released or dropped. If it is dropped, it expires within
/// seconds.
pub struct HeldLease {
    name: &'static str,
    token: u64,
    progress: Arc<OnceLock<Box<Progress>>>,
    /// Why it was lost, if it was. Closed once it is not renewed any more.
    lost: watch::Receiver<Option<Unavailable>>,
    release: watch::Sender<bool>,
    renewing: AbortHandle,
}

impl HeldLease {
    pub(super) fn keep(renewal: Renewal) -> Self {
        let (lost, was_lost) = watch::channel(None);
        let (release, released) = watch::channel(false);
        let progress = Arc::<OnceLock<Box<Progress>>>::default();
        let (name, token) = (renewal.name(), renewal.token());
        let renewing = tokio::spawn(keep(renewal, Arc::clone(&progress), released, lost)).abort_handle();
        Self { name, token, progress, lost: was_lost, release, renewing }
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The fencing token: greater than that of every earlier holder.
    pub const fn token(&self) -> u64 {
        self.token
    }

    /// Tells others with each renewal how far the work is. The first call counts.
    pub fn report(&self, progress: impl Fn() -> HolderProgress + Send + Sync + 'static) {
        self.progress.get_or_init(|| Box::new(progress));
    }

    /// Waits until this process may not count on it any more, and returns why. At least a second is left then until another may
    /// take it, unless the process was paused.
    pub async fn lost(&self) -> Unavailable {
        let mut lost = self.lost.clone();
        let why = lost.wait_for(Option::is_some).await.ok().and_then(|why| why.clone());
        why.unwrap_or_else(|| Unavailable { reason: "the lease is not renewed any more".to_owned() })
    }

    /// Ends it, for another process to take at once.
    pub async fn release(self) {
        self.release.send_replace(true);
        let mut lost = self.lost.clone();
        let ended = async { while lost.changed().await.is_ok() {} };
        // A renewal may be under way. If the database does not respond, the lease expires by itself.
        let _ = timeout(2 * ATTEMPT, ended).await;
    }
}

impl Drop for HeldLease {
    fn drop(&mut self) {
        self.renewing.abort();
    }
}

impl fmt::Debug for HeldLease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldLease")
            .field("name", &self.name)
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

async fn keep(
    mut renewal: Renewal,
    progress: Arc<OnceLock<Box<Progress>>>,
    mut released: watch::Receiver<bool>,
    lost: watch::Sender<Option<Unavailable>>,
) {
    let mut pause = Duration::ZERO;
    let why = loop {
        tokio::select! {
            // It changes once.
            _ = released.changed() => return renewal.release().await,
            () = sleep(pause) => {}
        }
        match renewal.renew(progress.get().map(|progress| progress()).unwrap_or_default()).await {
            Ok(next) => pause = next,
            Err(why) => break why,
        }
    };
    lost.send_replace(Some(why));
}
