//! Accepted connections, on which a client has to begin to speak in time, with the kernel's delays turned off: `TCP_NODELAY` and,
//! on Linux, `TCP_QUICKACK`.
//!
//! Clients of this protocol are known to leave Nagle's algorithm on: their second small packet waits for
//! our acknowledgement, which the kernel delays by 40 ms unless told otherwise after every read.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::{Stream, stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;
use tonic::transport::server::Connected;

/// Pause after a failed accept: without file handles left, the next one would fail at once.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(50);

/// Within this time, a client has said by which protocol it speaks.
const BEGUN_WITHIN: Duration = Duration::from_secs(10);
/// How long a client of HTTP/2 says so; a request of HTTP/1.1 is longer.
const PREFACE_BYTES: usize = 24;

pub(crate) struct Connection {
    stream: TcpStream,
    /// Until the client has begun to speak.
    begins: Option<Begins>,
}

struct Begins {
    missing: usize,
    until: Pin<Box<Sleep>>,
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        let until = Box::pin(tokio::time::sleep(BEGUN_WITHIN));
        Self { stream, begins: Some(Begins { missing: PREFACE_BYTES, until }) }
    }

    /// Takes note of so many bytes that have come.
    fn has_read(&mut self, bytes: usize) {
        if let Some(begins) = &mut self.begins {
            begins.missing = begins.missing.saturating_sub(bytes);
        }
        self.begins.take_if(|begins| begins.missing == 0);
    }
}

pub(crate) fn connections(listener: TcpListener) -> impl Stream<Item = io::Result<Connection>> {
    stream::unfold(listener, |listener| async move {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    // Only latency depends on it.
                    stream.set_nodelay(true).ok();
                    return Some((Ok(Connection::new(stream)), listener));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
                }
            }
        }
    })
}

impl Connected for Connection {
    type ConnectInfo = Option<SocketAddr>;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.stream.peer_addr().ok()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let filled = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_pending()
            && let Some(begins) = &mut self.begins
        {
            ready!(begins.until.as_mut().poll(context));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let result = ready!(read);
        self.has_read(buffer.filled().len() - filled);
        acknowledge_at_once(&self.stream);
        Poll::Ready(result)
    }
}

#[cfg(target_os = "linux")]
fn acknowledge_at_once(stream: &TcpStream) {
    // Only latency depends on it.
    rustix::net::sockopt::set_tcp_quickack(stream, true).ok();
}

#[cfg(not(target_os = "linux"))]
fn acknowledge_at_once(_: &TcpStream) {}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
