use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::support;

/// A proxy of the database that can silence connections, forever and without closing them.
pub(crate) struct Wire {
    address: SocketAddr,
    silenced: watch::Sender<Silenced>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Silenced {
    times: u32,
    /// Every connection to come, too.
    for_good: bool,
}

impl Wire {
    pub(crate) async fn to_the_database() -> Self {
        let url = support::url();
        let (_, place) = url.rsplit_once('@').unwrap();
        Self::to(place.split_once('/').unwrap().0.to_owned()).await
    }

    /// The URL of the database by way of it.
    pub(crate) fn url(&self) -> String {
        let url = support::url();
        let (user, place) = url.rsplit_once('@').unwrap();
        format!("{user}@{}/{}", self.address, place.split_once('/').unwrap().1)
    }

    async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (silenced, watched) = watch::channel(Silenced::default());
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (server, mut watched) = (server.clone(), watched.clone());
                watched.mark_unchanged();
                tokio::spawn(async move {
                    let mut upstream = TcpStream::connect(server).await.unwrap();
                    if watched.borrow().for_good {
                        std::future::pending::<()>().await;
                    }
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut upstream) => {}
                        _ = watched.changed() => std::future::pending().await,
                    }
                });
            }
        });
        Self { address, silenced }
    }

    /// Every connection made so far.
    pub(crate) fn silence(&self) {
        self.silenced.send_modify(|silenced| silenced.times += 1);
    }

    /// Those to come, too.
    pub(crate) fn silence_for_good(&self) {
        self.silenced.send_modify(|silenced| silenced.for_good = true);
    }
}
