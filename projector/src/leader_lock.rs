use reactor::{HeldLock, LeaderLock, Retry};
use read_model::PostgresReadModel;
use read_model::postgres::HeldLeaderLock;

/// The leader lock of the schema that is projected into.
pub(crate) struct SchemaLock<'a>(pub(crate) &'a PostgresReadModel);

pub(crate) struct HeldSchemaLock(HeldLeaderLock);

impl LeaderLock for SchemaLock<'_> {
    type Held = HeldSchemaLock;

    async fn acquire(&self) -> Result<HeldSchemaLock, Retry> {
        self.0.acquire_leader_lock().await.map(HeldSchemaLock).map_err(Retry::new)
    }
}

impl HeldLock for HeldSchemaLock {
    async fn lost(&mut self) -> Retry {
        Retry::new(self.0.lost().await)
    }
}
