use std::sync::Arc;

use eventstore::SubscriptionFilter;

/// Which streams of the whole log to read, by the prefixes of their names.
///
/// Events of the server's own, whose stream or type begins with `$`, are left out whatever the filter says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamFilter {
    prefixes: Arc<[String]>,
}

impl StreamFilter {
    /// Every stream that is not the server's own.
    pub fn all() -> Self {
        Self::default()
    }

    /// Streams whose name begins with one of these; with no prefix or an empty one, every stream.
    pub fn prefixes<P: Into<String>>(prefixes: impl IntoIterator<Item = P>) -> Self {
        let prefixes: Arc<[String]> = prefixes.into_iter().map(Into::into).collect();
        if prefixes.iter().any(String::is_empty) { Self::all() } else { Self { prefixes } }
    }

    /// The server takes prefixes or an expression; as no prefix of ours begins with `$`, either will do.
    pub(crate) fn to_client(&self) -> SubscriptionFilter {
        let filter = SubscriptionFilter::on_stream_name();
        if self.prefixes.is_empty() {
            filter.exclude_system_events()
        } else {
            self.prefixes.iter().fold(filter, SubscriptionFilter::add_prefix)
        }
    }
}

/// Whether an event is the server's own, such as stream metadata, a tombstone or a statistic.
pub(crate) fn is_system(event: &eventstore::RecordedEvent) -> bool {
    event.event_type.starts_with('$') || event.stream_id().starts_with('$')
}
