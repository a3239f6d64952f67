//! `projector verify` as a process: it finds what hands have changed in the tables, and nothing else; and what a rebuild
//! mends of it while the projector goes on.

use schemas::event::AppointmentConfirmed;
use schemas::{AgentId, AppointmentId};

use crate::killed::COMPARES;
use crate::load::Load;
use crate::parking;
use crate::psql;
use crate::rebuilding::{rebuild, run};
use crate::service::{Service, booked, filled, read_model};
use crate::support::{Given, TIMEOUT, registered, renamed};

/// Without pauses.
async fn verify(event_store: &str, schema: &str) -> (Option<i32>, String) {
    run(event_store, schema, "verify", &["--pace", "100"]).await
}

async fn is_as_the_log_says(event_store: &str, schema: &str) {
    let (code, told) = verify(event_store, schema).await;
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("the tables are as the log says"), "{told}");
}

#[tokio::test]
async fn under_load_nothing_differs_and_nothing_is_left_behind() {
    let mut given = Given::with_own_node(COMPARES).await;
    let schema = format!("same_{}", std::process::id());
    let live = Service::start(&given.connection_string(), &schema);
    live.leads().await;
    let load = Load::start(&mut given, 11);
    for _ in 0..3 {
        let position = load.go_on(150).await;
        read_model(&schema).wait_for(position, TIMEOUT).await.unwrap();
        is_as_the_log_says(&given.connection_string(), &schema).await;
    }
    load.stop().await;
    let left = format!(
        "SELECT count(*) FROM pg_class WHERE relpersistence = 't' AND relname = 'bookings' UNION ALL
        SELECT count(*) FROM pg_namespace WHERE nspname LIKE '{schema}%'"
    );
    assert_eq!(psql::ask(&left).lines().last(), Some("1"), "only the schema itself");
    assert_eq!(live.terminate(), Some(0));
}

/// What a hand does, and what is said of it: the stream, and the rest of the line.
const HANDS: [(&str, &str, &str); 12] = [
    ("DELETE FROM agents WHERE agent_id = '0'", "agent-0 differs from the log", "agents 1 missing"),
    (
        "UPDATE agents SET name = 'Eva' WHERE agent_id = '1'",
        "agent-1 differs from the log",
        "agents 1 changed",
    ),
    ("UPDATE appointments SET notes = 'x'", "agent-0 differs from the log", " changed, the first is "),
    ("TRUNCATE appointments", "agent-3 differs from the log: appointments ", " missing, the first is "),
    ("TRUNCATE appointment_history", "agent-2 differs from the log", "appointment_history "),
    ("TRUNCATE bookings", "agent-1 differs from the log", "bookings "),
    ("TRUNCATE holds, external_busy", "agent-0 differs from the log", "holds "),
    ("TRUNCATE blocks", "agent-0 differs from the log", "blocks "),
    ("DELETE FROM date_exceptions", "agent-1 differs from the log", "date_exceptions "),
    (
        "INSERT INTO external_busy VALUES ('7', 'busy-1', 'google', now(), now())",
        "agent-7 differs from the log",
        "external_busy 1 too many, the first is busy-1",
    ),
    (
        "INSERT INTO appointment_types VALUES ('x', '{}', 1, 1, 1, 1, 1, 1, 1, 'video', false, 1)",
        "office differs from the log",
        "appointment_types 1 too many, the first is x",
    ),
    ("DROP TABLE availability_rules", "the table availability_rules is gone", ""),
];

#[tokio::test]
async fn whatever_a_hand_changes_is_named_and_a_rebuild_mends_it_under_the_running_projector() {
    let mut given = Given::with_own_node(COMPARES).await;
    let schema = format!("hands_{}", std::process::id());
    let event_store = given.connection_string();
    let live = Service::start(&event_store, &schema);
    live.leads().await;
    let load = Load::start(&mut given, 13);
    load.go_on(150).await;
    let ana = load.agents[0].clone();
    let last = load.stop().await;
    read_model(&schema).wait_for(last, TIMEOUT).await.unwrap();
    for (hand, stream, what) in HANDS {
        psql::ask(&format!("SET search_path = {schema}; {hand}"));
        let (code, told) = verify(&event_store, &schema).await;
        assert_eq!(code, Some(5), "{hand}: {told}");
        let is_named = told.lines().any(|line| line.contains(stream) && line.contains(what));
        assert!(is_named && told.contains("run `projector rebuild`"), "{hand}: {told}");
    }
    let (code, told) = rebuild(&event_store, &schema, &[]).await;
    assert_eq!(code, Some(0), "{told}");
    is_as_the_log_says(&event_store, &schema).await;
    goes_on(&mut given, &live, &schema, &ana).await;
}

/// The projector, never restarted, projects another event, and is ready.
async fn goes_on(given: &mut Given, live: &Service, schema: &str, agent_id: &AgentId) {
    let position = given.append(agent_id, renamed(agent_id, "Ana María")).await;
    read_model(schema).wait_for(position, TIMEOUT).await.unwrap();
    live.until("/readyz", |status, _| status == 200).await;
    is_as_the_log_says(&given.connection_string(), schema).await;
}

