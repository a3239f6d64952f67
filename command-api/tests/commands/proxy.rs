//! A wire between the write side and its store that can lose the answer to a booking, keep a booking back, or hold
//! every answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What an append of a booking has in it.
const BOOKING: &[u8] = b"AppointmentBooked";

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    wire: Wire,
}

#[derive(Clone)]
struct Wire {
    lose_next: Arc<AtomicBool>,
    gate: watch::Sender<Gate>,
    is_held: watch::Sender<bool>,
}

/// What becomes of a booking on its way to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    Open,
    /// The next will be kept back.
    Watched,
    /// One is kept back, and everything behind it.
    Shut,
}

impl Proxy {
    pub(crate) async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let wire = Wire {
            lose_next: Arc::default(),
            gate: watch::Sender::new(Gate::Open),
            is_held: watch::Sender::new(false),
        };
        let each = wire.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                client.set_nodelay(true).unwrap();
                if let Ok(server) = TcpStream::connect(server).await {
                    server.set_nodelay(true).unwrap();
                    tokio::spawn(each.clone().join(client, server));
                }
            }
        });
        Self { address, wire }
    }

    /// The next booking does not reach the store before [`Self::open`].
    pub(crate) fn keep_next_booking_back(&self) {
        self.wire.gate.send_replace(Gate::Watched);
    }

    /// Waits until a booking is being kept back.
    pub(crate) async fn has_one(&self) {
        self.wire.gate.subscribe().wait_for(|gate| *gate == Gate::Shut).await.unwrap();
    }

    pub(crate) fn open(&self) {
        self.wire.gate.send_replace(Gate::Open);
    }

    /// Nothing that the store says arrives, until it does so after all.
    #[cfg(feature = "service")]
    pub(crate) fn hold_answers(&self, is_held: bool) {
        self.wire.is_held.send_replace(is_held);
    }

    /// The next booking reaches the store; its answer, and the connection, are lost.
    pub(crate) fn lose_next_answer(&self) {
        self.wire.lose_next.store(true, Ordering::SeqCst);
    }

    pub(crate) fn has_lost_it(&self) -> bool {
        !self.wire.lose_next.load(Ordering::SeqCst)
    }
}

impl Wire {
    async fn join(self, client: TcpStream, server: TcpStream) {
        let lost = AtomicBool::new(false);
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        // When either direction ends, so does the connection.
        tokio::select! {
            () = self.requests(from_client, to_server, &lost) => {}
            () = self.answers(from_server, to_client, &lost) => {}
        }
    }

    async fn requests(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, lost: &AtomicBool) {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            let booking = buffer[..read].windows(BOOKING.len()).any(|window| window == BOOKING);
            if booking && self.lose_next.swap(false, Ordering::SeqCst) {
                lost.store(true, Ordering::SeqCst);
            }
            if booking {
                self.pass_the_gate().await;
            }
            if to.write_all(&buffer[..read]).await.is_err() {
                return;
            }
        }
    }

    async fn pass_the_gate(&self) {
        let shut = |gate: &mut Gate| {
            let is_watched = *gate == Gate::Watched;
            if is_watched {
                *gate = Gate::Shut;
            }
            is_watched
        };
        if self.gate.send_if_modified(shut) {
            self.gate.subscribe().wait_for(|gate| *gate == Gate::Open).await.unwrap();
        }
    }

    /// An answer to data is data: a header and a status. Acknowledgements alone are shorter than that and pass.
    async fn answers(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, lost: &AtomicBool) {
        const SHORTEST_ANSWER: usize = 60;
        let mut held = self.is_held.subscribe();
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            if lost.load(Ordering::SeqCst) && read >= SHORTEST_ANSWER {
                return;
            }
            // The wire ends with its test.
            let is_whole = held.wait_for(|is_held| !is_held).await.is_ok();
            if !is_whole || to.write_all(&buffer[..read]).await.is_err() {
                return;
            }
        }
    }
}
