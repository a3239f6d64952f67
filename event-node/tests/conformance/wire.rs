//! The protocol's own messages, for what the official client does not show.

use std::time::Duration;

use eventstore::ClientSettings;
use futures::{TryStreamExt as _, stream};
use tonic::codec::ProstCodec;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::AsciiMetadataValue;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status, Streaming};

use self::messages::event_store::client as shared;
use self::messages::event_store::client::streams as proto;

pub(crate) use event_store_protocol as messages;

/// Longer than any call takes.
const NEVER: Duration = Duration::from_secs(30);

/// A connection without a client's help.
#[derive(Clone)]
pub(crate) struct Wire {
    channel: Channel,
    authorization: Option<AsciiMetadataValue>,
}

impl Wire {
    /// None, with the reason on standard output, for a server that is reached otherwise than by one address without TLS.
    pub(crate) async fn open(url: &str) -> Option<Self> {
        let settings: ClientSettings = url.parse().unwrap();
        let [host] = &settings.hosts()[..] else { return not_asked("it has several members") };
        if settings.is_secure_mode_enabled() {
            return not_asked("it is reached by TLS");
        }
        let address = format!("http://{}:{}", host.host, host.port);
        let channel = Endpoint::from_shared(address).unwrap().connect().await.unwrap();
        let authorization =
            url.split_once("://").and_then(|(_, rest)| rest.split_once('@')).map(|(user, _)| {
                use base64::Engine as _;
                let encoded = base64::engine::general_purpose::STANDARD.encode(user);
                format!("Basic {encoded}").parse().unwrap()
            });
        Some(Self { channel, authorization })
    }

    fn request<T>(&self, content: T) -> Request<T> {
        let mut request = Request::new(content);
        if let Some(authorization) = &self.authorization {
            request.metadata_mut().insert("authorization", authorization.clone());
        }
        request.set_timeout(NEVER);
        request
    }

    async fn ready(&self) -> tonic::client::Grpc<Channel> {
        let mut calls = tonic::client::Grpc::new(self.channel.clone());
        calls.ready().await.unwrap();
        calls
    }

    pub(crate) async fn append(&self, messages: Vec<proto::AppendReq>) -> Result<proto::AppendResp, Status> {
        let codec = ProstCodec::<proto::AppendReq, proto::AppendResp>::default();
        let request = self.request(stream::iter(messages));
        let answer = self.ready().await.client_streaming(request, path("Append"), codec).await?;
        Ok(answer.into_inner())
    }

    /// The first answer to a call of batch appends.
    pub(crate) async fn batch(
        &self,
        messages: Vec<proto::BatchAppendReq>,
    ) -> Result<proto::BatchAppendResp, Status> {
        first(self.batch_call(messages).await?).await
    }

    /// All answers to a call of batch appends.
    pub(crate) async fn batch_answers(
        &self,
        messages: Vec<proto::BatchAppendReq>,
    ) -> Result<Vec<proto::BatchAppendResp>, Status> {
        self.batch_call(messages).await?.try_collect().await
    }

    async fn batch_call(
        &self,
        messages: Vec<proto::BatchAppendReq>,
    ) -> Result<Streaming<proto::BatchAppendResp>, Status> {
        let codec = ProstCodec::<proto::BatchAppendReq, proto::BatchAppendResp>::default();
        let request = self.request(stream::iter(messages));
        Ok(self.ready().await.streaming(request, path("BatchAppend"), codec).await?.into_inner())
    }

    pub(crate) async fn end(
        &self,
        method: &'static str,
        request: proto::DeleteReq,
    ) -> Result<proto::DeleteResp, Status> {
        let codec = ProstCodec::<proto::DeleteReq, proto::DeleteResp>::default();
        Ok(self.ready().await.unary(self.request(request), path(method), codec).await?.into_inner())
    }

    /// Follows `$all` until it is live, or refused.
    pub(crate) async fn follow_all_from(&self, commit: u64, prepare: u64) -> Result<(), Status> {
        use proto::read_req::options as read;
        let empty = shared::Empty {};
        let position = shared::AllStreamPosition { commit_position: commit, prepare_position: prepare };
        let all = read::AllOptions { all_option: Some(read::all_options::AllOption::Position(position)) };
        let options = proto::read_req::Options {
            stream_option: Some(read::StreamOption::All(all)),
            count_option: Some(read::CountOption::Subscription(read::SubscriptionOptions {})),
            filter_option: Some(read::FilterOption::NoFilter(empty)),
            uuid_option: Some(read::UuidOption {
                content: Some(read::uuid_option::Content::Structured(empty)),
            }),
            ..Default::default()
        };
        let mut answers = self.answers(options).await?;
        while let Some(message) = answers.message().await? {
            if let Some(proto::read_resp::Content::CaughtUp(_)) = message.content {
                break;
            }
        }
        Ok(())
    }

    /// The first message of a read or a subscription.
    pub(crate) async fn read(&self, options: proto::read_req::Options) -> Result<proto::ReadResp, Status> {
        first(self.answers(options).await?).await
    }

    async fn answers(&self, options: proto::read_req::Options) -> Result<Streaming<proto::ReadResp>, Status> {
        let codec = ProstCodec::<proto::ReadReq, proto::ReadResp>::default();
        let request = self.request(proto::ReadReq { options: Some(options) });
        let answers = self.ready().await.server_streaming(request, path("Read"), codec).await?;
        Ok(answers.into_inner())
    }
}

/// Nothing at all is the default message.
async fn first<T: Default>(mut answers: Streaming<T>) -> Result<T, Status> {
    Ok(answers.message().await?.unwrap_or_default())
}

#[expect(clippy::print_stdout, reason = "whoever reads that the tests pass has to know what was not asked")]
fn not_asked<T>(why: &str) -> Option<T> {
    println!("NOT ASKED of the server at CITAS_TEST_ESDB_URL, because {why}");
    None
}

fn path(method: &'static str) -> PathAndQuery {
    format!("/event_store.client.streams.Streams/{method}").parse().unwrap()
}

pub(crate) fn stream(name: &[u8]) -> shared::StreamIdentifier {
    shared::StreamIdentifier { stream_name: name.to_vec().into() }
}

pub(crate) fn target(name: &[u8], expected: proto::write_target::Expected) -> proto::WriteTarget {
    proto::WriteTarget {
        stream_identifier: Some(stream(name)),
        expected: Some(expected),
        deadline_option: None,
    }
}

fn wire_id(id: uuid::Uuid) -> shared::Uuid {
    shared::Uuid { value: Some(shared::uuid::Value::String(id.to_string())) }
}

pub(crate) fn event(id: uuid::Uuid, event_type: &str, content_type: &str) -> proto::ProposedMessage {
    let metadata = [("type", event_type), ("content-type", content_type)];
    proto::ProposedMessage {
        id: Some(wire_id(id)),
        metadata: metadata.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        ..Default::default()
    }
}

pub(crate) fn batch_of(
    target: proto::WriteTarget,
    events: Vec<proto::ProposedMessage>,
) -> proto::BatchAppendReq {
    proto::BatchAppendReq {
        correlation_id: Some(wire_id(crate::support::id())),
        options: Some(target),
        proposed_messages: events,
        is_final: true,
    }
}

pub(crate) fn append_of(
    target: proto::WriteTarget,
    events: Vec<proto::ProposedMessage>,
) -> Vec<proto::AppendReq> {
    use proto::append_req::Content;
    let events = events.into_iter().map(Content::ProposedMessage);
    let contents = std::iter::once(Content::Options(target)).chain(events);
    contents.map(|content| proto::AppendReq { content: Some(content) }).collect()
}
