//! Finds the server to speak with: the only one there is, or the leader of a cluster.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use event_store_protocol::event_store::client::gossip::MemberInfo;
use event_store_protocol::event_store::client::gossip::member_info::VNodeState;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use schemas::Landmark;
use tokio::time::{Instant, timeout, timeout_at};

use crate::cause::Cause;
use crate::channel::{Headers, Wire};
use crate::connection_string::ConnectionString;
use crate::event::is_landmark;
use crate::fault::{Asked, Fault, Question};
use crate::node::Node;
use crate::verdict::Verdict;

/// How much longer the other members may take to answer than the first that names a leader. One that was cut off from the
/// others, and answers first, still takes itself for the leader.
const SECOND_OPINION: Duration = Duration::from_millis(150);
/// How long it may take to look for an event in the log, as for the try of any other call.
const RECOGNISED_WITHIN: Duration = Duration::from_secs(2);
/// For how long a server that fell silent is passed over if another is named as the leader too.
const SUSPECTED_FOR: Duration = Duration::from_secs(30);

/// The servers of one event store, as all connections to it know them.
pub(crate) struct Cluster {
    pub(crate) target: Arc<ConnectionString>,
    headers: Headers,
    state: Mutex<State>,
    log: Mutex<Log>,
}

/// What is known of the log.
#[derive(Default)]
struct Log {
    /// An event that it has to have.
    expected: Option<Landmark>,
    /// Set while the log that was found last is another.
    other: Option<Fault>,
}

#[derive(Default)]
struct State {
    /// The members as last heard.
    members: Vec<Node>,
    /// When a server was last found silent or gone.
    suspects: HashMap<Node, Instant>,
}

/// Where one member sees the leader.
struct Opinion {
    members: Vec<Node>,
    leader: Option<Node>,
}

impl Cluster {
    pub(crate) fn new(target: ConnectionString) -> Arc<Self> {
        let headers = Headers::new(&target);
        Arc::new(Self { target: Arc::new(target), headers, state: Mutex::default(), log: Mutex::default() })
    }

    pub(crate) fn user(&self) -> Option<&str> {
        self.target.credentials.as_ref().map(|credentials| &*credentials.user)
    }

    /// Connects to this server, if it was named as the leader, or else to whichever one is.
    pub(crate) async fn connect(&self, named: Option<Node>) -> Result<(Node, Wire), Fault> {
        let node = match (named, &*self.target.servers) {
            (Some(named), _) => named,
            (None, [only]) if !self.target.is_cluster => only.clone(),
            (None, _) => self.leader().await?,
        };
        let connected = async {
            let wire = Wire::connect(&self.target, &self.headers, &node).await?;
            let wire = wire.heard(&self.target, &node).await?;
            self.recognise(&wire, &node).await?;
            Ok(wire)
        };
        match connected.await {
            Ok(wire) => Ok((node, wire)),
            Err(fault) => {
                self.suspect(&node);
                Err(fault)
            }
        }
    }

    /// Fails if the log does not have what it has to have.
    async fn recognise(&self, wire: &Wire, node: &Node) -> Result<(), Fault> {
        let Some(expected) = self.log().expected.clone() else { return Ok(()) };
        let found = match timeout(RECOGNISED_WITHIN, wire.at(&expected)).await {
            Ok(Ok(found)) => found,
            // Nor does it take any other call: the leader, once it is known, is asked again.
            Ok(Err(status)) if self.target.is_cluster && Verdict::of(&status).is_elsewhere() => return Ok(()),
            Ok(Err(status)) => {
                let asked = Asked::Stream(&expected.stream);
                return Err(Fault::of_status(&status, Question { asked, user: self.user(), node }));
            }
            Err(_) => return Err(Fault::silent(node, RECOGNISED_WITHIN)),
        };
        let is_there = found.is_some_and(|found| is_landmark(&found, &expected));
        let other = (!is_there).then(|| Fault::other_log(&expected));
        self.log().other.clone_from(&other);
        other.map_or(Ok(()), Err)
    }

    pub(crate) fn expect(&self, landmark: Landmark) {
        let mut log = self.log();
        if log.expected.as_ref().is_none_or(|known| known.position < landmark.position) {
            log.expected = Some(landmark);
        }
    }

    pub(crate) fn recognised(&self) -> Result<(), Fault> {
        self.log().other.clone().map_or(Ok(()), Err)
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that a server fell silent or was lost.
    pub(crate) fn suspect(&self, node: &Node) {
        self.state().suspects.insert(node.clone(), Instant::now());
    }

    /// Asks all known members at once, so that one that hangs holds up nobody.
    async fn leader(&self) -> Result<Node, Fault> {
        let mut asked: FuturesUnordered<_> =
            self.seeds().into_iter().map(|seed| self.opinion_of(seed)).collect();
        let mut leaders = Vec::new();
        let mut failed: Option<Fault> = None;
        let mut until = None;
        loop {
            let next = match until {
                None => Ok(asked.next().await),
                Some(until) => timeout_at(until, asked.next()).await,
            };
            match next {
                Ok(Some(Ok(opinion))) => {
                    self.state().members = opinion.members;
                    if let Some(leader) = opinion.leader {
                        leaders.push(leader);
                        until = until.or(Some(Instant::now() + SECOND_OPINION));
                    }
                }
                Ok(Some(Err(fault))) => {
                    let is_worse =
                        |known: &Fault| !known.cause().needs_operator() && fault.cause().needs_operator();
                    if failed.as_ref().is_none_or(is_worse) {
                        failed = Some(fault);
                    }
                }
                Ok(None) | Err(_) => break,
            }
        }
        self.choice(&leaders).ok_or_else(|| {
            failed.unwrap_or_else(|| {
                Fault::new(Cause::NoLeader, "the event store's cluster has no leader at present")
            })
        })
    }

    /// The one that most name, and rather one that answers.
    fn choice(&self, leaders: &[Node]) -> Option<Node> {
        let state = self.state();
        let is_suspect =
            |node: &Node| state.suspects.get(node).is_some_and(|at| at.elapsed() < SUSPECTED_FOR);
        let votes = |node: &Node| leaders.iter().filter(|leader| *leader == node).count();
        leaders.iter().max_by_key(|node| (!is_suspect(node), votes(node))).cloned()
    }

    fn seeds(&self) -> Vec<Node> {
        let mut seeds = self.target.servers.clone();
        let state = self.state();
        seeds.extend(state.members.iter().filter(|member| !self.target.servers.contains(member)).cloned());
        seeds
    }

    async fn opinion_of(&self, node: Node) -> Result<Opinion, Fault> {
        let within = self.target.gossip_timeout;
        let answer = timeout(within, async {
            let wire = Wire::connect(&self.target, &self.headers, &node).await?;
            let question = Question { asked: Asked::Members, user: self.user(), node: &node };
            let info = wire.gossip().read(()).await.map_err(|status| Fault::of_status(&status, question))?;
            Ok(Opinion::from_members(info.into_inner().members))
        });
        answer.await.unwrap_or_else(|_| Err(Fault::silent(&node, within)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Opinion {
    fn from_members(members: Vec<MemberInfo>) -> Self {
        let mut opinion = Self { members: Vec::new(), leader: None };
        for member in members {
            let is_leader = member.is_alive && member.state() == VNodeState::Leader;
            let Some(place) = member.http_end_point else { continue };
            let Ok(port) = place.port.try_into() else { continue };
            let node = Node::new(&place.address, port);
            if is_leader {
                opinion.leader = Some(node.clone());
            }
            opinion.members.push(node);
        }
        opinion
    }
}
