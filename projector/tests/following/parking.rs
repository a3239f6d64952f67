use reactor::{ParkedStream, Reactors, Resumed, Running};
use schemas::stream;

use crate::support::{Given, in_time, registered, renamed};

/// On a shared store, no other test could follow the log any more.
pub(crate) const BECAUSE: &str = "leaves what parks its stream in every projection";

async fn parked(projection: &Running, position: u64) -> ParkedStream {
    assert!(in_time(projection.reached(position)).await);
    let parked = projection.parked();
    let [parked] = &parked[..] else { panic!("{parked:?}") };
    parked.clone()
}

#[tokio::test]
async fn an_event_of_an_unknown_type_parks_its_stream_and_is_named_and_all_others_go_on() {
    let mut given = Given::with_own_node(BECAUSE).await;
    let (ana, bruno) = (given.agent("7"), given.agent("8"));
    given.append(&ana, registered(&ana, "Ana")).await;
    let unknown = given.stored("AgentTeleported", 1, b"{}".to_vec());
    let position = given.append_stored(&ana, &[unknown]).await;
    given.append(&ana, renamed(&ana, "Ana Pérez")).await;
    let last = given.append(&bruno, registered(&bruno, "Bruno")).await;
    let projection = given.project();

    let parked = parked(&projection, last).await;
    assert_eq!((parked.position, parked.revision), (position, 1));
    let told = parked.to_string();
    for part in ["AgentTeleported", &stream::agent(&ana), &position.to_string(), "version 1"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert_eq!(in_time(projection.caught_up()).await, Ok(()));
    assert_eq!(given.name_of(&ana).await.as_deref(), Some("Ana"), "as it was before the event");
    assert_eq!(given.name_of(&bruno).await.as_deref(), Some("Bruno"));
}

#[tokio::test]
async fn an_event_of_a_later_version_parks_its_stream_until_it_is_skipped() {
    let mut given = Given::with_own_node(BECAUSE).await;
    let ana = given.agent("7");
    let (projection, reactors) = (given.project(), Reactors::default());
    reactors.add(projection.clone());
    in_time(projection.caught_up()).await.unwrap();
    given.append(&ana, registered(&ana, "Ana")).await;
    let later = given.stored("AgentDeactivated", 2, br#"{"agent_id":"7"}"#.to_vec());
    given.append_stored(&ana, &[later]).await;
    let last = given.append(&ana, renamed(&ana, "Ana Pérez")).await;
    let first = parked(&projection, last).await;
    let stream = stream::agent(&ana);
    let retried = in_time(reactors.retry("projection", &stream)).await;
    assert_eq!(retried, Ok(Resumed::ParkedAgain(first.clone())), "it cannot be read now either");
    let skipped = in_time(reactors.skip("projection", &stream, first.revision)).await;
    assert_eq!(skipped, Ok(Resumed::Handled { revision: Some(2) }));
    assert!(projection.parked().is_empty());
    assert_eq!(given.name_of(&ana).await.as_deref(), Some("Ana Pérez"));
    let last = given.append(&ana, renamed(&ana, "Ana")).await;
    given.reach(last).await;
    assert_eq!(given.name_of(&ana).await.as_deref(), Some("Ana"), "it goes on as any other");
}

#[tokio::test]
async fn a_payload_that_is_not_of_its_schema_is_not_told() {
    let mut given = Given::with_own_node(BECAUSE).await;
    let ana = given.agent("7");
    let bad = given.stored("AgentRegistered", 1, br#"{"agent_id":"Carla Rojas"}"#.to_vec());
    let last = given.append_stored(&ana, &[bad]).await;
    let told = parked(&given.project(), last).await.to_string();
    assert!(told.contains("column") && !told.contains("Carla"), "{told}");
}

#[tokio::test]
async fn an_event_that_does_not_follow_parks_its_stream_and_a_new_projection_knows_it() {
    let mut given = Given::with_own_node(BECAUSE).await;
    let ana = given.agent("7");
    let position = given.append(&ana, renamed(&ana, "Ana")).await;
    let first = parked(&given.project(), position).await;
    assert_eq!(first.position, position);
    assert!(first.reason.contains("not registered"), "{first}");
    let last = given.append(&ana, registered(&ana, "Ana")).await;
    assert_eq!(parked(&given.project(), last).await, first);
    assert_eq!(given.name_of(&ana).await, None);
}

#[tokio::test]
async fn an_office_that_is_parked_holds_up_no_agent() {
    let mut given = Given::with_own_node(BECAUSE).await;
    let ana = given.agent("7");
    let unknown = given.stored("OfficeTeleported", 1, b"{}".to_vec());
    given.append_to(stream::OFFICE, &[unknown]).await;
    let last = given.append(&ana, registered(&ana, "Ana")).await;
    assert_eq!(&*parked(&given.project(), last).await.stream, stream::OFFICE);
    assert_eq!(given.name_of(&ana).await.as_deref(), Some("Ana"));
}
