//! A leader that hangs: another takes over, and the former writes nothing when it goes on. And what both tell meanwhile.

use crate::killed::COMPARES;
use crate::load::Load;
use crate::psql::{self, Open};
use crate::rebuilding::rebuild;
use crate::service::{Service, read_model, told};
use crate::support::{Given, TIMEOUT, in_time};

#[tokio::test]
async fn a_leader_that_was_paused_has_been_replaced_and_writes_nothing() {
    let mut given = Given::with_own_node(COMPARES).await;
    let schema = format!("paused_{}", std::process::id());
    let postgres = read_model(&schema);
    postgres.migrate().await.unwrap();
    let mut leads = Service::start(&given.connection_string(), &schema);
    leads.leads().await;
    let mut waits = Service::start(&given.connection_string(), &schema);
    let load = Load::start(&mut given, 23);
    for _ in 0..2 {
        let position = load.go_on(40).await;
        postgres.wait_for(position, TIMEOUT).await.unwrap();
        leads.signal("-STOP");
        waits.leads().await;
        let position = load.go_on(40).await;
        postgres.wait_for(position, TIMEOUT).await.unwrap();
        leads.signal("-CONT");
        let is_led_no_more = |metrics: &str| told(metrics, "reactor_leads{group=\"projector\"}") == Some(0.0);
        leads.until("/metrics", |_, metrics| is_led_no_more(metrics)).await;
        let position = load.go_on(40).await;
        postgres.wait_for(position, TIMEOUT).await.unwrap();
        std::mem::swap(&mut leads, &mut waits);
    }
    let last = load.stop().await;
    postgres.wait_for(last, TIMEOUT).await.unwrap();
    for service in [&leads, &waits] {
        service.until("/readyz", |status, _| status == 200).await;
    }
    let before = psql::contents(&schema);
    let (code, said) = in_time(rebuild(&given.connection_string(), &schema, &[])).await;
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(before, psql::contents(&schema));
}

#[tokio::test]
async fn a_table_that_somebody_has_locked_is_told_by_all_and_projected_into_afterwards() {
    let mut given = Given::with_own_node(COMPARES).await;
    let schema = format!("locked_{}", std::process::id());
    let leads = Service::start(&given.connection_string(), &schema);
    leads.leads().await;
    let waits = Service::start(&given.connection_string(), &schema);
    waits.until("/readyz", |status, _| status == 200).await;
    let load = Load::start(&mut given, 5);
    let postgres = read_model(&schema);
    postgres.wait_for(load.go_on(10).await, TIMEOUT).await.unwrap();
    let is_known = |_, metrics: &str| told(metrics, "projection_lag_seconds").is_some_and(f64::is_finite);
    waits.until("/metrics", is_known).await;

    let locks = Open::transaction(&format!("LOCK TABLE {schema}.agents"));
    let said = leads.until("/readyz", |status, said| status == 503 && said.contains("lock timeout")).await;
    assert!(said.contains("held up at position"), "{said}");
    let said = waits.until("/readyz", |status, _| status == 503).await;
    assert!(said.contains("the projection has stood still at position"), "{said}");
    assert_eq!(waits.check().0, Some(1));
    let (_, metrics) = waits.get("/metrics").await;
    assert_eq!(told(&metrics, "projection_stalled"), Some(1.0), "{metrics}");
    assert_eq!(told(&metrics, "projection_has_leader"), Some(1.0), "{metrics}");
    assert!(told(&metrics, "projection_lag_seconds").is_some_and(|lag| lag > 9.0), "{metrics}");

    drop(locks);
    postgres.wait_for(load.stop().await, TIMEOUT).await.unwrap();
    for service in [leads, waits] {
        service.until("/readyz", |status, _| status == 200).await;
    }
}

#[tokio::test]
async fn tables_of_a_later_release_are_told_by_whoever_leads_and_whoever_waits() {
    let given = Given::with_own_node(COMPARES).await;
    let schema = format!("later_{}", std::process::id());
    let leads = Service::start(&given.connection_string(), &schema);
    leads.leads().await;
    let waits = Service::start(&given.connection_string(), &schema);
    for service in [&leads, &waits] {
        service.until("/readyz", |status, _| status == 200).await;
        assert_eq!(service.check().0, Some(0));
    }
    let later = format!("{schema}._sqlx_migrations VALUES (9999, 'of a later release', now(), true, 'x', 0)");
    psql::ask(&format!("INSERT INTO {later}"));
    for service in [&leads, &waits] {
        let said = service.until("/readyz", |status, _| status == 503).await;
        assert!(said.contains("does not know their migration 9999"), "{said}");
        let (code, said) = service.check();
        assert!(code == Some(1) && said.contains("9999"), "{said}");
        let (_, metrics) = service.get("/metrics").await;
        assert_eq!(told(&metrics, "read_model_schema_matches"), Some(0.0), "{metrics}");
    }
}
