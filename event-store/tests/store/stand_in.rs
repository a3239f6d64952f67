//! A cluster in memory: members that share one log, each behind a network of its own, and each with its own view of who leads.

use std::net::SocketAddr;

use event_store_protocol::event_store::client::gossip::ClusterInfo;
use event_store_protocol::event_store::client::streams::append_req::Content as Appending;
use event_store_protocol::event_store::client::streams::read_req::options::{StreamOption, all_options};
use event_store_protocol::event_store::client::streams::read_resp::read_event::RecordedEvent;
use event_store_protocol::event_store::client::streams::read_resp::{CaughtUp, Content, ReadEvent};
use event_store_protocol::event_store::client::streams::write_target::Expected;
use event_store_protocol::event_store::client::streams::{
    AppendReq, AppendResp, AppendSuccess, ProposedMessage, ReadReq, ReadResp, append_resp, append_success,
};
use event_store_protocol::event_store::client::{self as shared, AllStreamPosition};
use futures::{StreamExt as _, stream};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tonic::transport::Server;
use tonic::{Status, Streaming};

use crate::proxy::{Proxy, Traffic};
use crate::rude_server::{confirmed, gossip, not_leader};
use crate::service::{Answering, Boxed, not_asked, serve};

/// What the members share, and what each of them believes.
#[derive(Default)]
struct State {
    members: Vec<SocketAddr>,
    /// The leader in each member's view.
    views: Vec<Option<usize>>,
    log: Vec<Stored>,
}

#[derive(Clone)]
struct Stored {
    event: RecordedEvent,
    /// The member that took it.
    by: usize,
}

pub(crate) struct StandIn {
    state: watch::Sender<State>,
    networks: Vec<Proxy>,
    serving: Vec<JoinHandle<()>>,
}

#[derive(Clone)]
struct Member {
    number: usize,
    state: watch::Sender<State>,
}

impl StandIn {
    /// So many members, of whom the first leads.
    pub(crate) async fn start(members: usize) -> Self {
        let (state, _) = watch::channel(State::default());
        let (mut networks, mut serving) = (Vec::new(), Vec::new());
        for number in 0..members {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            networks.push(Proxy::start(listener.local_addr().unwrap()).await);
            let member = Member { number, state: state.clone() };
            serving.push(serve(Server::builder(), listener, member));
        }
        state.send_modify(|state| {
            state.members = networks.iter().map(Proxy::address).collect();
            state.views = vec![Some(0); members];
        });
        Self { state, networks, serving }
    }

    pub(crate) fn connection_string(&self) -> String {
        let members: Vec<_> = self.networks.iter().map(|network| network.address().to_string()).collect();
        format!("esdb://{}?tls=false", members.join(","))
    }

    /// A member hangs: what it is sent is acknowledged by its kernel, and nothing else happens.
    pub(crate) fn freeze(&self, member: usize) {
        self.networks[member].set(Traffic::HoldAll);
    }

    /// It goes on with everything that it has been sent meanwhile.
    pub(crate) fn thaw(&self, member: usize) {
        self.networks[member].set(Traffic::Flow);
    }

    /// A member ends: its connections are closed, and new ones are refused.
    pub(crate) async fn kill(&mut self, member: usize) {
        self.networks[member].close().await;
    }

    /// These members agree on a leader, or on there being none.
    pub(crate) fn agree(&self, members: &[usize], leader: Option<usize>) {
        self.state.send_modify(|state| members.iter().for_each(|member| state.views[*member] = leader));
    }

    /// The member that took each event, in the order of the log.
    pub(crate) fn takers(&self) -> Vec<usize> {
        self.state.borrow().log.iter().map(|stored| stored.by).collect()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.serving.iter().for_each(JoinHandle::abort);
    }
}

impl Member {
    fn leads(&self, state: &State) -> Result<(), Status> {
        let leader = state.views[self.number];
        if leader == Some(self.number) {
            Ok(())
        } else {
            Err(not_leader(leader.map(|leader| state.members[leader])))
        }
    }

