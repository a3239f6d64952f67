use std::sync::Arc;

use event_store_protocol::event_store::client::Empty;
use event_store_protocol::event_store::client::streams::read_req::options::FilterOptions;
use event_store_protocol::event_store::client::streams::read_req::options::filter_options::{
    Expression, Filter, Window,
};

/// Every name that does not begin with `$`.
const NOT_THE_SERVERS: &str = r"^[^\$].*";

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
    pub(crate) fn to_wire(&self) -> FilterOptions {
        let regex = if self.prefixes.is_empty() { NOT_THE_SERVERS.to_owned() } else { String::new() };
        let names = Expression { regex, prefix: self.prefixes.to_vec() };
        FilterOptions {
            filter: Some(Filter::StreamIdentifier(names)),
            window: Some(Window::Count(Empty {})),
            checkpoint_interval_multiplier: 1,
        }
    }
}
