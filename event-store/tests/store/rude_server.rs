use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use h2::server::SendResponse;
use http::{HeaderMap, Request, Response};
use prost::Message;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

const FEATURES: &str = "/event_store.client.server_features.ServerFeatures/GetSupportedMethods";

/// As much of the protocol as a subscription to the whole log needs.
pub(crate) mod wire {
    #[derive(Clone, PartialEq, Eq, prost::Message)]
    pub(crate) struct SupportedMethods {
        #[prost(string, tag = "2")]
        pub(crate) version: String,
    }

    #[derive(Clone, PartialEq, Eq, prost::Message)]
    pub(crate) struct ReadReq {
        #[prost(message, tag = "1")]
        pub(crate) options: Option<Options>,
    }

    #[derive(Clone, PartialEq, Eq, prost::Message)]
    pub(crate) struct Options {
        #[prost(message, tag = "2")]
        pub(crate) all: Option<AllOptions>,
    }

    #[derive(Clone, PartialEq, Eq, prost::Message)]
    pub(crate) struct AllOptions {
        #[prost(message, tag = "1")]
        pub(crate) position: Option<Position>,
    }

    #[derive(Clone, PartialEq, Eq, prost::Message)]
    pub(crate) struct ReadResp {
        #[prost(message, tag = "2")]
        pub(crate) confirmation: Option<Confirmation>,
        #[prost(message, tag = "3")]
        pub(crate) checkpoint: Option<Position>,
    }

    #[derive(Clone, PartialEq, Eq, prost::Message)]
    pub(crate) struct Confirmation {
        #[prost(string, tag = "1")]
        pub(crate) subscription_id: String,
    }

    #[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
    pub(crate) struct Position {
        #[prost(uint64, tag = "1")]
        pub(crate) commit: u64,
        #[prost(uint64, tag = "2")]
        pub(crate) prepare: u64,
    }
}

/// A server that answers every subscription with the same messages, and then ends it as if all were well.
pub(crate) struct RudeServer {
    pub(crate) address: SocketAddr,
    /// Where each subscription asked to begin.
    pub(crate) asked: mpsc::UnboundedReceiver<Option<wire::Position>>,
}

pub(crate) async fn start(answers: Vec<wire::ReadResp>) -> RudeServer {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (report, asked) = mpsc::unbounded_channel();
    let answers = Arc::new(answers);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(serve(socket, Arc::clone(&answers), report.clone()));
        }
    });
    RudeServer { address, asked }
}

async fn serve(
    socket: TcpStream,
    answers: Arc<Vec<wire::ReadResp>>,
    report: mpsc::UnboundedSender<Option<wire::Position>>,
) {
    let mut connection = h2::server::handshake(socket).await.unwrap();
    while let Some(Ok((request, respond))) = connection.accept().await {
        tokio::spawn(answer(request, respond, Arc::clone(&answers), report.clone()));
    }
}

async fn answer(
    request: Request<h2::RecvStream>,
    respond: SendResponse<Bytes>,
    answers: Arc<Vec<wire::ReadResp>>,
    report: mpsc::UnboundedSender<Option<wire::Position>>,
) {
    let is_features = request.uri().path() == FEATURES;
    let mut body = request.into_body();
    let mut received = BytesMut::new();
    while let Some(data) = body.data().await {
        received.put(data.unwrap());
    }
    if is_features {
        return send(respond, [&wire::SupportedMethods { version: "24.10.0".to_owned() }]);
    }
    let asked = wire::ReadReq::decode(&received[5..]).unwrap();
    let position = asked.options.unwrap().all.unwrap().position;
    report.send(position).unwrap();
    send(respond, answers.iter());
}

fn send<'a, M: Message + 'a>(mut respond: SendResponse<Bytes>, messages: impl IntoIterator<Item = &'a M>) {
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
