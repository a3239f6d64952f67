//! The subcommand `citas serve`: all parts of Citas in one process.

use std::convert::Infallible;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use anyhow::{Context as _, Result, anyhow};
use command_api::CommandApi;
use event_node::{Node, NodeConfig};
use event_store::EventStore;
use operation::{Clock, Code, SlotRefs};
use projector::PROJECTION;
use query_api::QueryApi;
use reactor::{ProcessLock, Reactors, run_as_leader};
use read_model::MemoryReadModel;
use service::{Listen, Metrics, ParkedStreams, Probes, ReadinessCheck};

use crate::args::Serve;
use crate::readiness::refuse_queries_until_caught_up;
use crate::{demo, secrets};

/// Runs every part of Citas until a signal, or until the disk fails.
pub(crate) async fn serve(args: Serve) -> Result<()> {
    let metrics = Metrics::install().context("the metrics could not be set up")?;
    // Whatever is wrong with the settings is told before anything is made.
    let listen = Listen::new(args.listen, args.listening.clone())?;
    secrets::given_admin_token()?;
    let is_used = secrets::has_events(&args.data);
    secrets::refuse_without_events(&args.data)?;
    let node = Node::start(NodeConfig::new(&args.data)).await?;
    let token = secrets::admin_token(&args.data, is_used)?;
    let slot_refs = SlotRefs::new(&secrets::slot_ref_key(&args.data, is_used)?);
    let clock = Clock::system();
    let store = EventStore::new(&node.connection_string()).context("the embedded event store")?;

    let commands =
        CommandApi::start(store.clone(), clock, slot_refs.clone(), &command_api::Settings::default());
    tokio::select! {
        outcome = commands.set_up_fresh_office() => {
            // If an event of the office cannot be read, its stream is parked, which an operator can only mend while this runs.
            if let Err(problem) = outcome
                && problem.code() != Code::Internal
            {
                return Err(cause(&node, anyhow!(problem)).await.context("the office could not be set up"));
            }
        }
        failure = node.failed() => return Err(anyhow!(failure)),
    }

    let read_model = MemoryReadModel::new().with_query_budget(args.query_budget);
    let reactors = Reactors::default();
    commands.reactors().into_iter().for_each(|running| reactors.add(running));
    let start = async |_: &_| Ok(vec![projector::spawn(&store, read_model.clone(), move || clock.now())]);
    let (lock, led) = (ProcessLock::default(), reactors.clone());
    let never = std::future::pending::<Infallible>();
    let mut leading = Box::pin(run_as_leader("citas", &lock, &led, start, never));
    let filled = demo::Progress::default();
    let mut filling = Box::pin(demo_if_asked(args.demo, Arc::clone(&commands), filled.clone()));
    let commands = Data::from(commands);
    let mut checks = {
        let (commands, projecting, parked) = (commands.clone(), reactors.clone(), reactors.clone());
        let clock = commands.clone();
        vec![
            ReadinessCheck::new("storage", node.storage()),
            ReadinessCheck::new("read_model", move || projecting.ready_here(PROJECTION)),
            ReadinessCheck::new("directory", move || commands.ready()),
            // Optional: all other streams continue.
            ReadinessCheck::new("parked_streams", move || parked.nothing_parked()).optional(),
            // Optional: what was promised holds by any clock.
            ReadinessCheck::new("clock", move || clock.clock()).optional(),
        ]
    };
    if args.demo {
        checks.push(ReadinessCheck::new("demonstration", move || filled.complete()));
    }
    let probes = Probes { checks, metrics: Some(metrics) };
    let queries = Data::new(QueryApi::new(read_model.clone(), slot_refs, clock));
    let gate = Data::new(refuse_queries_until_caught_up(reactors.clone()));
    let data = {
        let (commands, reactors) = (commands.clone(), Data::new(ParkedStreams(reactors.clone())));
        move |config: &mut ServiceConfig| {
            config.app_data(gate.clone()).app_data(commands.clone()).app_data(queries.clone());
            config.app_data(reactors.clone());
        }
    };
    let apis = &[query_api::configure, command_api::configure, service::configure_reactors];
    let server = service::serve("Citas", listen, token.reveal(), probes, apis, data)?;
    greet(&args, server.address())?;

    let stopped = tokio::select! {
        stopped = server.until_stopped() => stopped,
        failure = node.failed() => Err(anyhow!(failure)),
        Err(error) = &mut leading => Err(error.into()),
        Err(error) = &mut filling => Err(cause(&node, error).await),
    };
    drop(filling);
    let ended = server.stop().await;
    reactors.stop().await;
    node.shutdown().await;
    ended.and(stopped)
}

/// Fills the store with the demonstration agency, if that is asked for.
async fn demo_if_asked(is_asked: bool, commands: Arc<CommandApi>, progress: demo::Progress) -> Result<()> {
    if is_asked {
        demo::fill(&commands, &progress).await.context("the demonstration agency could not be filled in")?;
    }
    Ok(())
}

/// The error; or, if the store has stopped, that, which is why.
async fn cause(node: &Node, error: anyhow::Error) -> anyhow::Error {
    tokio::select! {
        biased;
        failure = node.failed() => anyhow!(failure),
        () = std::future::ready(()) => error,
    }
}

/// Prints where the admin token is, and a first request to try.
fn greet(args: &Serve, address: SocketAddr) -> Result<()> {
    let file = args.data.join(secrets::ADMIN_TOKEN_FILE);
    let is_given = |variable: &str| std::env::var_os(variable).is_some();
    let (place, token) = if is_given(secrets::ADMIN_TOKEN_VARIABLE) {
        let variable = format!("${}", secrets::ADMIN_TOKEN_VARIABLE);
        (variable.clone(), variable)
    } else if is_given(secrets::ADMIN_TOKEN_FILE_VARIABLE) {
        let variable = secrets::ADMIN_TOKEN_FILE_VARIABLE;
        (format!("${variable}"), format!("$(cat ${variable})"))
    } else {
        (file.display().to_string(), format!("$(cat {})", file.display()))
    };
    let mut out = std::io::stdout().lock();
    writeln!(out, "Admin token: {place}")?;
    writeln!(out, "Try: curl -H \"Authorization: Bearer {token}\" http://{address}/v1/office")?;
    out.flush()?;
    Ok(())
}