#[tokio::test]
async fn a_projection_without_a_position_is_revived_by_a_rebuild() {
    let mut given = Given::with_own_node(COMPARES).await;
    let ana = given.agent("7");
    let event_store = given.connection_string();
    given.append(&ana, registered(&ana, "Ana")).await;
    let schema = format!("lost_{}", std::process::id());
    filled(&given, &schema).await;
    let live = Service::start(&event_store, &schema);
    live.leads().await;
    for hand in ["TRUNCATE projection", "DROP TABLE projection"] {
        psql::ask(&format!("SET search_path = {schema}; {hand}"));
        given.append(&ana, renamed(&ana, "Ana Pérez")).await;
        live.until("/readyz", |status, told| status == 503 && told.contains("projection")).await;
        let (code, told) = verify(&event_store, &schema).await;
        assert_eq!(code, Some(5), "{told}");
        assert!(told.contains("lost their position") && told.contains("run `projector rebuild`"), "{told}");
        let (code, told) = rebuild(&event_store, &schema, &[]).await;
        assert_eq!(code, Some(0), "{told}");
        goes_on(&mut given, &live, &schema, &ana).await;
    }
}

#[tokio::test]
async fn streams_that_missing_rows_have_parked_go_on_after_a_rebuild_without_another_event() {
    let mut given = Given::with_own_node(parking::BECAUSE).await;
    let ana = given.agent("7");
    let event_store = given.connection_string();
    let schema = format!("revived_{}", std::process::id());
    let live = Service::start(&event_store, &schema);
    live.leads().await;
    given.append(&ana, registered(&ana, "Ana")).await;
    let id = given.new_id();
    let position = given.append(&ana, booked(id, &ana, "2026-12-01T12:00:00Z")).await;
    read_model(&schema).wait_for(position, TIMEOUT).await.unwrap();
    psql::ask(&format!("TRUNCATE {schema}.appointments"));
    given.append(&ana, AppointmentConfirmed { appointment_id: AppointmentId::new(id) }).await;
    let parked = live.until("/readyz", |_, told| told.contains("parked at")).await;
    assert!(parked.starts_with("HTTP/1.1 503") && parked.contains("was not booked before it"), "{parked}");
    let (code, told) = verify(&event_store, &schema).await;
    assert_eq!(code, Some(5), "{told}");
    assert!(told.contains(&format!("not compared from there on: stream agent-{ana} is parked")), "{told}");
    let (code, told) = rebuild(&event_store, &schema, &[]).await;
    assert_eq!(code, Some(0), "{told}");
    live.until("/readyz", |status, _| status == 200).await;
    goes_on(&mut given, &live, &schema, &ana).await;
}

#[tokio::test]
async fn a_stream_that_is_parked_or_cannot_be_read_is_named_and_all_others_are_compared() {
    let mut given = Given::with_own_node(parking::BECAUSE).await;
    let (ana, bruno) = (given.agent("7"), given.agent("8"));
    let event_store = given.connection_string();
    let schema = format!("unread_{}", std::process::id());
    let live = Service::start(&event_store, &schema);
    live.leads().await;
    given.append(&ana, registered(&ana, "Ana")).await;
    let unknown = given.stored("AgentTeleported", 1, b"{}".to_vec());
    given.append_stored(&ana, &[unknown]).await;
    let last = given.append(&bruno, registered(&bruno, "Bruno")).await;
    read_model(&schema).wait_for(last, TIMEOUT).await.unwrap();
    let (code, told) = verify(&event_store, &schema).await;
    assert_eq!(code, Some(4), "{told}");
    assert!(told.contains(&format!("not compared from there on: stream agent-{ana} is parked")), "{told}");
    // An operator skips it: the tables go on where this program does not.
    psql::ask(&format!("DELETE FROM {schema}.parked_streams"));
    live.until("/readyz", |status, _| status == 200).await;
    let last = given.append(&ana, renamed(&ana, "Ana Pérez")).await;
    read_model(&schema).wait_for(last, TIMEOUT).await.unwrap();
    let (code, told) = verify(&event_store, &schema).await;
    assert_eq!(code, Some(4), "{told}");
    assert!(told.contains("this release cannot project it") && !told.contains("differs"), "{told}");
    psql::ask(&format!("DELETE FROM {schema}.agents WHERE agent_id = '{bruno}'"));
    let (code, told) = verify(&event_store, &schema).await;
    assert_eq!(code, Some(5), "{told}");
    assert!(told.contains(&format!("agent-{bruno} differs from the log: agents 1 missing")), "{told}");
}

#[tokio::test]
async fn without_tables_there_is_nothing_to_verify() {
    let given = Given::with_own_node(COMPARES).await;
    let schema = format!("nothing_{}", std::process::id());
    let (code, told) = verify(&given.connection_string(), &schema).await;
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains(&format!("schema {schema} has no tables of Citas")), "{told}");
}
