use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What an append of a booking has in it.
const BOOKING: &[u8] = b"AppointmentBooked";

/// A wire between the write side and its store that can lose one answer, or hold all of them back.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    lose_next: Arc<AtomicBool>,
    is_held: watch::Sender<bool>,
}

impl Proxy {
    /// In front of this store, at a free port.
    pub async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback can be listened on");
        let address = listener.local_addr().expect("a listener has an address");
        let lose_next = Arc::new(AtomicBool::new(false));
        let lose = Arc::clone(&lose_next);
        let (is_held, held) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // Without it, each answer is only later.
                let _ = client.set_nodelay(true);
                if let Ok(server) = TcpStream::connect(server).await {
                    let _ = server.set_nodelay(true);
                    tokio::spawn(join(client, server, Arc::clone(&lose), held.clone()));
                }
            }
        });
        Self { address, lose_next, is_held }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Nothing that the store says arrives, until it does so after all.
    pub fn hold_answers(&self, is_held: bool) {
        self.is_held.send_replace(is_held);
    }

    /// The next booking reaches the store; its answer, and the connection, are lost.
    pub fn lose_next_answer(&self) {
        self.lose_next.store(true, Ordering::SeqCst);
    }

    /// Whether that has happened.
    pub fn has_lost_it(&self) -> bool {
        !self.lose_next.load(Ordering::SeqCst)
    }
}

async fn join(client: TcpStream, server: TcpStream, lose_next: Arc<AtomicBool>, held: watch::Receiver<bool>) {
    let lost = Arc::new(AtomicBool::new(false));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    // When either direction ends, so does the connection.
    tokio::select! {
        () = requests(from_client, to_server, &lose_next, &lost) => {}
        () = answers(from_server, to_client, &lost, held) => {}
    }
}

async fn requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    lose_next: &AtomicBool,
    lost: &AtomicBool,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let booking = buffer[..read].windows(BOOKING.len()).any(|window| window == BOOKING);
        if booking && lose_next.swap(false, Ordering::SeqCst) {
            lost.store(true, Ordering::SeqCst);
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

/// An answer to data is data: a header and a status. Acknowledgements alone are shorter than that and pass.
async fn answers(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    lost: &AtomicBool,
    mut held: watch::Receiver<bool>,
) {
    const SHORTEST_ANSWER: usize = 60;
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
