//! A store that is not the one that was read: an empty one, another one, or one that was put back to an earlier moment. Nothing
//! of it is projected, every process that reads it says so, and a rebuild mends it under the running projector.

use std::path::{Path, PathBuf};

use event_node::StoreCopy;
use read_model::ReadModel;
use schemas::AgentId;

use crate::psql::Open;
use crate::rebuilding::{Rebuilding, rebuild, run};
use crate::service::{Service, read_model, told};
use crate::store_server::{OwnNode, StoreServer};
use crate::support::{Given, TIMEOUT, registered, renamed};

/// What `/readyz` says of another store.
const SAID: &str = "the event store does not have the log that was read so far";

/// A server of one address, whose data can be exchanged.
pub(crate) struct Server {
    node: OwnNode,
    data: PathBuf,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let node = OwnNode::start("exchanges its files").await;
        Self { data: node.folder("first"), node }
    }

    /// Goes on with the data in this folder, at once.
    pub(crate) async fn exchange(&mut self, data: &Path) {
        self.node.exchange(data).await;
        data.clone_into(&mut self.data);
    }

    /// The folder of this name.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.node.folder(name)
    }

    /// A folder with everything up to a position, as `citas restore --to-position` makes it.
    pub(crate) fn put_back(&self, position: u64) -> PathBuf {
        let to = self.folder("put back");
        let copy = StoreCopy { from: &self.data, to: &to, up_to: Some(position), others: &[] };
        copy.make(&mut |_| ()).unwrap();
        to
    }

    pub(crate) fn given(&self) -> Given {
        Given::on(StoreServer::Named(format!("esdb://{}?tls=false", self.node.address())))
    }
}

/// Tables that were filled from a store by a projector that runs.
struct Filled {
    server: Server,
    given: Given,
    schema: String,
    projector: Service,
    ana: AgentId,
    /// Where the first of Ana's two events is.
    first: u64,
}

impl Filled {
    async fn new(name: &str) -> Self {
        let server = Server::start().await;
        let mut given = server.given();
        let ana = given.agent("7");
        let schema = format!("{name}_{}", std::process::id());
        let first = given.append(&ana, registered(&ana, "Ana")).await;
        let projector = Service::start(&given.connection_string(), &schema);
        let last = given.append(&ana, renamed(&ana, "Ana Pérez")).await;
        projector.until("/readyz", |status, _| status == 200).await;
        read_model(&schema).wait_for(last, TIMEOUT).await.unwrap();
        Self { server, given, schema, projector, ana, first }
    }

    async fn name_of(&self, agent_id: &AgentId) -> Option<String> {
        let found = ReadModel::from(read_model(&self.schema)).agent(agent_id).await;
        found.ok().map(|found| found.value.agent.profile.name)
    }

    async fn run(&self, subcommand: &str, flags: &[&str]) -> (Option<i32>, String) {
        run(&self.given.connection_string(), &self.schema, subcommand, flags).await
    }

    /// Waits until it is told, and checks that nothing has changed.
    async fn is_told(&self) {
        let said = self.projector.until("/readyz", |status, said| status == 503 && said.contains(SAID)).await;
        assert!(said.contains(&format!("revision 1 of stream agent-{} is not in it", self.ana)), "{said}");
        assert!(said.contains("run `projector rebuild`"), "{said}");
        let (_, metrics) = self.projector.get("/metrics").await;
        assert_eq!(told(&metrics, "reactor_has_foreign_log{reactor=\"projection\"}"), Some(1.0), "{metrics}");
        assert_eq!(self.name_of(&self.ana).await.as_deref(), Some("Ana Pérez"));
    }

    /// A projector that begins with these tables says the same.
    async fn is_told_at_the_start(&mut self) {
        let next = Service::start(&self.given.connection_string(), &self.schema);
        assert_eq!(std::mem::replace(&mut self.projector, next).terminate(), Some(0));
        self.is_told().await;
    }

