use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use uuid::Uuid;

/// One lock per key: work on the same thing runs one at a time within this process.
///
/// Correctness between processes does not depend on it: the streams' expected revisions ensure that.
#[derive(Debug, Default)]
pub(crate) struct KeyedLocks(Mutex<HashMap<Uuid, Arc<AsyncMutex<()>>>>);

impl KeyedLocks {
    /// Locks a key until the guard is dropped.
    pub(crate) async fn take(&self, of: Uuid) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Removes the locks that nobody holds or waits for.
            locks.retain(|_, lock| Arc::strong_count(lock) > 1);
            Arc::clone(locks.entry(of).or_default())
        };
        lock.lock_owned().await
    }
}
