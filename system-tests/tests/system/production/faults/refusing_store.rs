use system_tests::{EventNode, Service};

use super::super::support::{address_of_its_own, postgres, unique};

/// Whoever reads the store says what is wrong, and the log too.
async fn is_named(event_store: &str, words: &[&str]) {
    let schema = format!("refused_{}", unique());
    let command_api = Service::command_api(event_store).listening().await;
    let projector = Service::projector(event_store, &postgres(), &schema).listening().await;
    for service in [command_api, projector] {
        for word in words {
            service.until_unready_with(word).await;
        }
        let exit = service.stop().await;
        assert_eq!(exit.code, Some(0), "{}", exit.logs);
        for word in words {
            assert!(exit.logs.contains(word), "{word} is not in the log: {}", exit.logs);
        }
        assert!(!exit.logs.contains("wrong-secret"), "{}", exit.logs);
    }
}

#[tokio::test]
async fn a_password_that_is_wrong_is_named_with_the_user() {
    let folder = tempfile::tempdir().unwrap();
    let (data, address) = (folder.path().join("data"), address_of_its_own());
    let node = EventNode::start_for(data, &address, Some("citas:right-secret-of-enough-letters")).await;
    is_named(
        &format!("esdb://citas:wrong-secret@{}?tls=false", node.address()),
        &["user citas", "password", "correct them"],
    )
    .await;
    is_named(&format!("esdb://{}?tls=false", node.address()), &["wants a user and a password"]).await;
}

#[tokio::test]
async fn tls_against_a_store_without_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let node = EventNode::start_at(folder.path().join("data"), &address_of_its_own()).await;
    is_named(&format!("esdb://{}?tls=true", node.address()), &["does not speak TLS", "tls=false"]).await;
}
