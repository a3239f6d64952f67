//! A connection that is closed once its client takes too long.

use std::future::{Ready, ready};
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::admission::Admission;
use super::exchange::HEAD_TIMEOUT;
use super::{Exchange, OpenConnections, metrics, parser_refusal};

/// While an answer is held up, so much of it has to be taken within [`TAKING_TIMEOUT`].
const TAKING_AT_LEAST: usize = 64 * 1024;
/// How much is read before the server looks for requests in it.
const READ_AT_ONCE: usize = 32 * 1024;
/// How long a client that is turned away may take to read why.
const FAREWELL: Duration = Duration::from_secs(1);
/// See [`TAKING_AT_LEAST`].
const TAKING_TIMEOUT: Duration = Duration::from_secs(30);

/// A connection with its place among the open ones and the time limits of its phases.
#[derive(Debug)]
pub(crate) struct LimitedStream {
    io: TcpStream,
    exchange: Rc<Exchange>,
    timer: Pin<Box<Sleep>>,
    /// Since when the client does not take its answer as fast as it is written, and how much it has taken since.
    held_up: Option<(Instant, usize)>,
    /// What is still to be written of an answer in place of the parser's own.
    refusal: Vec<u8>,
    /// How much was read without a pause.
    unpaused: usize,
    /// Whether bytes were left unread until the present request is answered.
    has_left_bytes: bool,
    _admission: Admission,
}

/// Gives the connection a place, or tells its client that there is none.
pub(crate) fn admit(
    connections: &OpenConnections,
    io: TcpStream,
) -> Ready<Result<(LimitedStream, Option<std::net::SocketAddr>), ()>> {
    let peer = io.peer_addr().ok();
    let address = peer.map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.ip());
    ready(match connections.admit(address) {
        Ok(admission) => {
            let stream = LimitedStream::new(io, admission, Instant::now());
            Ok((stream, peer))
        }
        Err(full) => {
            metrics::refused(full.label()).increment(1);
            if let Some(farewell) = connections.farewell() {
                actix_web::rt::spawn(turn_away(io, farewell));
            }
            Err(())
        }
    })
}

/// Tells the client that there is no place. A connection that is closed before its request is read would lose the answer.
async fn turn_away(mut io: TcpStream, _farewell: OwnedSemaphorePermit) {
    let whole = async {
        io.write_all(&parser_refusal::answer(&parser_refusal::full())).await?;
        io.shutdown().await?;
        tokio::io::copy(&mut io, &mut tokio::io::sink()).await
    };
    // Whoever is slower does not get it.
    timeout(FAREWELL, whole).await.ok();
}

impl LimitedStream {
    fn new(io: TcpStream, admission: Admission, now: Instant) -> Self {
        Self {
            io,
            exchange: Rc::new(Exchange::new(now)),
            timer: Box::pin(sleep_until(now + HEAD_TIMEOUT)),
            held_up: None,
            refusal: Vec::new(),
            unpaused: 0,
            has_left_bytes: false,
            _admission: admission,
        }
    }

    /// What the application tells of this connection's requests.
    pub(crate) fn exchange(&self) -> Rc<Exchange> {
        Rc::clone(&self.exchange)
    }

    fn deadline(&self) -> Option<Instant> {
        let taking = self.held_up.map(|(since, _)| since + TAKING_TIMEOUT);
        self.exchange.head_deadline().into_iter().chain(taking).min()
    }

    /// Ready once the client has taken too long.
    fn poll_deadline(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let Some(deadline) = self.deadline() else { return Poll::Pending };
            if deadline <= Instant::now() {
                return Poll::Ready(());
            }
            // An earlier end is left as it is: then the deadline is looked at again.
            if self.timer.is_elapsed() || self.timer.deadline() > deadline {
                self.timer.as_mut().reset(deadline);
            }
            if self.timer.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// The error that closes the connection. A client that was still sending is told why.
    fn timed_out(&self) -> io::Error {
        if self.held_up.is_some() {
            metrics::timed_out(metrics::ANSWER).increment(1);
        } else if self.exchange.awaits_head() {
            metrics::timed_out(metrics::HEAD).increment(1);
            self.io.try_write(&parser_refusal::answer(&parser_refusal::slow_head())).ok();
        }
        io::ErrorKind::TimedOut.into()
    }

    fn poll_send(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.io).poll_write(context, bytes);
        match sent {
            Poll::Pending => {
                self.held_up.get_or_insert_with(|| (Instant::now(), 0));
                if self.poll_deadline(context).is_ready() {
                    return Poll::Ready(Err(self.timed_out()));
                }
            }
            Poll::Ready(Ok(sent)) => {
                if let Some((_, taken)) = &mut self.held_up {
                    *taken += sent;
                    if *taken >= TAKING_AT_LEAST {
                        self.held_up = None;
                    }
                }
            }
            Poll::Ready(Err(_)) => {}
        }
        sent
    }

