use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use eventstore::ClientSettings;

use crate::connection::Connection;

/// Connections for subscriptions, one each.
///
/// All that goes over one connection shares its flow-control window: a few subscribers that stop reading would
/// hold up everybody's calls. A dropped client never closes its connection, so lanes are kept and used again.
pub(crate) struct Lanes {
    settings: ClientSettings,
    free: Mutex<Vec<Arc<Connection>>>,
}

/// A connection of one's own, given back when dropped.
pub(crate) struct Lane {
    connection: Arc<Connection>,
    lanes: Arc<Lanes>,
}

impl Lanes {
    pub(crate) fn new(settings: ClientSettings) -> Arc<Self> {
        Arc::new(Self { settings, free: Mutex::default() })
    }

    pub(crate) fn take(self: &Arc<Self>) -> Lane {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = free.unwrap_or_else(|| Connection::new(self.settings.clone()));
        Lane { connection, lanes: Arc::clone(self) }
    }
}

impl Deref for Lane {
    type Target = Arc<Connection>;

    fn deref(&self) -> &Self::Target {
        &self.connection
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        let mut free = self.lanes.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(Arc::clone(&self.connection));
    }
}