    fn store(
        &self,
        state: &mut State,
        stream: &shared::StreamIdentifier,
        expected: &Expected,
        events: &[ProposedMessage],
    ) -> Result<AppendResp, Status> {
        self.leads(state)?;
        let in_stream = |stored: &&Stored| stored.event.stream_identifier.as_ref() == Some(stream);
        let known: Vec<_> = state.log.iter().filter(in_stream).cloned().collect();
        let first = match expected {
            Expected::NoStream(_) => 0,
            Expected::Revision(revision) => *revision + 1,
            _ => return not_asked(),
        };
        let from = usize::try_from(first).unwrap();
        let is_known = |(at, event): (usize, &ProposedMessage)| {
            known.get(from + at).is_some_and(|stored| stored.event.id == event.id)
        };
        if !events.iter().enumerate().all(is_known) {
            if known.len() != from {
                return Err(Status::internal(format!("the stream has {} events, not {first}", known.len())));
            }
            for (revision, event) in (first..).zip(events) {
                let position = 10 * (state.log.len() as u64 + 1);
                let event = RecordedEvent {
                    id: event.id.clone(),
                    stream_identifier: Some(stream.clone()),
                    stream_revision: revision,
                    prepare_position: position,
                    commit_position: position,
                    metadata: event.metadata.clone(),
                    custom_metadata: event.custom_metadata.clone(),
                    data: event.data.clone(),
                };
                state.log.push(Stored { event, by: self.number });
            }
        }
        let last = first + events.len() as u64 - 1;
        let position = AllStreamPosition { commit_position: 10, prepare_position: 10 };
        let success = AppendSuccess {
            current_revision_option: Some(append_success::CurrentRevisionOption::CurrentRevision(last)),
            position_option: Some(append_success::PositionOption::Position(position)),
        };
        Ok(AppendResp { result: Some(append_resp::Result::Success(success)) })
    }

    /// Follows the log for as long as this member takes itself for the leader.
    fn follow(&self, after: u64) -> Boxed<ReadResp> {
        let caught_up = ReadResp { content: Some(Content::CaughtUp(CaughtUp::default())) };
        let following = (self.clone(), self.state.subscribe(), after, false);
        let events = stream::unfold(following, |(member, mut state, after, has_ended)| async move {
            if has_ended {
                return None;
            }
            let position = |stored: &Stored| stored.event.commit_position;
            let is_next = |state: &State| {
                state.log.iter().any(|stored| after < position(stored)) || member.leads(state).is_err()
            };
            let next = {
                let state = state.wait_for(is_next).await.ok()?;
                member
                    .leads(&state)
                    .map(|()| state.log.iter().find(|stored| after < position(stored)).cloned())
            };
            Some(match next {
                Ok(stored) => {
                    let stored = stored?;
                    let (after, event) = (position(&stored), Some(stored.event));
                    let event = ReadResp {
                        content: Some(Content::Event(ReadEvent { event, link: None, position: None })),
                    };
                    (Ok(event), (member, state, after, false))
                }
                Err(status) => (Err(status), (member, state, after, true)),
            })
        });
        stream::iter([Ok(confirmed()), Ok(caught_up)]).chain(events).boxed()
    }
}

#[tonic::async_trait]
impl Answering for Member {
    async fn read(&self, request: ReadReq) -> Result<Boxed<ReadResp>, Status> {
        self.leads(&self.state.borrow())?;
        let Some(StreamOption::All(all)) = request.options.unwrap().stream_option else {
            return not_asked();
        };
        let after = match all.all_option.unwrap() {
            all_options::AllOption::Position(position) => position.commit_position,
            _ => 0,
        };
        Ok(self.follow(after))
    }

    async fn append(&self, mut messages: Streaming<AppendReq>) -> Result<AppendResp, Status> {
        let (mut target, mut events) = (None, Vec::new());
        while let Some(message) = messages.message().await? {
            match message.content.unwrap() {
                Appending::Options(options) => target = Some(options),
                Appending::ProposedMessage(event) => events.push(event),
            }
        }
        let target = target.unwrap();
        let (stream, expected) = (target.stream_identifier.unwrap(), target.expected.unwrap());
        let mut stored = None;
        self.state.send_modify(|state| stored = Some(self.store(state, &stream, &expected, &events)));
        stored.unwrap()
    }

    fn members(&self) -> ClusterInfo {
        let state = self.state.borrow();
        let leader = state.views[self.number].map(|leader| state.members[leader]);
        gossip(&state.members, leader)
    }
}