    /// Finds out whether the client is gone, and reads nothing: what is already here is for a later request. The server
    /// would collect it without a limit, and go round and round for as long as the client takes no answers.
    fn poll_gone(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut byte = [0];
        match self.io.poll_peek(context, &mut ReadBuf::new(&mut byte)) {
            Poll::Ready(Ok(0)) => return Poll::Ready(Ok(())),
            Poll::Ready(Ok(_)) => self.has_left_bytes = true,
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => {}
        }
        if self.poll_deadline(context).is_ready() {
            return Poll::Ready(Err(self.timed_out()));
        }
        Poll::Pending
    }

    /// Writes what is left of an answer in place of the parser's.
    fn poll_refusal(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.refusal.is_empty() {
            let refusal = std::mem::take(&mut self.refusal);
            let sent = self.poll_send(context, &refusal);
            self.refusal = refusal;
            match sent {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Ready(Ok(sent)) => drop(self.refusal.drain(..sent)),
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for LimitedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.exchange.reads_nothing() {
            return self.poll_gone(context);
        }
        let before = buffer.filled().len();
        if self.unpaused >= READ_AT_ONCE {
            // So that the requests in it are looked at first.
            self.unpaused = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let read = Pin::new(&mut self.io).poll_read(context, buffer);
        let bytes = &buffer.filled()[before..];
        if bytes.is_empty() {
            self.unpaused = 0;
        } else {
            self.unpaused += bytes.len();
            self.exchange.received(bytes, Instant::now());
        }
        // A client that sends a byte at a time must not get around the limit.
        if self.poll_deadline(context).is_ready() {
            return Poll::Ready(Err(self.timed_out()));
        }
        read
    }
}

impl AsyncWrite for LimitedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.exchange.expects_head() {
            return self.poll_send(context, bytes);
        }
        // No request is with the application, so this is the parser's refusal, which has no body.
        if self.refusal.is_empty() {
            let Some(status) = parser_refusal::status_of(bytes) else {
                return self.poll_send(context, bytes);
            };
            self.refusal = parser_refusal::answer(&parser_refusal::problem(status));
        }
        self.poll_refusal(context).map_ok(|()| bytes.len())
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(context);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.held_up = None;
            self.exchange.flushed(Instant::now());
            if self.exchange.expects_head() && std::mem::take(&mut self.has_left_bytes) {
                context.waker().wake_by_ref();
            }
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpListener;

    use super::*;
    use crate::connections::ConnectionLimits;

    /// A connection and its client, in a time that passes while nothing happens.
    async fn connection() -> (LimitedStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (io, _) = listener.accept().await.unwrap();
        let limits = ConnectionLimits { total: 1, per_address: 1, gateways: Vec::new() };
        let (stream, _) = admit(&OpenConnections::new(limits), io).await.unwrap();
        tokio::time::pause();
        (stream, client)
    }

    /// Reads for as long as it works.
    async fn read_out(stream: &mut LimitedStream) -> io::ErrorKind {
        let mut buffer = [0; 64];
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) => return io::ErrorKind::UnexpectedEof,
                Ok(_) => {}
                Err(error) => return error.kind(),
            }
        }
    }

    /// Sends a byte every two seconds, for ever.
    async fn drip(client: &mut TcpStream) {
        let mut ticks = tokio::time::interval(Duration::from_secs(2));
        while client.write_all(b"x").await.is_ok() {
            ticks.tick().await;
        }
    }

    #[tokio::test]
    async fn a_head_that_comes_a_byte_at_a_time_is_given_up() {
        let (mut stream, mut client) = connection().await;
        let began = Instant::now();
        tokio::select! {
            kind = read_out(&mut stream) => assert_eq!(kind, io::ErrorKind::TimedOut),
            () = drip(&mut client) => panic!("the connection broke"),
        }
        assert_eq!(began.elapsed().as_secs(), HEAD_TIMEOUT.as_secs());
        let mut told = [0; 12];
        client.read_exact(&mut told).await.unwrap();
        assert_eq!(&told, b"HTTP/1.1 408");
    }

    #[tokio::test]
    async fn an_answer_that_nobody_takes_is_given_up() {
        let (mut stream, _client) = connection().await;
        stream.exchange.request_arrived(false);
        let answer = vec![b'x'; TAKING_AT_LEAST];
        let began = Instant::now();
        let error = loop {
            if let Err(error) = stream.write_all(&answer).await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed().as_secs(), TAKING_TIMEOUT.as_secs());
    }

    #[tokio::test]
    async fn a_request_that_is_being_answered_may_take_its_time() {
        let (mut stream, mut client) = connection().await;
        stream.exchange.request_arrived(false);
        tokio::select! {
            kind = read_out(&mut stream) => panic!("{kind}"),
            () = tokio::time::sleep(Duration::from_mins(10)) => {}
        }
        stream.write_all(b"HTTP/1.1 200 OK").await.unwrap();
        let mut answer = [0; 15];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200 OK", "not taken for the parser's");
    }
}
