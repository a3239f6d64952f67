use std::sync::PoisonError;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::append::{AppendError, size_of_event};
use crate::event::{ExpectedRevision, binary, json};
use crate::read_error::ReadError;
use crate::store::EventStore;

const SNAPSHOT_TYPE: &str = "Snapshot";
pub(crate) const METADATA_TYPE: &str = "$metadata";
/// A stream's metadata, by which the server keeps its last event alone.
const NEWEST: &str = r#"{"$maxCount":1}"#;

/// A stream folded up to a revision, to spare reading it from its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The version of the payload's form; a reader that does not know it folds from the beginning.
    pub version: u16,
    /// The revision of the last event that is folded in.
    pub revision: u64,
    /// The folded state, in whatever form its owner likes.
    pub payload: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct SnapshotMetadata {
    version: u16,
    revision: u64,
}

impl EventStore {
    /// Saves a snapshot in the stream, of which the server keeps only the newest.
    pub async fn save_snapshot(&self, stream: &str, snapshot: &Snapshot) -> Result<(), AppendError> {
        self.keep_only_the_newest(stream).await?;
        let metadata = SnapshotMetadata { version: snapshot.version, revision: snapshot.revision };
        let metadata = serde_json::to_vec(&metadata).expect("two numbers are JSON");
        let event_id = id_of(&format!("{stream}@{}/{}", snapshot.revision, snapshot.version));
        let size = size_of_event(SNAPSHOT_TYPE, &snapshot.payload, &metadata);
        let event = binary(SNAPSHOT_TYPE, event_id, snapshot.payload.clone(), metadata);
        self.append_proposed(stream, ExpectedRevision::Any, vec![event], size).await.map(drop)
    }

    /// The newest snapshot in the stream, if there is one that can be read.
    pub async fn load_snapshot(&self, stream: &str) -> Result<Option<Snapshot>, ReadError> {
        let Some(event) = self.last_of(stream).await? else {
            return Ok(None);
        };
        match serde_json::from_slice::<SnapshotMetadata>(&event.metadata) {
            Ok(SnapshotMetadata { version, revision }) => {
                Ok(Some(Snapshot { version, revision, payload: event.payload.into() }))
            }
            Err(error) => {
                tracing::warn!(stream, %error, "a snapshot is ignored, because its metadata cannot be read");
                Ok(None)
            }
        }
    }

    /// Never `$maxAge`: by a clock that jumps, it would hide events
    /// that are needed.
    async fn keep_only_the_newest(&self, stream: &str) -> Result<(), AppendError> {
        let known = &self.inner.snapshot_streams;
        if known.lock().unwrap_or_else(PoisonError::into_inner).contains(stream) {
            return Ok(());
        }
        let id = id_of(&format!("$maxCount=1 of {stream}"));
        let newest = vec![json(METADATA_TYPE, id, NEWEST.into(), Vec::new())];
        match self.append_proposed(&format!("$${stream}"), ExpectedRevision::NoStream, newest, 0).await {
            Ok(_) | Err(AppendError::Conflict { .. }) => {
                known.lock().unwrap_or_else(PoisonError::into_inner).insert(stream.into());
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

/// The same snapshot always has the same id, so that saving it again is harmless.
fn id_of(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}
