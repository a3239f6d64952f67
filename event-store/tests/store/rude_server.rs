//! A server that does what a test tells it, alone or as a member of a cluster.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use event_store_protocol::event_store::client::gossip::member_info::VNodeState;
use event_store_protocol::event_store::client::gossip::{ClusterInfo, EndPoint, MemberInfo};
use event_store_protocol::event_store::client::streams::append_resp::{
    WrongExpectedVersion, wrong_expected_version,
};
use event_store_protocol::event_store::client::streams::read_req::options::{StreamOption, all_options};
use event_store_protocol::event_store::client::streams::read_resp::read_event::RecordedEvent;
use event_store_protocol::event_store::client::streams::read_resp::{
    CaughtUp, Checkpoint, Content, ReadEvent, SubscriptionConfirmation,
};
use event_store_protocol::event_store::client::streams::{
    AppendReq, AppendResp, AppendSuccess, ReadReq, ReadResp, append_resp, append_success,
};
use event_store_protocol::event_store::client::{StreamIdentifier, Uuid, uuid};
use futures::{StreamExt as _, stream};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tonic::transport::{Identity, Server, ServerTlsConfig};
use tonic::{Status, Streaming};

use crate::service::{Answering, Boxed, serve};
use crate::support::new_event;

/// The checkpoint that every subscription is given, unless the test says otherwise: commit and prepare position.
pub(crate) const CHECKPOINT: (u64, u64) = (1_000, 1_000);

/// The members and the leader of a cluster, as all its servers report them.
#[derive(Debug, Default)]
pub(crate) struct Cluster {
    pub(crate) members: Vec<SocketAddr>,
    pub(crate) leader: Option<SocketAddr>,
}

type Answers = Vec<Result<ReadResp, Status>>;

/// A server that answers as it is told to. Otherwise it refuses appends, naming the leader, and ends every subscription after one
/// checkpoint without an error, as long as no other leads.
pub(crate) struct RudeServer {
    pub(crate) address: SocketAddr,
    /// Where in the log each read asked to begin.
    pub(crate) asked: mpsc::UnboundedReceiver<Option<(u64, u64)>>,
    /// The messages of each append.
    pub(crate) appended: mpsc::UnboundedReceiver<Vec<AppendReq>>,
    script: Script,
    serving: JoinHandle<()>,
}

#[derive(Clone)]
struct Script {
    address: SocketAddr,
    cluster: Arc<Mutex<Cluster>>,
    appends: Arc<Mutex<VecDeque<Result<AppendResp, Status>>>>,
    reads: Arc<Mutex<VecDeque<Answers>>>,
    asked: mpsc::UnboundedSender<Option<(u64, u64)>>,
    appended: mpsc::UnboundedSender<Vec<AppendReq>>,
    stores: bool,
}

impl RudeServer {
    pub(crate) async fn start(cluster: &Arc<Mutex<Cluster>>) -> Self {
        Self::begin(cluster, None, false).await
    }

    /// One that stores appends, after those whose answers it is told.
    pub(crate) async fn storing() -> Self {
        Self::begin(&Arc::default(), None, true).await
    }

    /// The same, with TLS: by this certificate and its key.
    pub(crate) async fn encrypting(certificate: &str, key: &str) -> Self {
        // A build of the whole workspace has two. It fails if another test was first.
        rustls::crypto::ring::default_provider().install_default().ok();
        let identity = Identity::from_pem(certificate, key);
        Self::begin(&Arc::default(), Some(ServerTlsConfig::new().identity(identity)), true).await
    }

    async fn begin(cluster: &Arc<Mutex<Cluster>>, tls: Option<ServerTlsConfig>, stores: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (asked_by, asked) = mpsc::unbounded_channel();
        let (appended_by, appended) = mpsc::unbounded_channel();
        let script = Script {
            address,
            cluster: Arc::clone(cluster),
            appends: Arc::default(),
            reads: Arc::default(),
            asked: asked_by,
            appended: appended_by,
            stores,
        };
        let mut server = Server::builder();
        if let Some(tls) = tls {
            server = server.tls_config(tls).unwrap();
        }
        let serving = serve(server, listener, script.clone());
        Self { address, asked, appended, script, serving }
    }

    /// The next appends are answered with these, one after the other.
    pub(crate) fn answer_appends(&self, answers: impl IntoIterator<Item = Result<AppendResp, Status>>) {
        self.script.appends.lock().unwrap().extend(answers);
    }

    /// The next reads and subscriptions are answered with these, one after the other.
    pub(crate) fn answer_reads(&self, answers: impl IntoIterator<Item = Answers>) {
        self.script.reads.lock().unwrap().extend(answers);
    }
}

impl Drop for RudeServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

