//! Tells the log that somebody has read from another one at the same address.

use std::sync::Arc;

use schemas::Landmark;

use crate::event::RecordedEvent;
use crate::fault::Asked;
use crate::read_error::ReadError;
use crate::request;
use crate::store::{EventStore, TRY_TIMEOUT};

impl EventStore {
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
        let Landmark { stream, revision, position, event_id } = landmark;
        let mut reading = self.reading(Asked::Stream(stream), TRY_TIMEOUT);
        let found = reading.one(request::stream_event(stream, *revision)).await?;
        let found = found.and_then(|found| RecordedEvent::from_wire(found, &mut Arc::from(&**stream)));
        Ok(found.is_some_and(|found| {
            // Servers before release 22.6 do not say it when one stream is read.
            let is_there = [*position, u64::MAX].contains(&found.position);
            is_there && found.revision == *revision && found.event_id == *event_id
        }))
    }

    /// The position of the last record of the whole log, the server's own included.
    async fn end(&self) -> Result<Option<u64>, ReadError> {
        let mut reading = self.reading(Asked::Log { has_position: false }, TRY_TIMEOUT);
        let last = reading.one(request::log_last()).await?;
        Ok(last.map(|last| last.commit_position))
    }
}
