//! A wire between the write side and its store that can lose the answer to a booking, or keep a booking back.

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
    lose_next: Arc<AtomicBool>,
    gate: watch::Sender<Gate>,
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
        let lose_next = Arc::new(AtomicBool::new(false));
        let lose = Arc::clone(&lose_next);
        let gate = watch::Sender::new(Gate::Open);
        let keeper = gate.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                client.set_nodelay(true).unwrap();
                if let Ok(server) = TcpStream::connect(server).await {
                    server.set_nodelay(true).unwrap();
                    tokio::spawn(join(client, server, Arc::clone(&lose), keeper.clone()));
                }
            }
        });
        Self { address, lose_next, gate }
    }

    /// The next booking does not reach the store before [`Self::open`].
    pub(crate) fn keep_next_booking_back(&self) {
        self.gate.send_replace(Gate::Watched);
    }

    /// Waits until a booking is being kept back.
    pub(crate) async fn has_one(&self) {
        self.gate.subscribe().wait_for(|gate| *gate == Gate::Shut).await.unwrap();
    }

    pub(crate) fn open(&self) {
        self.gate.send_replace(Gate::Open);
    }

    /// The next booking reaches the store; its answer, and the connection, are lost.
    pub(crate) fn lose_next_answer(&self) {
        self.lose_next.store(true, Ordering::SeqCst);
    }

    pub(crate) fn has_lost_it(&self) -> bool {
        !self.lose_next.load(Ordering::SeqCst)
    }
}

async fn join(client: TcpStream, server: TcpStream, lose_next: Arc<AtomicBool>, gate: watch::Sender<Gate>) {
    let lost = Arc::new(AtomicBool::new(false));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    // When either direction ends, so does the connection.
    tokio::select! {
        () = requests(from_client, to_server, &lose_next, &lost, &gate) => {}
        () = answers(from_server, to_client, &lost) => {}
    }
}

async fn requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    lose_next: &AtomicBool,
    lost: &AtomicBool,
    gate: &watch::Sender<Gate>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let booking = buffer[..read].windows(BOOKING.len()).any(|window| window == BOOKING);
        if booking && lose_next.swap(false, Ordering::SeqCst) {
            lost.store(true, Ordering::SeqCst);
        }
        let shut = |gate: &mut Gate| std::mem::replace(gate, Gate::Shut) == Gate::Watched;
        if booking && *gate.borrow() == Gate::Watched && gate.send_if_modified(shut) {
            gate.subscribe().wait_for(|gate| *gate == Gate::Open).await.unwrap();
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

/// An answer to data is data: a header and a status. Acknowledgements alone are shorter than that and pass.
async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, lost: &AtomicBool) {
    const SHORTEST_ANSWER: usize = 60;
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if lost.load(Ordering::SeqCst) && read >= SHORTEST_ANSWER {
            return;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
