use tokio::process::Command;

use crate::production::Kafka;
use crate::production::load::Load;
use crate::production::support::{Production, postgres};

/// How many answers before, between and after.
const SOME: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_deleted_by_hand_are_found_by_verify_and_mended_by_rebuild() {
    let production = Production::start(Kafka::shared()).await;
    let load = Load::start(&production);
    load.goes_on(SOME).await;
    let (code, told) = projector("verify", &production).await;
    assert_eq!(code, Some(0), "{told}");

    let schema = &production.schema;
    by_hand(&format!("DELETE FROM {schema}.appointments WHERE agent_id = '7'; TRUNCATE {schema}.bookings"))
        .await;
    load.goes_on(SOME).await;
    let (code, told) = projector("verify", &production).await;
    assert_eq!(code, Some(5), "{told}");
    assert!(told.contains("agent-7 differs from the log: appointments "), "{told}");

    let (code, told) = projector("rebuild", &production).await;
    assert_eq!(code, Some(0), "{told}");
    load.goes_on(SOME).await;
    let (code, told) = projector("verify", &production).await;
    assert_eq!(code, Some(0), "{told}");
    production.projector.until_ready().await;
    let outcome = load.end(production).await;
    assert_eq!(outcome.records.len(), outcome.booked);
}

/// Runs a subcommand on the store and the tables of the running services, and gives its exit code and its log.
async fn projector(subcommand: &str, production: &Production) -> (Option<i32>, String) {
    let mut command = Command::new(system_tests::program("projector"));
    command.env_clear().arg(subcommand).args(["--postgres-schema", &production.schema]);
    command.env("CITAS_EVENT_STORE", production.node.connection_string()).env("CITAS_POSTGRES", postgres());
    let ended = tokio::time::timeout(system_tests::STEP_TIMEOUT, command.output()).await;
    let ended = ended.expect("it ends").unwrap();
    (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
}

async fn by_hand(statements: &str) {
    let mut psql = Command::new("psql");
    let done = psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", &postgres(), "-c", statements]).output().await;
    let done = done.expect("psql comes with PostgreSQL");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
