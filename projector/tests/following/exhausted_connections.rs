//! The database has no connection left for the projector: it says so, and goes on by itself once there is one.

use read_model::postgres::PostgresSettings;
use read_model::{Limit, MemoryReadModel, PageRequest, PostgresReadModel, ReadModel};

use crate::killed::COMPARES;
use crate::load::{Load, everything};
use crate::own_postgres::Server;
use crate::psql;
use crate::service::Service;
use crate::support::{Given, TIMEOUT};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_connection_left_it_says_so_and_misses_nothing() {
    let server = Server::start().await;
    psql::ask_at(&server.url(), "CREATE ROLE app LOGIN; GRANT CREATE ON DATABASE postgres TO app");
    let mut given = Given::with_own_node(COMPARES).await;
    let database = server.url_of("app");
    let service =
        Service::start_with(&given.connection_string(), "citas", &[("CITAS_POSTGRES", database.as_str())]);
    service.leads().await;
    let postgres = PostgresReadModel::new(PostgresSettings::try_new(&server.url(), "citas").unwrap());
    let load = Load::start(&mut given, 17);
    postgres.wait_for(load.go_on(25).await, TIMEOUT).await.unwrap();

    psql::ask_at(
        &server.url(),
        "ALTER ROLE app CONNECTION LIMIT 0;
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'",
    );
    service.until("/readyz", |status, body| status == 503 && body.contains("database is unavailable")).await;
    load.go_on(25).await;
    psql::ask_at(&server.url(), "ALTER ROLE app CONNECTION LIMIT -1");

    let end = load.stop().await;
    postgres.wait_for(end, TIMEOUT).await.unwrap();
    service.until("/readyz", |status, _| status == 200).await;
    let memory = MemoryReadModel::new();
    memory.apply(everything(&given.store).await).unwrap();
    let page = PageRequest { limit: Limit::try_new(200).unwrap(), cursor: None };
    let (expected, found) = (ReadModel::from(memory), ReadModel::from(postgres));
    assert_eq!(expected.agents(&page).await.unwrap().value, found.agents(&page).await.unwrap().value);
}
