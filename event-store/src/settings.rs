use std::time::Duration;

use eventstore::ClientSettings;

/// The pause that the client makes before its first dial, and between discovery attempts, in milliseconds.
const DISCOVERY_INTERVAL_MS: u64 = 1;

/// With fewer attempts the client gives up before it has dialled.
const LEAST_DISCOVER_ATTEMPTS: usize = 2;

/// How long calls may take and how much they may carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// After this, an append is given up; whether it was written is then unknown.
    pub append_deadline: Duration,
    /// The longest silence in the middle of a read, or before a subscription is confirmed.
    pub read_deadline: Duration,
    /// The most that one append may carry, in bytes; the server's own default is the default here.
    pub max_append_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            append_deadline: Duration::from_secs(10),
            read_deadline: Duration::from_secs(10),
            max_append_bytes: 1024 * 1024,
        }
    }
}

/// A connection string that cannot be used. It never quotes the string, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionStringError {
    /// It is no URL.
    #[error("the event store's connection string is not a URL: {0}")]
    NotAUrl(String),
    /// It is a URL that the client does not understand.
    #[error("the event store's connection string is not understood: {0}")]
    NotUnderstood(String),
}

/// Reads a connection string, such as `esdb://localhost:2113?tls=false`, and amends unsuitable settings of the
/// client.
///
/// The client's HTTP/2 keepalive is on by default, with an interval and a timeout of 10 s, and cannot be faster.
pub(crate) fn parse(connection_string: &str) -> Result<ClientSettings, ConnectionStringError> {
    let given = parse_as_given(connection_string)?;
    let mut amended = connection_string.to_owned();
    if !names(connection_string, "discoveryInterval") {
        add(&mut amended, &format!("discoveryInterval={DISCOVERY_INTERVAL_MS}"));
    }
    if given.max_discover_attempts() < LEAST_DISCOVER_ATTEMPTS {
        add(&mut amended, &format!("maxDiscoverAttempts={LEAST_DISCOVER_ATTEMPTS}"));
    }
    parse_as_given(&amended)
}

fn parse_as_given(connection_string: &str) -> Result<ClientSettings, ConnectionStringError> {
    connection_string.parse().map_err(|error: eventstore::ClientSettingsParseError| match error.error() {
        Some(url) => ConnectionStringError::NotAUrl(url.to_string()),
        None => ConnectionStringError::NotUnderstood(error.message().to_owned()),
    })
}

fn names(connection_string: &str, parameter: &str) -> bool {
    let query = connection_string.split_once('?').map_or("", |(_, query)| query);
    query
        .split('&')
        .any(|pair| pair.split('=').next().is_some_and(|name| name.eq_ignore_ascii_case(parameter)))
}

/// A later parameter overrides an earlier one of the same name.
fn add(connection_string: &mut String, pair: &str) {
    connection_string.push(if connection_string.contains('?') { '&' } else { '?' });
    connection_string.push_str(pair);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_dial_does_not_wait_unless_it_is_told_to() {
        for bare in ["esdb://host:2113", "esdb://host:2113?tls=false", "esdb://a:1,b:2,c:3?tls=false"] {
            assert_eq!(parse(bare).unwrap().discovery_interval(), Duration::from_millis(1), "{bare}");
        }
        let told = parse("esdb://host:2113?tls=false&DISCOVERYinterval=70").unwrap();
        assert_eq!(told.discovery_interval(), Duration::from_millis(70));
    }

    #[test]
    fn a_single_discovery_attempt_is_never_left_single() {
        let parsed = parse("esdb://host:2113?maxDiscoverAttempts=1&tls=false").unwrap();
        assert_eq!(parsed.max_discover_attempts(), 2);
        let parsed = parse("esdb://host:2113?maxDiscoverAttempts=7").unwrap();
        assert_eq!(parsed.max_discover_attempts(), 7);
    }

    #[test]
    fn a_refused_connection_string_is_not_quoted() {
        for bad in ["esdb://admin:secret@host:port", "admin:secret", "esdb://admin:secret@host?tls=secret2"] {
            let message = parse(bad).unwrap_err().to_string();
            assert!(!message.contains("admin:secret"), "{message}");
        }
    }
}
