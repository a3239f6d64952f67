use std::fmt;
use std::time::Duration;

use redis::Client;
use thiserror::Error;

/// Where Redis is, and how long to wait for it.
#[derive(Clone)]
pub struct RedisSettings {
    /// Includes the password, if there is one.
    pub(super) client: Client,
    pub(super) timeout_after: Duration,
    pub(super) pause: Duration,
}

/// The URL is not an address of Redis. Never shows the URL, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("Redis must be given as redis://user:password@host:port/database, or as rediss://… for TLS")]
pub struct InvalidRedis;

impl RedisSettings {
    /// Takes a `redis://` URL, or `rediss://` for TLS with the certificates that the system trusts.
    pub fn try_new(url: &str) -> Result<Self, InvalidRedis> {
        let is_tls = url.starts_with("rediss://");
        if is_tls {
            // Redis' client uses the process's TLS provider, which must be chosen if there are two. An earlier choice
            // stays.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let client = Client::open(url).ok().filter(|_| is_tls || url.starts_with("redis://"));
        let client = client.ok_or(InvalidRedis)?;
        Ok(Self { client, timeout_after: Duration::from_millis(50), pause: Duration::from_secs(5) })
    }

    /// Sets how long a query waits for Redis before it computes what it needs; by default 50 ms.
    #[must_use]
    pub fn with_timeout(self, timeout_after: Duration) -> Self {
        Self { timeout_after, ..self }
    }

    /// Sets the pause between two attempts to use a failing Redis; by default 5 s.
    #[must_use]
    pub fn with_retry_delay(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }
}

impl fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisSettings").field("timeout_after", &self.timeout_after).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_tell_no_secret() {
        let settings = RedisSettings::try_new("redis://citas:s3cret@cache.example:6379/2").unwrap();
        assert!(!format!("{settings:?}").contains("s3cret"));
        for bad in
            ["http://citas:s3cret@cache", "redis://:s3cret@cache:nowhere", "s3cret", "redis:s3cret", ""]
        {
            let error = RedisSettings::try_new(bad).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"));
        }
        assert!(RedisSettings::try_new("rediss://cache.example").is_ok());
    }
}
