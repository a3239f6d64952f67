//! `PostgreSQL` itself is restarted, after a clean stop and after a crash, under load and under queries: the
//! projector and the queries recover by themselves, and nothing is missing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use read_model::postgres::PostgresSettings;
use read_model::{Limit, MemoryReadModel, PageRequest, PostgresReadModel, QueryError, ReadModel};

use crate::killed::COMPARES;
use crate::load::{Load, everything};
use crate::own_postgres::Server;
use crate::service::Service;
use crate::support::{Given, TIMEOUT};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyone_comes_back_and_nothing_is_missing() {
    let mut server = Server::start().await;
    let mut given = Given::with_own_node(COMPARES).await;
    let database = [("CITAS_POSTGRES", server.url())];
    let database: Vec<(&str, &str)> = database.iter().map(|(name, url)| (*name, url.as_str())).collect();
    let service = Service::start_with(&given.connection_string(), "citas", &database);
    service.leads().await;
    let settings = PostgresSettings::try_new(&server.url(), "citas").unwrap();
    let postgres = PostgresReadModel::new(settings);
    let page = PageRequest { limit: Limit::try_new(200).unwrap(), cursor: None };
    let load = Load::start(&mut given, 11);
    let mut last = 0;
    for signal in ["-INT", "-QUIT"] {
        let position = load.go_on(25).await;
        postgres.wait_for(position, TIMEOUT).await.unwrap();
        let answer = ReadModel::from(postgres.clone()).agents(&page).await.unwrap();
        assert!(last <= answer.position && position <= answer.position, "what was answered stays");
        last = answer.position;
        let stop = Arc::new(AtomicBool::new(false));
        let (asking, page, stopped) = (ReadModel::from(postgres.clone()), page.clone(), Arc::clone(&stop));
        let asked = tokio::spawn(async move {
            // Each query is answered correctly, or fails as unavailable.
            while !stopped.load(Ordering::Relaxed) {
                match asking.agents(&page).await {
                    Ok(answer) => assert!(last <= answer.position),
                    Err(QueryError::Unavailable(_)) => tokio::task::yield_now().await,
                    Err(error) => panic!("{error}"),
                }
            }
        });
        server.restart(signal).await;
        stop.store(true, Ordering::Relaxed);
        asked.await.unwrap();
    }
    let end = load.stop().await;
    postgres.wait_for(end, TIMEOUT).await.unwrap();
    service.until("/readyz", |status, _| status == 200).await;
    service.leads().await;
    let memory = MemoryReadModel::new();
    memory.apply(everything(&given.store).await).unwrap();
    let (a, b) = (ReadModel::from(memory), ReadModel::from(postgres));
    assert_eq!(a.agents(&page).await.unwrap().value, b.agents(&page).await.unwrap().value);
    let lead_id = "55".parse().unwrap();
    let now = crate::support::now();
    let (a, b) = (a.lead_context(&lead_id, now).await.unwrap(), b.lead_context(&lead_id, now).await.unwrap());
    assert_eq!(a.value, b.value);
}
