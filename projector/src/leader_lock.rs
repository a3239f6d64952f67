use reactor::{HeldLock, LeaderLock, NotReady, Retry, Running, StoreTrouble};
use read_model::postgres::{HeldLease, HolderProgress, PROJECTION_LEASE};
use read_model::{PostgresReadModel, Unavailable};

/// The lease on the schema that is projected into.
pub(crate) struct SchemaLock<'a>(pub(crate) &'a PostgresReadModel);

pub(crate) struct HeldSchemaLock<'a> {
    lease: HeldLease,
    read_model: &'a PostgresReadModel,
}

impl<'a> LeaderLock for SchemaLock<'a> {
    type Held = HeldSchemaLock<'a>;

    async fn acquire(&self) -> Result<HeldSchemaLock<'a>, Retry> {
        let lease = self.0.lease(PROJECTION_LEASE).acquire().await.map_err(Retry::new)?;
        Ok(HeldSchemaLock { lease, read_model: self.0 })
    }
}

impl HeldSchemaLock<'_> {
    /// The read model that the leader writes, its tables made or migrated.
    pub(crate) async fn lead(&self) -> Result<PostgresReadModel, Unavailable> {
        self.read_model.lead(&self.lease).await
    }

    /// Tells others how far the projection is.
    pub(crate) fn report(&self, projection: Running) {
        self.lease.report(move || {
            let progress = projection.progress();
            let complete = progress.and_then(|progress| progress.complete_until).map(|until| until.elapsed());
            let trouble = match (projection.ready(), projection.store()) {
                (Err(NotReady::CatchingUp { .. }), Ok(()) | Err(StoreTrouble::Unknown))
                | (Ok(()), Ok(())) => None,
                (Err(NotReady::CatchingUp { .. }) | Ok(()), Err(trouble)) => Some(trouble.to_string()),
                (Err(trouble), _) => Some(trouble.to_string()),
            };
            HolderProgress { log_end: progress.map(|progress| progress.log_end), complete, trouble }
        });
    }
}

impl HeldLock for HeldSchemaLock<'_> {
    fn token(&self) -> u64 {
        self.lease.token()
    }

    async fn lost(&self) -> Retry {
        Retry::new(self.lease.lost().await)
    }

    async fn release(self) {
        self.lease.release().await;
    }
}
