//! A database that is lost and comes back: events stored meanwhile are projected afterwards, once.

use std::net::SocketAddr;
use std::time::Duration;

use reactor::NotReady;
use read_model::postgres::PostgresSettings;
use read_model::{PostgresReadModel, ReadModel};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::service::filled;
use crate::support::{Given, TIMEOUT, in_time, registered, renamed};

/// A connection between the projection and the database that can be cut.
struct Wire {
    address: SocketAddr,
    is_whole: watch::Sender<bool>,
}

impl Wire {
    async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (is_whole, watched) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (server, mut watched) = (server.clone(), watched.clone());
                tokio::spawn(async move {
                    if *watched.borrow() {
                        let mut upstream = TcpStream::connect(server).await.unwrap();
                        // Either ends it, and both ends are closed with it.
                        tokio::select! {
                            _ = tokio::io::copy_bidirectional(&mut client, &mut upstream) => {}
                            _ = watched.wait_for(|is_whole| !is_whole) => {}
                        }
                    }
                });
            }
        });
        Self { address, is_whole }
    }
}

#[tokio::test]
async fn a_database_that_comes_back_is_told_what_it_missed() {
    let url = std::env::var("CITAS_TEST_POSTGRES");
    let url = url.expect("run the tests as scripts/services run cargo test --workspace");
    let schema = format!("lost_{}", std::process::id());
    let (user, place) = url.rsplit_once('@').unwrap();
    let (server, database) = place.split_once('/').unwrap();
    let wire = Wire::to(server.to_owned()).await;
    let settings = |url: &str| PostgresSettings::try_new(url, &schema).unwrap();
    let far = PostgresReadModel::new(settings(&format!("{user}@{}/{database}", wire.address)));
    let mut given = Given::new().await;
    let near = filled(&given, &schema).await;
    let ana = given.agent("7");
    let projection = projector::spawn(&given.store, far, || "2026-11-30T12:00:00Z".parse().unwrap());
    let position = given.append(&ana, registered(&ana, "Ana")).await;
    near.wait_for(position, TIMEOUT).await.unwrap();
    in_time(projection.caught_up()).await.unwrap();

    wire.is_whole.send_replace(false);
    let position = given.append(&ana, renamed(&ana, "Ana Pérez")).await;
    let lost = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        while !matches!(projection.ready(), Err(NotReady::Lost { .. })) {
            ticks.tick().await;
        }
    };
    in_time(lost).await;
    assert!(near.position().await.unwrap() < position);

    wire.is_whole.send_replace(true);
    near.wait_for(position, TIMEOUT).await.unwrap();
    let found = ReadModel::from(near).agent(&ana).await.unwrap();
    assert_eq!(found.value.agent.profile.name, "Ana Pérez");
    assert_eq!(found.value.agent.version, 2);
    in_time(async {
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        while projection.ready().is_err() {
            ticks.tick().await;
        }
    })
    .await;
}
