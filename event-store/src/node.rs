use std::fmt;
use std::sync::Arc;

const DEFAULT_PORT: u16 = 2113;

/// The address of one server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Node {
    host: Arc<str>,
    port: u16,
}

impl Node {
    /// As a cluster names it: a name or an address, without brackets.
    pub(crate) fn new(host: &str, port: u16) -> Self {
        Self { host: host.into(), port }
    }

    /// Reads `host`, `host:port` or `[address]:port`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']')?;
                let port = if port.is_empty() { None } else { Some(port.strip_prefix(':')?) };
                (host.parse::<std::net::Ipv6Addr>().is_ok().then_some(host)?, port)
            }
            None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
        };
        let is_in_a_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
        let is_name = !host.is_empty() && host.bytes().all(is_in_a_name);
        let port = port.map_or(Some(DEFAULT_PORT), |port| port.parse().ok())?;
        is_name.then(|| Self::new(host, port))
    }

    /// Its name or address, without brackets.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}
