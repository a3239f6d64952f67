use uuid::Uuid;

use crate::append::AppendError;
use crate::event::{ExpectedRevision, json};
use crate::snapshot::METADATA_TYPE;
use crate::store::EventStore;

/// The metadata of a stream that is deleted as a whole, as a server writes it: what comes later can still be read.
const DELETED: &str = r#"{"$tb":9223372036854775807}"#;

impl EventStore {
    /// Deletes a stream as a whole. The server gives its space free in its own time.
    pub async fn delete_stream(&self, stream: &str) -> Result<(), AppendError> {
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("$tb of {stream}").as_bytes());
        let deleted = vec![json(METADATA_TYPE, id, DELETED.into(), Vec::new())];
        self.append_proposed(&format!("$${stream}"), ExpectedRevision::Any, deleted, 0).await.map(drop)
    }
}
