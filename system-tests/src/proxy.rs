//! A proxy that disturbs the connection to the event store.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::frames::{Frames, HEADERS};

/// The bytes by which an append of a booking is recognised.
const BOOKING: &[u8] = b"AppointmentBooked";

/// A TCP proxy between the write side and its store that can lose the response to a booking, hold an append back, or hold
/// all responses.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    wire: Wire,
}

#[derive(Debug, Clone)]
struct Wire {
    lose_next: Arc<AtomicBool>,
    has_lost: Arc<AtomicBool>,
    gate: watch::Sender<Gate>,
    is_held: watch::Sender<bool>,
}

/// Whether appends pass on their way to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    Open,
    /// The next of an event of this type will be held back.
    Watched(&'static str),
    /// One is held back, and everything behind it.
    Shut,
}

impl Proxy {
    /// Starts it in front of this store, on a free port.
    pub async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback can be listened on");
        let address = listener.local_addr().expect("a listener has an address");
        let wire = Wire {
            lose_next: Arc::default(),
            has_lost: Arc::default(),
            gate: watch::Sender::new(Gate::Open),
            is_held: watch::Sender::new(false),
        };
        let each = wire.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // Only latency depends on it.
                let _ = client.set_nodelay(true);
                if let Ok(server) = TcpStream::connect(server).await {
                    let _ = server.set_nodelay(true);
                    tokio::spawn(each.clone().join(client, server));
                }
            }
        });
        Self { address, wire }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next booking does not reach the store before [`Self::open`].
    pub fn keep_next_booking_back(&self) {
        self.keep_next_back("AppointmentBooked");
    }

    /// The next append of an event of this type does not reach the store before [`Self::open`].
    pub fn keep_next_back(&self, event_type: &'static str) {
        self.wire.gate.send_replace(Gate::Watched(event_type));
    }

    /// Waits until an append is held back.
    pub async fn has_one(&self) {
        // It cannot fail: the proxy keeps a sender.
        let _ = self.wire.gate.subscribe().wait_for(|gate| *gate == Gate::Shut).await;
    }

    /// Lets the held append through, and everything behind it.
    pub fn open(&self) {
        self.wire.gate.send_replace(Gate::Open);
    }

    /// Holds all responses of the store, or no longer.
    pub fn hold_answers(&self, is_held: bool) {
        self.wire.is_held.send_replace(is_held);
    }

    /// The next booking reaches the store; its response and the connection are lost.
    pub fn lose_next_answer(&self) {
        self.wire.has_lost.store(false, Ordering::SeqCst);
        self.wire.lose_next.store(true, Ordering::SeqCst);
    }

    /// Whether a response has been lost since [`Self::lose_next_answer`].
    pub fn has_lost_it(&self) -> bool {
        self.wire.has_lost.load(Ordering::SeqCst)
    }
}

impl Wire {
    async fn join(self, client: TcpStream, server: TcpStream) {
        // The stream of HTTP/2 whose response is to be lost; 0 for none.
        let lost = AtomicU32::new(0);
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        // When either direction ends, so does the connection.
        tokio::select! {
            () = self.requests(from_client, to_server, &lost) => {}
            () = self.answers(from_server, to_client, &lost) => {}
        }
    }

    async fn requests(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, lost: &AtomicU32) {
        let mut frames = Frames::of_client();
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            let frames = frames.in_next(&buffer[..read]);
            if let Some(at) = find(BOOKING, &buffer[..read])
                && self.lose_next.swap(false, Ordering::SeqCst)
            {
                let of_booking = frames.iter().find(|frame| at < frame.end);
                lost.store(of_booking.expect("what is sent is in a frame").stream, Ordering::SeqCst);
            }
            self.pass_the_gate(&buffer[..read]).await;
            if to.write_all(&buffer[..read]).await.is_err() {
                return;
            }
        }
    }

    async fn pass_the_gate(&self, sent: &[u8]) {
        let shut = |gate: &mut Gate| match *gate {
            Gate::Watched(event_type) if find(event_type.as_bytes(), sent).is_some() => {
                *gate = Gate::Shut;
                true
            }
            _ => false,
        };
        if self.gate.send_if_modified(shut) {
            let _ = self.gate.subscribe().wait_for(|gate| *gate == Gate::Open).await;
        }
    }

    async fn answers(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, lost: &AtomicU32) {
        let mut frames = Frames::of_server();
        let mut held = self.is_held.subscribe();
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            let lost = lost.load(Ordering::SeqCst);
            let answers = |stream| stream != 0 && stream == lost;
            if frames
                .in_next(&buffer[..read])
                .iter()
                .any(|frame| frame.kind == HEADERS && answers(frame.stream))
            {
                self.has_lost.store(true, Ordering::SeqCst);
                return;
            }
            // An error means that the test has ended.
            let is_whole = held.wait_for(|is_held| !is_held).await.is_ok();
            if !is_whole || to.write_all(&buffer[..read]).await.is_err() {
                return;
            }
        }
    }
}

fn find(wanted: &[u8], sent: &[u8]) -> Option<usize> {
    sent.windows(wanted.len()).position(|window| window == wanted)
}
