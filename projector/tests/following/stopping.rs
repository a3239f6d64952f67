use projector::{Cause, Failure, NotReady, Projection};
use schemas::stream;

use crate::given::{Given, in_time, registered, renamed};

/// Nobody could follow the log of a store of others any more.
pub(crate) const BECAUSE: &str = "leaves what stops every projection";

async fn failure_of(projection: &Projection) -> std::sync::Arc<Failure> {
    match in_time(projection.stopped()).await {
        NotReady::Stopped(failure) => failure,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn an_event_of_an_unknown_type_stops_the_projection_and_is_named() {
    let mut given = Given::with_own_node(BECAUSE).await;
    let ana = given.agent("7");
    let before = given.append(&ana, registered(&ana, "Ana")).await;
    let unknown = given.stored("AgentTeleported", 1, b"{}".to_vec());
    let event_id = unknown.event_id;
    let position = given.append_stored(&ana, &[unknown]).await;
    given.append(&ana, renamed(&ana, "Ana Pérez")).await;
    let projection = given.project();

    let failure = failure_of(&projection).await;
    assert_eq!((failure.event_id, failure.position, failure.revision), (event_id, position, 1));
    assert!(matches!(failure.cause, Cause::Unknown(_)));
    let told = projection.ready().unwrap_err().to_string();
    for part in
        ["AgentTeleported", &stream::agent(&ana), &event_id.to_string(), &position.to_string(), "version 1"]
    {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert_eq!(projection.position(), before);
    assert_eq!(given.name_of(&ana).await.as_deref(), Some("Ana"), "as it was before the event");
}

#[tokio::test]
async fn an_event_of_a_later_version_stops_the_projection() {
    let mut given = Given::with_own_node(BECAUSE).await;
    let ana = given.agent("7");
    let projection = given.project();
    in_time(projection.caught_up()).await.unwrap();
    let later = given.stored("AgentDeactivated", 2, br#"{"agent_id":"7"}"#.to_vec());
    given.append_stored(&ana, &[later]).await;
    assert!(matches!(failure_of(&projection).await.cause, Cause::Unknown(_)));
    assert!(projection.ready().is_err(), "although it had caught up");
}

#[tokio::test]
async fn a_payload_that_is_not_of_its_schema_stops_the_projection_and_is_not_told() {
    let mut given = Given::with_own_node(BECAUSE).await;
    let ana = given.agent("7");
    let bad = given.stored("AgentRegistered", 1, br#"{"agent_id":"Carla Rojas"}"#.to_vec());
    given.append_stored(&ana, &[bad]).await;
    let projection = given.project();
    let failure = failure_of(&projection).await;
    assert!(matches!(failure.cause, Cause::Payload { .. }));
    let told = projection.ready().unwrap_err().to_string();
    assert!(told.contains("column") && !told.contains("Carla"), "{told}");
}

#[tokio::test]
async fn an_event_that_does_not_follow_stops_the_projection() {
    let mut given = Given::with_own_node(BECAUSE).await;
    let ana = given.agent("7");
    let position = given.append(&ana, renamed(&ana, "Ana")).await;
    let projection = given.project();
    let failure = failure_of(&projection).await;
    assert!(matches!(failure.cause, Cause::Misfit(_)));
    assert_eq!(failure.position, position);
    assert!(matches!(in_time(projection.caught_up()).await, Err(NotReady::Stopped(_))));
}
