//! A minimal HTTP client with one connection: writes a request, then reads its reply to the end.

use std::io::Write as _;
use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const MAX_HEADERS: usize = 32;

/// The address of a server, and the token for it.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
}

impl Target {
    /// A request as it goes over the wire. `headers` are whole lines.
    pub(crate) fn request(&self, method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
        let Self { address, token } = self;
        let length = body.len();
        let mut request = Vec::with_capacity(512);
        write!(
            request,
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        )
        .expect("writing to a vector cannot fail");
        request
    }
}

/// Sends occasional requests, each over a new connection: an idle one would be closed.
#[derive(Debug)]
pub(crate) struct Session {
    target: Target,
    connection: Connection,
}

impl Session {
    pub(crate) async fn open(target: &Target) -> Result<Self> {
        Ok(Self { target: target.clone(), connection: Connection::open(target.address).await? })
    }

    pub(crate) async fn get(&mut self, path: &str) -> Result<Reply<'_>> {
        self.send(&self.target.request("GET", path, "", "")).await
    }

    /// Sends a command, and fails unless the reply has this status.
    pub(crate) async fn command(
        &mut self,
        method: &str,
        path: &str,
        content: &serde_json::Value,
        status: u16,
    ) -> Result<Reply<'_>> {
        let request = self.target.request(method, path, "", &content.to_string());
        self.send(&request).await?.expect(status).with_context(|| path.to_owned())
    }

    async fn send(&mut self, request: &[u8]) -> Result<Reply<'_>> {
        self.connection = Connection::open(self.target.address).await?;
        self.connection.send(request).await
    }
}

#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// A reply.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reply<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

impl Reply<'_> {
    /// Fails, with the text of the reply, unless it has this status.
    pub(crate) fn expect(self, status: u16) -> Result<Self> {
        ensure!(self.status == status, "{} instead of {status}: {}", self.status, self.text());
        Ok(self)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_slice(self.body).with_context(|| format!("not JSON: {}", self.text()))
    }
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(16 * 1024) })
    }

    /// Sends one request and waits for its reply.
    pub(crate) async fn send(&mut self, request: &[u8]) -> Result<Reply<'_>> {
        self.received.clear();
        self.stream.write_all(request).await?;
        let (status, body_at, end) = loop {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                bail!("the server closed the connection");
            }
            if let Some(head) = read_head(&self.received)? {
                break head;
            }
        };
        while self.received.len() < end {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                bail!("the server closed the connection in the middle of a reply");
            }
        }
        Ok(Reply { status, body: &self.received[body_at..end] })
    }
}

/// The status, and where the body begins and ends; none while the head is incomplete.
fn read_head(received: &[u8]) -> Result<Option<(u16, usize, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(body_at) = response.parse(received)? else { return Ok(None) };
    let length = response
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .context("a reply without a length")?;
    let length: usize = std::str::from_utf8(length.value)?.parse()?;
    Ok(Some((response.code.context("a reply without a status")?, body_at, body_at + length)))
}