    /// Rebuilds, and waits until the running projector goes on in the new tables.
    async fn is_mended_by_a_rebuild(&mut self) -> String {
        let (code, said) = self.run("verify", &["--pace", "100"]).await;
        assert_eq!(code, Some(5), "{said}");
        assert!(said.contains("of another log"), "{said}");
        let (code, rebuilt) = rebuild(&self.given.connection_string(), &self.schema, &[]).await;
        assert_eq!(code, Some(0), "{rebuilt}");
        assert!(rebuilt.contains("the tables in use are from another log"), "{rebuilt}");
        self.projector.until("/readyz", |status, _| status == 200).await;
        let (code, said) = self.run("verify", &["--pace", "100"]).await;
        assert_eq!(code, Some(0), "{said}");
        let bruno = self.given.agent("8");
        let position = self.given.append(&bruno, registered(&bruno, "Bruno")).await;
        read_model(&self.schema).wait_for(position, TIMEOUT).await.unwrap();
        assert_eq!(self.name_of(&bruno).await.as_deref(), Some("Bruno"));
        rebuilt
    }
}

#[tokio::test]
async fn a_store_that_was_replaced_by_an_empty_one_is_told_and_a_rebuild_mends_it() {
    let mut filled = Filled::new("emptied").await;
    let empty = filled.server.folder("empty");
    filled.server.exchange(&empty).await;
    filled.is_told().await;
    filled.is_told_at_the_start().await;
    filled.is_mended_by_a_rebuild().await;
    assert_eq!(filled.name_of(&filled.ana).await, None);
}

#[tokio::test]
async fn a_store_that_was_put_back_is_told_also_once_its_log_is_as_long_again() {
    let mut filled = Filled::new("put_back").await;
    let earlier = filled.server.put_back(filled.first);
    filled.server.exchange(&earlier).await;
    filled.is_told().await;
    // With another event where the one was that is missing.
    let ana = filled.ana.clone();
    for name in ["Ana Soto", "Ana Soto Díaz"] {
        filled.given.append(&ana, renamed(&ana, name)).await;
    }
    filled.is_told().await;
    filled.is_told_at_the_start().await;
    filled.is_mended_by_a_rebuild().await;
    assert_eq!(filled.name_of(&ana).await.as_deref(), Some("Ana Soto Díaz"));
}

#[tokio::test]
async fn a_store_of_somebody_else_is_told_and_the_right_one_is_followed_on_without_a_restart() {
    let mut filled = Filled::new("of_another").await;
    let mut other = Server::start().await;
    let mut theirs = other.given();
    let ana = filled.ana.clone();
    theirs.append(&ana, registered(&ana, "Eva")).await;
    for name in ["Eva Rojas", "Eva Rojas Paz"] {
        theirs.append(&ana, renamed(&ana, name)).await;
    }
    other.node.stop().await;
    let right = filled.server.data.clone();
    filled.server.exchange(&other.data).await;
    filled.is_told().await;
    filled.server.exchange(&right).await;
    filled.projector.until("/readyz", |status, _| status == 200).await;
    let position = filled.given.append(&ana, renamed(&ana, "Ana Soto")).await;
    read_model(&filled.schema).wait_for(position, TIMEOUT).await.unwrap();
    assert_eq!(filled.name_of(&ana).await.as_deref(), Some("Ana Soto"));
}

#[tokio::test]
async fn what_an_interrupted_rebuild_has_built_of_another_store_is_not_gone_on_with() {
    let mut filled = Filled::new("half_built").await;
    // As long as this transaction reads the tables, there can be no switch.
    let report = Open::transaction(&format!("TABLE {}.projection", filled.schema));
    let mut one = Rebuilding::start(&filled.given.connection_string(), &filled.schema, &[]);
    one.until("cannot switch yet").await;
    one.signal("-KILL");
    one.ended().await;
    drop(report);
    let empty = filled.server.folder("empty");
    filled.server.exchange(&empty).await;
    filled.is_told().await;
    let rebuilt = filled.is_mended_by_a_rebuild().await;
    assert!(rebuilt.contains("what the interrupted rebuild has built is from another log"), "{rebuilt}");
}
