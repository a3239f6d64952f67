use crate::support::{Given, in_time, registered, renamed};

#[tokio::test]
async fn what_was_stored_before_is_projected_in_order_and_then_it_is_ready() {
    let mut given = Given::new().await;
    let ana = given.agent("7");
    given.append(&ana, registered(&ana, "Ana")).await;
    let renamings: Vec<_> =
        (0..600).map(|number| given.encoded(renamed(&ana, &format!("Ana {number}")))).collect();
    given.append_stored(&ana, &renamings).await;
    let last = given.append(&ana, renamed(&ana, "Ana Pérez")).await;
    let projection = given.project();
    in_time(projection.caught_up()).await.unwrap();
    assert!(last <= projection.position());
    assert!(projection.is_caught_up() && projection.ready().is_ok() && projection.parked().is_empty());
    assert_eq!(given.name_of(&ana).await.as_deref(), Some("Ana Pérez"));
}

#[tokio::test]
async fn an_empty_store_is_caught_up_with_at_once() {
    let given = Given::with_own_node("is about an empty one").await;
    let projection = given.project();
    in_time(projection.caught_up()).await.unwrap();
}

#[tokio::test]
async fn what_is_stored_meanwhile_can_be_read_at_its_position() {
    let mut given = Given::new().await;
    let projection = given.project();
    in_time(projection.caught_up()).await.unwrap();
    for number in 0..20 {
        let agent_id = given.agent(&number.to_string());
        let position = given.append(&agent_id, registered(&agent_id, "Ana")).await;
        given.reach(position).await;
        assert_eq!(given.name_of(&agent_id).await.as_deref(), Some("Ana"));
    }
}

#[tokio::test]
async fn a_node_that_comes_back_is_followed_on_without_repeating_anything() {
    let mut given = Given::with_own_node("stops it").await;
    let ana = given.agent("7");
    let projection = given.project();
    let before = given.append(&ana, registered(&ana, "Ana")).await;
    given.reach(before).await;
    given.restart_node().await;
    let after = given.append(&ana, renamed(&ana, "Ana Pérez")).await;
    given.reach(after).await;
    assert_eq!(given.name_of(&ana).await.as_deref(), Some("Ana Pérez"));
    assert!(projection.ready().is_ok());
}

#[tokio::test]
async fn a_new_projection_goes_on_where_the_read_model_is() {
    let mut given = Given::new().await;
    let (ana, bruno) = (given.agent("7"), given.agent("8"));
    let first = given.project();
    let before = given.append(&ana, registered(&ana, "Ana")).await;
    given.reach(before).await;
    drop(first);
    let after = given.append(&bruno, registered(&bruno, "Bruno")).await;
    let second = given.project();
    given.reach(after).await;
    in_time(second.caught_up()).await.unwrap();
    assert_eq!(given.name_of(&ana).await.as_deref(), Some("Ana"));
    assert_eq!(given.name_of(&bruno).await.as_deref(), Some("Bruno"));
}

#[tokio::test]
async fn streams_that_are_not_of_citas_are_passed_by() {
    let mut given = Given::new().await;
    let ana = given.agent("7");
    let projection = given.project();
    for stream in ["snapshot-agent-7", "visitor-55", "office-supplies", "agent-a b"] {
        let event = given.stored("SomethingElse", 9, b"{}".to_vec());
        given.append_to(stream, &[event]).await;
    }
    let position = given.append(&ana, registered(&ana, "Ana")).await;
    given.reach(position).await;
    in_time(projection.caught_up()).await.unwrap();
}
