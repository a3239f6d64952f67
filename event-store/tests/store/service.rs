//! The services of a server that is none, with what the tests ask of it; everything else is refused.

use std::io;
use std::pin::Pin;

use event_store_protocol::event_store::client::gossip::ClusterInfo;
use event_store_protocol::event_store::client::gossip::gossip_server::{Gossip, GossipServer};
use event_store_protocol::event_store::client::server_features::SupportedMethods;
use event_store_protocol::event_store::client::server_features::server_features_server::{
    ServerFeatures, ServerFeaturesServer,
};
use event_store_protocol::event_store::client::streams::streams_server::{Streams, StreamsServer};
use event_store_protocol::event_store::client::streams::{
    AppendReq, AppendResp, BatchAppendReq, BatchAppendResp, DeleteReq, DeleteResp, ReadReq, ReadResp,
};
use futures::{Stream, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tonic::codegen::tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status, Streaming};

pub(crate) type Boxed<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// What a server answers.
#[tonic::async_trait]
pub(crate) trait Answering: Clone + Send + Sync + 'static {
    async fn read(&self, request: ReadReq) -> Result<Boxed<ReadResp>, Status>;

    async fn append(&self, messages: Streaming<AppendReq>) -> Result<AppendResp, Status>;

    /// The members of its cluster, and who leads.
    fn members(&self) -> ClusterInfo;
}

/// Serves until it is aborted.
pub(crate) fn serve(mut server: Server, listener: TcpListener, answers: impl Answering) -> JoinHandle<()> {
    let service = Service(answers);
    let serving = server
        .add_service(StreamsServer::new(service.clone()))
        .add_service(GossipServer::new(service.clone()))
        .add_service(ServerFeaturesServer::new(service))
        .serve_with_incoming(connections(listener));
    tokio::spawn(async move { serving.await.unwrap() })
}

/// Connections on which a server's answer does not wait for the acknowledgement of its beginning: a paused clock would leap
/// meanwhile.
fn connections(listener: TcpListener) -> impl Stream<Item = io::Result<TcpStream>> {
    TcpListenerStream::new(listener).inspect(|socket| {
        if let Ok(socket) = socket {
            socket.set_nodelay(true).unwrap();
        }
    })
}

pub(crate) fn not_asked<T>() -> Result<T, Status> {
    Err(Status::unimplemented("no test asks for it"))
}

#[derive(Clone)]
struct Service<A>(A);

#[tonic::async_trait]
impl<A: Answering> Streams for Service<A> {
    type ReadStream = Boxed<ReadResp>;
    type BatchAppendStream = Boxed<BatchAppendResp>;

    async fn read(&self, request: Request<ReadReq>) -> Result<Response<Self::ReadStream>, Status> {
        self.0.read(request.into_inner()).await.map(Response::new)
    }

    async fn append(&self, request: Request<Streaming<AppendReq>>) -> Result<Response<AppendResp>, Status> {
        self.0.append(request.into_inner()).await.map(Response::new)
    }

    async fn batch_append(
        &self,
        _: Request<Streaming<BatchAppendReq>>,
    ) -> Result<Response<Self::BatchAppendStream>, Status> {
        not_asked()
    }

    async fn delete(&self, _: Request<DeleteReq>) -> Result<Response<DeleteResp>, Status> {
        not_asked()
    }

    async fn tombstone(&self, _: Request<DeleteReq>) -> Result<Response<DeleteResp>, Status> {
        not_asked()
    }
}

#[tonic::async_trait]
impl<A: Answering> Gossip for Service<A> {
    async fn read(&self, _: Request<()>) -> Result<Response<ClusterInfo>, Status> {
        Ok(Response::new(self.0.members()))
    }
}

#[tonic::async_trait]
impl<A: Answering> ServerFeatures for Service<A> {
    async fn get_supported_methods(&self, _: Request<()>) -> Result<Response<SupportedMethods>, Status> {
        let event_store_server_version = "24.10.0".to_owned();
        Ok(Response::new(SupportedMethods { methods: Vec::new(), event_store_server_version }))
    }
}
