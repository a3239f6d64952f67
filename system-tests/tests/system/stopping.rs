use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use system_tests::{Client, Launch, STEP_TIMEOUT};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::support::{Given, all, at, booking, head};

const CLIENTS: usize = 6;
/// After this many bookings the program is asked to end.
const BOOKINGS: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_ends_when_asked_to_and_keeps_every_booking_that_it_answered() {
    let Given { citas, client, folder: _folder } = Given::agency(&["7", "8"]).await;
    let (count, enough) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let (client, count, enough) = (client.another(), Arc::clone(&count), Arc::clone(&enough));
        clients.spawn(async move { book_until_refused(&client, number, &count, &enough).await });
    }
    enough.notified().await;
    citas.terminate();
    let booked: Vec<String> = clients.join_all().await.into_iter().flatten().collect();
    let data = citas.data().to_owned();
    let exit = citas.exit().await;
    assert_eq!(exit.code, Some(0), "{}", exit.logs);
    assert!(exit.logs.contains("\"stopped\""), "{}", exit.logs);

    let citas = Launch::new(data).ready().await;
    let listed = all(&citas.client(), "/v1/appointments", &head(&citas.client()).await).await;
    let stored: Vec<_> = listed.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert!(booked.len() >= BOOKINGS);
    for id in &booked {
        assert!(stored.contains(&id.as_str()), "{id} was answered and is not there");
    }
    // Each client had one request open at most.
    assert!(stored.len() <= booked.len() + CLIENTS, "{} stored, {} answered", stored.len(), booked.len());
}

/// Books one free slot after the other for as long as there is someone to answer. Gives what was booked.
async fn book_until_refused(
    client: &Client,
    number: usize,
    count: &AtomicUsize,
    enough: &Notify,
) -> Vec<String> {
    let mut booked = Vec::new();
    for slot in 0.. {
        let start = at(3 + u64::try_from(number).unwrap(), slot * 30);
        let body = booking(["7", "8"][number % 2], &format!("{number}-{slot}"), start);
        let Some(answer) = client.post("/v1/appointments").body(&body).attempt().await else { break };
        if answer.status == 503 {
            continue;
        }
        booked.push(answer.success().json()["appointment_id"].as_str().unwrap().to_owned());
        if count.fetch_add(1, Ordering::Relaxed) + 1 == BOOKINGS {
            enough.notify_one();
        }
    }
    booked
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_end() {
    let Given { citas, client, folder: _folder } = Given::agency(&["7"]).await;
    let body = booking("7", "55", at(3, 0)).to_string();
    let (token, length) = (client.token(), body.len());
    let headers = format!(
        "host: citas\r\nauthorization: Bearer {token}\r\ncontent-length: {length}\r\nexpect: 100-continue"
    );
    let request = format!("POST /v1/appointments HTTP/1.1\r\n{headers}\r\n\r\n{body}");
    let mut connection = TcpStream::connect(client.address()).await.unwrap();
    let (begun, rest) = request.split_at(request.len() - 10);
    connection.write_all(begun.as_bytes()).await.unwrap();
    // It waits for the rest of the body.
    assert!(read_some(&mut connection).await.starts_with("HTTP/1.1 100"));
    citas.terminate();
    citas.logged("stopping").await;
    connection.write_all(rest.as_bytes()).await.unwrap();
    let answer = read_some(&mut connection).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    drop(connection);
    assert_eq!(citas.exit().await.code, Some(0));
}

async fn read_some(connection: &mut TcpStream) -> String {
    let mut bytes = vec![0; 4096];
    let length = timeout(STEP_TIMEOUT, connection.read(&mut bytes)).await.unwrap().unwrap();
    String::from_utf8(bytes[..length].to_vec()).unwrap()
}
