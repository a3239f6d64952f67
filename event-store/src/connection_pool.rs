use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use eventstore::ClientSettings;

use crate::connection::Connection;

/// Connections for subscriptions, one each.
///
/// Everything on one connection shares its flow-control window: a few subscribers that stop reading would hold up all
/// calls. A dropped client never closes its connection, so connections are kept and reused.
pub(crate) struct ConnectionPool {
    settings: ClientSettings,
    free: Mutex<Vec<Arc<Connection>>>,
}

/// A connection for exclusive use, returned to the pool when dropped.
pub(crate) struct PooledConnection {
    connection: Arc<Connection>,
    pool: Arc<ConnectionPool>,
}

impl ConnectionPool {
    pub(crate) fn new(settings: ClientSettings) -> Arc<Self> {
        Arc::new(Self { settings, free: Mutex::default() })
    }

    pub(crate) fn take(self: &Arc<Self>) -> PooledConnection {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = free.unwrap_or_else(|| Connection::new(self.settings.clone()));
        PooledConnection { connection, pool: Arc::clone(self) }
    }
}

impl Deref for PooledConnection {
    type Target = Arc<Connection>;

    fn deref(&self) -> &Self::Target {
        &self.connection
    }
}

impl Drop for PooledConnection {
    fn drop(&mut self) {
        let mut free = self.pool.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(Arc::clone(&self.connection));
    }
}