pub(crate) fn confirmed() -> ReadResp {
    saying(Content::Confirmation(SubscriptionConfirmation { subscription_id: "s".to_owned() }))
}

pub(crate) fn checkpoint((commit_position, prepare_position): (u64, u64)) -> ReadResp {
    saying(Content::Checkpoint(Checkpoint { commit_position, prepare_position, timestamp: None }))
}

pub(crate) fn caught_up() -> ReadResp {
    saying(Content::CaughtUp(CaughtUp::default()))
}

/// An event at this position of the log.
pub(crate) fn event_at(position: u64) -> ReadResp {
    let text = |text: &str| text.to_owned();
    let event = RecordedEvent {
        id: Some(Uuid { value: Some(uuid::Value::String(new_event(0).event_id.uuid().to_string())) }),
        stream_identifier: Some(StreamIdentifier { stream_name: "s".into() }),
        stream_revision: position,
        prepare_position: position,
        commit_position: position,
        metadata: [(text("type"), text("Numbered")), (text("content-type"), text("application/json"))].into(),
        custom_metadata: "{}".into(),
        data: "{}".into(),
    };
    saying(Content::Event(ReadEvent { event: Some(event), link: None, position: None }))
}

/// The stream is at another revision than was expected.
pub(crate) fn conflict() -> AppendResp {
    let current = wrong_expected_version::CurrentRevisionOption::CurrentRevision(7);
    let wrong = WrongExpectedVersion {
        current_revision_option: Some(current),
        expected_revision_option: None,
        current_revision_option_20_6_0: None,
        expected_revision_option_20_6_0: None,
    };
    AppendResp { result: Some(append_resp::Result::WrongExpectedVersion(wrong)) }
}

fn saying(content: Content) -> ReadResp {
    ReadResp { content: Some(content) }
}

/// A refusal that names the leader.
pub(crate) fn not_leader(leader: Option<SocketAddr>) -> Status {
    let Some(leader) = leader else { return Status::unknown("No leader info available in response") };
    let mut status = Status::not_found("Leader info available");
    let trailers = status.metadata_mut();
    trailers.insert("exception", "not-leader".parse().unwrap());
    trailers.insert("leader-endpoint-host", leader.ip().to_string().parse().unwrap());
    trailers.insert("leader-endpoint-port", leader.port().to_string().parse().unwrap());
    status
}

/// What members say of the cluster: who they are, and which of them leads.
pub(crate) fn gossip(members: &[SocketAddr], leader: Option<SocketAddr>) -> ClusterInfo {
    let members = members.iter().map(|member| MemberInfo {
        instance_id: None,
        time_stamp: 0,
        state: if leader == Some(*member) { VNodeState::Leader } else { VNodeState::Follower }.into(),
        is_alive: true,
        http_end_point: Some(EndPoint { address: member.ip().to_string(), port: member.port().into() }),
    });
    ClusterInfo { members: members.collect() }
}

#[tonic::async_trait]
impl Answering for Script {
    async fn read(&self, request: ReadReq) -> Result<Boxed<ReadResp>, Status> {
        let options = request.options.unwrap();
        let from = match options.stream_option.unwrap() {
            StreamOption::All(all) => match all.all_option.unwrap() {
                all_options::AllOption::Position(from) => Some((from.commit_position, from.prepare_position)),
                _ => None,
            },
            StreamOption::Stream(_) => None,
        };
        self.asked.send(from).ok();
        let leader = self.cluster.lock().unwrap().leader;
        if leader.is_some_and(|leader| leader != self.address) {
            return Err(not_leader(leader));
        }
        let answers = self.reads.lock().unwrap().pop_front();
        let answers = answers.unwrap_or_else(|| vec![Ok(confirmed()), Ok(checkpoint(CHECKPOINT))]);
        Ok(stream::iter(answers).boxed())
    }

    async fn append(&self, messages: Streaming<AppendReq>) -> Result<AppendResp, Status> {
        let messages: Vec<_> = messages.map(Result::unwrap).collect().await;
        let last = u64::try_from(messages.len()).unwrap() - 2;
        self.appended.send(messages).ok();
        if let Some(answer) = self.appends.lock().unwrap().pop_front() {
            return answer;
        }
        if !self.stores {
            return Err(not_leader(self.cluster.lock().unwrap().leader));
        }
        let success = AppendSuccess {
            current_revision_option: Some(append_success::CurrentRevisionOption::CurrentRevision(last)),
            position_option: None,
        };
        Ok(AppendResp { result: Some(append_resp::Result::Success(success)) })
    }

    fn members(&self) -> ClusterInfo {
        let cluster = self.cluster.lock().unwrap();
        gossip(&cluster.members, cluster.leader)
    }
}
