//! A server that misbehaves, alone or as a member of a cluster.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::{BufMut, Bytes, BytesMut};
use h2::server::SendResponse;
use http::{HeaderMap, Request, Response};
use prost::Message;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use crate::wire::{
    ClusterInfo, Confirmation, EndPoint, MemberInfo, Position, ReadReq, ReadResp, SupportedMethods,
};

const LEADER: i32 = 8;
const FOLLOWER: i32 = 6;

/// The checkpoint that every subscription is given.
pub(crate) const CHECKPOINT: Position = Position { commit: 1_000, prepare: 990 };

/// The members and the leader of a cluster, as all its servers report them.
#[derive(Debug, Default)]
pub(crate) struct Cluster {
    pub(crate) members: Vec<SocketAddr>,
    pub(crate) leader: Option<SocketAddr>,
}

/// A server that refuses appends, and ends every subscription after one checkpoint without an error.
pub(crate) struct RudeServer {
    pub(crate) address: SocketAddr,
    /// Where each subscription asked to begin.
    pub(crate) asked: mpsc::UnboundedReceiver<Option<Position>>,
    serving: JoinHandle<()>,
}

impl RudeServer {
    pub(crate) async fn start(cluster: &Arc<Mutex<Cluster>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (report, asked) = mpsc::unbounded_channel();
        let cluster = Arc::clone(cluster);
        let serving = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                connections.spawn(serve(socket, Arc::clone(&cluster), report.clone()));
            }
        });
        Self { address, asked, serving }
    }

    /// Stops listening, and closes all connections.
    pub(crate) async fn stop(&mut self) {
        self.serving.abort();
        assert!((&mut self.serving).await.unwrap_err().is_cancelled());
    }
}

async fn serve(
    socket: TcpStream,
    cluster: Arc<Mutex<Cluster>>,
    report: mpsc::UnboundedSender<Option<Position>>,
) {
    let mut connection = h2::server::handshake(socket).await.unwrap();
    let mut calls = JoinSet::new();
    while let Some(Ok((request, respond))) = connection.accept().await {
        calls.spawn(answer(request, respond, Arc::clone(&cluster), report.clone()));
    }
}

async fn answer(
    request: Request<h2::RecvStream>,
    respond: SendResponse<Bytes>,
    cluster: Arc<Mutex<Cluster>>,
    report: mpsc::UnboundedSender<Option<Position>>,
) {
    let method = request.uri().path().to_owned();
    let mut body = request.into_body();
    let mut received = BytesMut::new();
    while let Some(data) = body.data().await {
        received.put(data.unwrap());
    }
    match method.as_str() {
        "/event_store.client.server_features.ServerFeatures/GetSupportedMethods" => {
            succeed(respond, &[SupportedMethods { version: "24.10.0".to_owned() }]);
        }
        "/event_store.client.gossip.Gossip/Read" => succeed(respond, &[gossip(&cluster.lock().unwrap())]),
        "/event_store.client.streams.Streams/Read" => {
            let asked = ReadReq::decode(&received[5..]).unwrap();
            report.send(asked.options.unwrap().all.unwrap().position).unwrap();
            let confirmation = Confirmation { subscription_id: "s".to_owned() };
            let confirmed = ReadResp { confirmation: Some(confirmation), checkpoint: None };
            succeed(respond, &[confirmed, ReadResp { confirmation: None, checkpoint: Some(CHECKPOINT) }]);
        }
        _ => send_on(respond, cluster.lock().unwrap().leader.unwrap()),
    }
}

fn gossip(cluster: &Cluster) -> ClusterInfo {
    let members = cluster.members.iter().map(|member| MemberInfo {
        state: if cluster.leader == Some(*member) { LEADER } else { FOLLOWER },
        is_alive: true,
        http_end_point: Some(EndPoint { address: member.ip().to_string(), port: member.port().into() }),
    });
    ClusterInfo { members: members.collect() }
}

fn succeed(mut respond: SendResponse<Bytes>, messages: &[impl Message]) {
    let head = Response::builder().header("content-type", "application/grpc").body(()).unwrap();
    let mut stream = respond.send_response(head, false).unwrap();
    let mut data = BytesMut::new();
    for message in messages {
        data.put_u8(0);
        data.put_u32(u32::try_from(message.encoded_len()).unwrap());
        message.encode(&mut data).unwrap();
    }
    stream.send_data(data.freeze(), false).unwrap();
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", "0".parse().unwrap());
    stream.send_trailers(trailers).unwrap();
}

/// Refuses a call, and names the leader.
fn send_on(mut respond: SendResponse<Bytes>, leader: SocketAddr) {
    let refusal = Response::builder()
        .header("content-type", "application/grpc")
        .header("grpc-status", "5")
        .header("exception", "not-leader")
        .header("leader-endpoint-host", leader.ip().to_string())
        .header("leader-endpoint-port", leader.port().to_string());
    respond.send_response(refusal.body(()).unwrap(), true).unwrap();
}
