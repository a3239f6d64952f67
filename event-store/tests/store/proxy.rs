//! A network between client and server that can hold bytes back or cut connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

/// What a network does with the bytes given to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Traffic {
    /// Forwards them both ways.
    Flow,
    /// Forwards what the client sends, and holds back what the server sends.
    HoldAnswers,
    /// The same, once so many bytes of answers have passed over a connection.
    HoldAnswersAfter(usize),
    /// Holds back and acknowledges everything, as a network does that leads nowhere.
    HoldAll,
}

impl Traffic {
    fn carries(self, from: Side, passed: usize) -> bool {
        match self {
            Self::Flow => true,
            Self::HoldAnswers => from == Side::Client,
            Self::HoldAnswersAfter(most) => from == Side::Client || passed < most,
            Self::HoldAll => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Client,
    Server,
}

#[derive(Debug, Clone, Copy)]
struct Order {
    traffic: Traffic,
    /// Connections made before the last cut are closed.
    cuts: u32,
}

/// A network between a client and its server.
pub(crate) struct Proxy {
    address: SocketAddr,
    order: watch::Sender<Order>,
    holding: Arc<Notify>,
    connections: Arc<AtomicUsize>,
    open: watch::Sender<usize>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (order, orders) = watch::channel(Order { traffic: Traffic::Flow, cuts: 0 });
        let holding = Arc::new(Notify::new());
        let connections = Arc::<AtomicUsize>::default();
        let (open, _) = watch::channel(0);
        let accepting = tokio::spawn({
            let (holding, connections) = (Arc::clone(&holding), Arc::clone(&connections));
            let open = open.clone();
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    connections.fetch_add(1, Ordering::Relaxed);
                    let (orders, holding, open) = (orders.clone(), Arc::clone(&holding), open.clone());
                    tokio::spawn(async move {
                        open.send_modify(|open| *open += 1);
                        connect(client, server, orders, holding).await;
                        open.send_modify(|open| *open -= 1);
                    });
                }
            }
        });
        Self { address, order, holding, connections, open, accepting }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    pub(crate) fn set(&self, traffic: Traffic) {
        self.order.send_modify(|order| order.traffic = traffic);
    }

    /// Waits until something is held back.
    pub(crate) async fn holding(&self) {
        self.holding.notified().await;
    }

    /// How many connections there are at present.
    pub(crate) fn open_connections(&self) -> watch::Receiver<usize> {
        self.open.subscribe()
    }

    /// Closes every connection, and refuses new ones.
    pub(crate) async fn close(&mut self) {
        self.accepting.abort();
        assert!((&mut self.accepting).await.unwrap_err().is_cancelled());
        self.cut();
    }

    /// Closes every connection, together with what it holds, and carries on with new ones.
    pub(crate) fn cut(&self) {
        self.order.send_modify(|order| *order = Order { traffic: Traffic::Flow, cuts: order.cuts + 1 });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn connect(
    client: TcpStream,
    server: SocketAddr,
    mut orders: watch::Receiver<Order>,
    holding: Arc<Notify>,
) {
    let cuts = orders.borrow().cuts;
    let Ok(server) = TcpStream::connect(server).await else { return };
    for socket in [&client, &server] {
        socket.set_nodelay(true).unwrap();
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = carry(Side::Client, cuts, from_client, to_server, orders.clone(), &holding) => {}
        () = carry(Side::Server, cuts, from_server, to_client, orders.clone(), &holding) => {}
        _ = orders.wait_for(|order| order.cuts > cuts) => {}
    }
}

async fn carry(
    from: Side,
    cuts: u32,
    mut source: OwnedReadHalf,
    mut sink: OwnedWriteHalf,
    mut orders: watch::Receiver<Order>,
    holding: &Notify,
) {
    let mut passed = 0;
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = source.read(&mut bytes).await {
        if !orders.borrow().traffic.carries(from, passed) {
            holding.notify_one();
        }
        // A cut also lets traffic flow again, but not what is held here.
        let released =
            orders.wait_for(|order| order.cuts > cuts || order.traffic.carries(from, passed)).await;
        if released.map_or(true, |order| order.cuts > cuts) || sink.write_all(&bytes[..count]).await.is_err()
        {
            return;
        }
        passed += count;
    }
}
