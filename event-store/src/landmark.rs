//! Tells the log that somebody has read from another one at the same address.

use schemas::Landmark;

use crate::event::is_landmark;
use crate::fault::{Asked, Fault};
use crate::read_error::ReadError;
use crate::request;
use crate::store::{EventStore, TRY_TIMEOUT};

impl EventStore {
    /// From now on, nothing is sent on a new connection before this event is found: without it, the log is another one than was
    /// read, and everything fails with [`Cause::OtherLog`](crate::Cause::OtherLog). Of several, the one furthest in the log
    /// counts.
    ///
    /// For whoever keeps in memory what was read: nothing of another log gets into it, and nothing that follows from it into
    /// another log.
    pub fn expect(&self, landmark: Landmark) {
        self.inner.cluster.expect(landmark);
    }

    /// Whether the log had the [expected](Self::expect) event when a connection was made last.
    pub fn recognised(&self) -> Result<(), Fault> {
        self.inner.cluster.recognised()
    }

    /// Whether this is the log that somebody has read up to a position: it has the landmark, and does not end before the
    /// position.
    ///
    /// It is not after the store was replaced, restored to an earlier moment, or exchanged for another one.
    pub async fn was_read(
        &self,
        landmark: Option<&Landmark>,
        position: Option<u64>,
    ) -> Result<bool, ReadError> {
        if let Some(landmark) = landmark
            && !self.has(landmark).await?
        {
            return Ok(false);
        }
        // Beyond the landmark there was no event that could be one.
        if position <= landmark.map(|landmark| landmark.position) {
            return Ok(true);
        }
        Ok(position <= self.end().await?)
    }

    async fn has(&self, landmark: &Landmark) -> Result<bool, ReadError> {
        let mut reading = self.reading(Asked::Stream(&landmark.stream), TRY_TIMEOUT);
        let found = reading.one(request::landmark(landmark)).await?;
        Ok(found.is_some_and(|found| is_landmark(&found, landmark)))
    }

    /// The position of the last record of the whole log, the server's own included.
    async fn end(&self) -> Result<Option<u64>, ReadError> {
        let mut reading = self.reading(Asked::Log { has_position: false }, TRY_TIMEOUT);
        let last = reading.one(request::log_last()).await?;
        Ok(last.map(|last| last.commit_position))
    }
}
