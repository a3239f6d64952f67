//! The few requests of an import, to a process or a gateway without encryption.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// Longer than a command takes while the store chooses a new leader.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Far more than a page of blocks.
const MAX_ANSWER_BYTES: u64 = 8 * 1024 * 1024;

/// Sends requests with an admin's token.
#[derive(Debug)]
pub(super) struct Client {
    authority: String,
    token: String,
}

impl Client {
    /// For an address such as `http://127.0.0.1:8080`.
    pub(super) fn new(url: &str, token: String) -> Result<Self> {
        let authority = url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
        match authority {
            Some(authority) if authority.contains(':') && !authority.contains('/') => {
                Ok(Self { authority: authority.to_owned(), token })
            }
            _ => bail!("{url} is not of the form http://host:port: name a process of this network"),
        }
    }

    /// Sends a request and returns the answer, an error unless its status is a success.
    pub(super) fn send(
        &self,
        method: &str,
        path: &str,
        if_match: Option<u64>,
        body: Option<&Value>,
    ) -> Result<Value> {
        let Self { authority, token } = self;
        let mut connection =
            TcpStream::connect(authority).with_context(|| format!("nothing answers on {authority}"))?;
        connection.set_read_timeout(Some(TIMEOUT))?;
        connection.set_write_timeout(Some(TIMEOUT))?;
        let body = body.map(Value::to_string).unwrap_or_default();
        let condition = if_match.map(|version| format!("If-Match: \"{version}\"\r\n")).unwrap_or_default();
        let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
        write!(
            connection,
            "{method} {path} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\n{condition}{kind}\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        connection
            .take(MAX_ANSWER_BYTES)
            .read_to_string(&mut answer)
            .with_context(|| format!("{authority} does not answer"))?;
        let (head, body) =
            answer.split_once("\r\n\r\n").with_context(|| format!("{authority} does not speak HTTP"))?;
        let status = head.split(' ').nth(1).unwrap_or_default();
        if !status.starts_with('2') {
            bail!("{method} {path} was answered with {status}: {body}");
        }
        serde_json::from_str(body).with_context(|| format!("{method} {path} was answered without JSON"))
    }
}
