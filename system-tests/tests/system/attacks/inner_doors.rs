//! Every port that the program opens, and a stranger on the same machine who knocks there.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::process::Stdio;

use event_store::{AppendError, EventStore, ExpectedRevision, NewEvent, ReadError, StreamFilter};
use schemas::EventId;
use system_tests::{Launch, STEP_TIMEOUT, program};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::time::timeout;
use uuid::Uuid;

use crate::production::{Kafka, Production};
use crate::support::{Given, at, book};

/// In `/proc/net/tcp`: a socket that listens.
const LISTENS: &str = "0A";

/// The addresses at which a process listens, as Linux knows them.
fn listening(process: u32) -> BTreeSet<(IpAddr, u16)> {
    let sockets: BTreeSet<String> = fs::read_dir(format!("/proc/{process}/fd"))
        .unwrap()
        .filter_map(|file| fs::read_link(file.ok()?.path()).ok()?.to_str().map(str::to_owned))
        .filter_map(|link| Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let table = fs::read_to_string(format!("/proc/{process}/net/tcp")).unwrap();
    let rows = table.lines().skip(1).map(|row| row.split_whitespace().collect::<Vec<_>>());
    let ours = rows.filter(|row| row[3] == LISTENS && sockets.contains(row[9]));
    let own: BTreeSet<_> = ours
        .map(|row| {
            let (address, port) = row[1].split_once(':').unwrap();
            let address = Ipv4Addr::from(u32::from_str_radix(address, 16).unwrap().swap_bytes());
            (IpAddr::from(address), u16::from_str_radix(port, 16).unwrap())
        })
        .collect();
    let over_six = fs::read_to_string(format!("/proc/{process}/net/tcp6")).unwrap();
    let rows = over_six.lines().skip(1).map(|row| row.split_whitespace().collect::<Vec<_>>());
    let open = rows.filter(|row| row[3] == LISTENS && sockets.contains(row[9])).count();
    assert_eq!(open, 0, "nothing listens on IPv6 unless it is asked to");
    own
}

fn forged(number: u128) -> NewEvent {
    let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number);
    NewEvent {
        event_id: EventId::new(id),
        event_type: "AppointmentBooked",
        payload: b"{}".to_vec(),
        metadata: fixtures::metadata(id, "2026-12-01T12:00:00Z".parse().unwrap()),
    }
}

#[tokio::test]
async fn a_stranger_reads_and_writes_nothing_at_any_port() {
    let Given { citas, client, folder: _folder } = Given::agency(&["7"]).await;
    book(&client, "7", "55", at(3, 0)).await;
    let http: u16 = client.address().rsplit(':').next().unwrap().parse().unwrap();
    let doors = listening(citas.id());
    assert!(doors.iter().all(|(address, _)| address.is_loopback()), "{doors:?}");
    let inner: Vec<u16> = doors.iter().map(|(_, port)| *port).filter(|port| *port != http).collect();
    assert_eq!((inner.len(), doors.len()), (1, 2), "HTTP and the event store, and nothing else: {doors:?}");
    client.stranger().get("/v1/office").answer().await.refused(401, "unauthenticated");
    client.stranger().get("/metrics").answer().await.refused(401, "unauthenticated");

    for credentials in ["", "admin:changeit@", "citas:0123456789abcdef0123456789abcdef@"] {
        let url = format!("esdb://{credentials}127.0.0.1:{}?tls=false", inner[0]);
        let store = EventStore::new(&url).unwrap();
        let read = store.load("agent-7", None).await;
        assert!(matches!(read, Err(ReadError::Rejected(_))), "{read:?}");
        let head = store.head_of(&StreamFilter::prefixes(["agent-"])).await;
        assert!(matches!(head, Err(ReadError::Rejected(_))), "{head:?}");
        // A forged booking, and limits by which a stream would be emptied.
        for stream in ["agent-7", "$$agent-7", "office"] {
            let appended = store.append(stream, ExpectedRevision::Any, &[forged(1)]).await;
            assert!(matches!(appended, Err(AppendError::Rejected(_))), "{appended:?}");
        }
    }
    let command_line = fs::read(format!("/proc/{}/cmdline", citas.id())).unwrap();
    assert!(!String::from_utf8_lossy(&command_line).contains("esdb://"));
    let data = citas.data().to_owned();
    let logs = citas.stop().await.logs;
    assert!(!logs.contains("citas:") && !logs.contains("esdb://"), "{logs}");
    // Nothing was changed meanwhile.
    let citas = Launch::new(data).ready().await;
    let appointments = citas.client().get("/v1/appointments").ok().await;
    assert_eq!(appointments["items"].as_array().unwrap().len(), 1);
    citas.stop().await;
}

