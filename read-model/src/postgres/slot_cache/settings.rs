use std::fmt;
use std::time::Duration;

use redis::Client;
use thiserror::Error;

/// Where Redis is, and how long it is waited for.
#[derive(Clone)]
pub struct RedisSettings {
    /// With the password in it, if there is one.
    pub(super) client: Client,
    pub(super) patience: Duration,
    pub(super) pause: Duration,
}

/// That this is no address of Redis. Says nothing of the URL, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "Redis must be given as redis://user:password@host:port/database, or as rediss://… where it speaks TLS"
)]
pub struct InvalidRedis;

impl RedisSettings {
    /// A `redis://` URL, or `rediss://` for TLS with the certificates that the system trusts.
    pub fn try_new(url: &str) -> Result<Self, InvalidRedis> {
        let is_tls = url.starts_with("rediss://");
        if is_tls {
            // Redis' client takes the process's own, and there may be two to choose from. One that is chosen already stays.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let client = Client::open(url).ok().filter(|_| is_tls || url.starts_with("redis://"));
        let client = client.ok_or(InvalidRedis)?;
        Ok(Self { client, patience: Duration::from_millis(50), pause: Duration::from_secs(5) })
    }

    /// How long a question waits for Redis at the most before it computes what it needs; 50 ms unless said otherwise.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// How long a Redis that fails is left alone between two attempts; 5 s unless said otherwise.
    #[must_use]
    pub fn with_pause(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }
}

impl fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisSettings").field("patience", &self.patience).finish_non_exhaustive()
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
