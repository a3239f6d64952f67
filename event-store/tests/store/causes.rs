//! What an operator has to put right is told from what passes, and named with what to do.

use std::path::PathBuf;
use std::sync::Arc;

use event_node::{Access, Credentials, Node, NodeConfig};
use event_store::{
    After, AppendError, Cause, EventStore, ExpectedRevision, Fault, ReadError, StreamFilter, SubscriptionItem,
};
use tempfile::TempDir;
use tonic::Status;

use crate::rude_server::RudeServer;
use crate::store_server::OwnNode;
use crate::support::{in_time, new_events, new_name, next, store_at};

const SERVER: &str = include_str!("certificates/server.pem");
const ELSEWHERE: &str = include_str!("certificates/elsewhere.pem");
const EXPIRED: &str = include_str!("certificates/expired.pem");
/// Signed by itself, and marked as an authority's.
const OWN_AUTHORITY: &str = include_str!("certificates/own-authority.pem");
const KEY: &str = include_str!("certificates/server-key.pem");

fn file(name: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/store/certificates", name].iter().collect();
    path.display().to_string()
}

/// Why nothing is read, which a subscription is told too, and at once.
async fn cause_of(store: &EventStore) -> Fault {
    let refused = in_time(store.head_of(&StreamFilter::all())).await.unwrap_err();
    let cause = refused.fault().cause();
    let mut subscription = store.subscribe(After::Start, StreamFilter::all());
    let item = next(&mut subscription).await;
    let SubscriptionItem::Disconnected(told) = item else { panic!("{item:?}") };
    assert_eq!(told.cause(), cause, "{told}");
    assert_eq!(store.trouble().unwrap().cause(), cause);
    told
}

fn assert_says(fault: &Fault, cause: Cause, parts: &[&str]) {
    let text = fault.to_string();
    assert_eq!(fault.cause(), cause, "{text}");
    for part in parts {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(cause.needs_operator());
}

#[tokio::test]
async fn a_wrong_password_is_named_and_not_repeated() {
    let folder = TempDir::new().unwrap();
    let credentials = Credentials::parse("citas:correct-horse-battery").unwrap();
    let access = Access::Credentials(credentials);
    let node = Node::start(NodeConfig { access, ..NodeConfig::new(folder.path()) }).await.unwrap();
    let address = node.local_addr();
    let wrong = EventStore::new(&format!("esdb://citas:wr0ng@{address}?tls=false")).unwrap();
    let fault = cause_of(&wrong).await;
    assert_says(&fault, Cause::WrongPassword, &["user citas", "password", "connection string"]);
    assert!(!fault.to_string().contains("wr0ng"), "{fault}");
    let nobody = cause_of(&store_at(address)).await;
    assert_says(&nobody, Cause::WrongPassword, &["wants a user", "connection string"]);

    let right = format!("esdb://citas:correct-h%6Frse-battery@{address}?tls=false");
    let right = EventStore::new(&right).unwrap();
    right.append(&new_name("right"), ExpectedRevision::NoStream, &new_events(0..1)).await.unwrap();
}

#[tokio::test]
async fn a_right_that_the_user_lacks_is_named() {
    let server = RudeServer::storing().await;
    let denied = || Status::permission_denied("Access Denied");
    server.answer_reads((0..3).map(|_| vec![Err(denied())]));
    server.answer_appends([Err(denied())]);
    let store = EventStore::new(&format!("esdb://citas:x@{}?tls=false", server.address)).unwrap();
    let read = store.load("agent-7", None).await.unwrap_err();
    assert!(matches!(read, ReadError::Rejected(_)));
    assert_says(read.fault(), Cause::NoRight, &["user citas", "reading stream agent-7"]);
    let appended = store.append("agent-7", ExpectedRevision::NoStream, &new_events(0..1)).await.unwrap_err();
    assert!(matches!(appended, AppendError::Rejected(_)));
    assert_says(appended.fault().unwrap(), Cause::NoRight, &["user citas", "appending to stream agent-7"]);
    let fault = cause_of(&store).await;
    assert_says(&fault, Cause::NoRight, &["user citas", "reading $all needs", "$$$all"]);
}

#[tokio::test]
async fn a_certificate_is_accepted_from_a_known_authority_and_for_the_servers_name_alone() {
    let at = |server: &RudeServer, authority: &str| {
        EventStore::new(&format!("esdb://{}?tlsCaFile={}", server.address, file(authority))).unwrap()
    };
    let server = RudeServer::encrypting(SERVER, KEY).await;
    let known = at(&server, "authority.pem");
    in_time(known.append("s", ExpectedRevision::NoStream, &new_events(0..1))).await.unwrap();
    let fault = cause_of(&at(&server, "elsewhere.pem")).await;
    assert_says(&fault, Cause::UnknownCertificate, &["no known authority", "tlsCaFile"]);

    let server = RudeServer::encrypting(ELSEWHERE, KEY).await;
    let fault = cause_of(&at(&server, "authority.pem")).await;
    assert_says(&fault, Cause::UnknownCertificate, &["for other names"]);

    let server = RudeServer::encrypting(EXPIRED, KEY).await;
    let fault = cause_of(&at(&server, "authority.pem")).await;
    assert_says(&fault, Cause::UnknownCertificate, &["has expired"]);

    let server = RudeServer::encrypting(OWN_AUTHORITY, KEY).await;
    let fault = cause_of(&at(&server, "own-authority.pem")).await;
    assert_says(&fault, Cause::UnknownCertificate, &["the certificate of an authority as its own"]);
    assert!(!fault.to_string().contains("CaUsed"), "{fault}");
}

#[tokio::test]
async fn tls_on_one_side_alone_is_named() {
    let node = OwnNode::start("does not encrypt").await;
    let url = format!("esdb://{}?tlsCaFile={}", node.address(), file("authority.pem"));
    let fault = cause_of(&EventStore::new(&url).unwrap()).await;
    assert_says(&fault, Cause::NotTls, &["does not speak TLS", "tls=false"]);

    let server = RudeServer::encrypting(SERVER, KEY).await;
    let refused = store_at(server.address).load("s", None).await.unwrap_err();
    let told = refused.fault().to_string();
    assert!(told.contains("expect") && told.contains(&server.address.to_string()), "{told}");
    assert!(!told.contains("metadata") && !told.contains("headers"), "{told}");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named() {
    let server = RudeServer::start(&Arc::default()).await;
    let url = format!("esdb://{}?tlsCaFile={}", server.address, file("nobodys.pem"));
    let fault = cause_of(&EventStore::new(&url).unwrap()).await;
    assert_says(&fault, Cause::Settings, &["tlsCaFile", "nobodys.pem"]);
    let url = format!("esdb://{}?tlsCaFile={}", server.address, file("server-key.pem"));
    let fault = cause_of(&EventStore::new(&url).unwrap()).await;
    assert_says(&fault, Cause::Settings, &["tlsCaFile", "server-key.pem", "has no CERTIFICATE"]);
}

#[tokio::test]
async fn a_server_that_is_away_is_no_matter_of_settings() {
    let mut node = OwnNode::start("stops it").await;
    node.stop().await;
    let fault = cause_of(&store_at(node.address())).await;
    assert_eq!(fault.cause(), Cause::Unreachable, "{fault}");
    assert!(!fault.cause().needs_operator() && fault.to_string().contains(&node.address().to_string()));
}