#[tokio::test]
async fn a_service_by_itself_opens_one_port_and_knows_strangers() {
    let production = Production::start(Kafka::shared()).await;
    for service in [&production.command_api, &production.query_api, &production.projector] {
        let client = service.client();
        let port: u16 = client.address().rsplit(':').next().unwrap().parse().unwrap();
        let doors = listening(service.id());
        assert_eq!(doors, BTreeSet::from([(Ipv4Addr::LOCALHOST.into(), port)]));
        client.stranger().get("/livez").ok().await;
        for path in ["/metrics", "/v1/office", "/v1/appointments"] {
            client.stranger().get(path).answer().await.refused(401, "unauthenticated");
            client.stranger().post(path).answer().await.refused(401, "unauthenticated");
        }
        let retry = "/v1/operations/parked/projection/agent-7/retry";
        client.stranger().post(retry).answer().await.refused(401, "unauthenticated");
    }
}

#[tokio::test]
async fn a_node_by_itself_serves_whoever_has_its_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let credentials = folder.path().join("credentials");
    fs::write(&credentials, "citas:correct-horse-battery\n").unwrap();
    let mut command = tokio::process::Command::new(program("citas"));
    command.arg("node").arg("--data").arg(folder.path().join("data")).args(["--listen", "127.0.0.1:0"]);
    command.arg("--credentials-file").arg(&credentials).env_remove("CITAS_NODE_CREDENTIALS");
    command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut node = command.spawn().unwrap();
    let mut said = BufReader::new(node.stdout.take().unwrap()).lines();
    let line = timeout(STEP_TIMEOUT, said.next_line()).await.expect("it starts").unwrap().unwrap();
    assert!(!line.contains("horse"), "{line}");
    let address = line.split("esdb://").nth(1).unwrap();
    let own = EventStore::new(&format!("esdb://citas:correct-horse-battery@{address}")).unwrap();
    own.append("agent-7", ExpectedRevision::NoStream, &[forged(1)]).await.unwrap();
    let other = EventStore::new(&format!("esdb://citas:correct-horse-batterY@{address}")).unwrap();
    assert!(matches!(other.load("agent-7", None).await, Err(ReadError::Rejected(_))));
    node.kill().await.unwrap();
}

/// `citas node` by itself, with these arguments and this variable, until it ends because something is wrong with them.
fn refused_node(arguments: &[&str], credentials: Option<&str>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new(program("citas"));
    command.arg("node").arg("--data").arg(folder.path()).args(["--listen", "127.0.0.1:0"]).args(arguments);
    command.env_remove("CITAS_NODE_CREDENTIALS").env_remove("CITAS_NODE_CREDENTIALS_FILE");
    if let Some(credentials) = credentials {
        command.env("CITAS_NODE_CREDENTIALS", credentials);
    }
    let output = command.output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_node_by_itself_is_open_to_nobody_unless_it_is_told_to() {
    let told = refused_node(&[], None);
    assert!(told.contains("--credentials-file") && told.contains("--no-credentials"), "{told}");
    let told = refused_node(&[], Some("citas:short"));
    assert!(told.contains("CITAS_NODE_CREDENTIALS") && !told.contains("short"), "{told}");
    let told = refused_node(&["--no-credentials"], Some("citas:correct-horse-battery"));
    assert!(told.contains("not both") && !told.contains("horse"), "{told}");
    let told = refused_node(&["--credentials-file", "nowhere/credentials"], None);
    assert!(told.contains("nowhere/credentials cannot be read"), "{told}");
}
