use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use anyhow::{Context as _, Result, anyhow};
use command_api::CommandApi;
use event_node::{Node, NodeConfig};
use event_store::EventStore;
use http_edge::{Authentication, Metrics, mount, observe_request};
use operation::{Clock, SlotRefs};
use projector::PROJECTION;
use query_api::{Operations, QueryApi, ReadinessCheck};
use reactor::{ProcessLock, Reactors, lead};
use read_model::MemoryReadModel;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::Serve;
use crate::readiness::ask_only_once_caught_up;
use crate::{demo, secrets};

/// How long requests that are under way may take to end when the process stops.
const GRACE_SECONDS: u64 = 10;

/// Runs every part of Citas until a signal, or until the disk fails.
pub(crate) async fn serve(args: Serve) -> Result<()> {
    let metrics = Metrics::install().context("the metrics could not be set up")?;
    let node = Node::start(NodeConfig::new(&args.data)).await?;
    let token = secrets::admin_token(&args.data)?;
    let slot_refs = SlotRefs::new(&secrets::slot_ref_key(&args.data)?);
    let clock = Clock::system();
    let store = EventStore::new(&node.connection_string()).context("the embedded event store")?;

    let commands =
        CommandApi::start(store.clone(), clock, slot_refs.clone(), &command_api::Settings::default());
    let fresh = commands.set_up_fresh_office().await.context("the fresh office could not be set up")?;
    if args.demo {
        demo::fill(&commands, fresh).await.context("the demonstration could not be filled in")?;
    }

    let read_model = MemoryReadModel::new();
    let reactors = Reactors::default();
    commands.reactors().into_iter().for_each(|running| reactors.add(running));
    let start = async || Ok(vec![projector::spawn(&store, read_model.clone(), move || clock.now())]);
    let (lock, led) = (ProcessLock::default(), reactors.clone());
    let mut leading = Box::pin(lead("citas", &lock, &led, start));
    let commands = web::Data::from(commands);
    let operations = {
        let (commands, projecting, parked) =
            (commands.clone().into_inner(), reactors.clone(), reactors.clone());
        Operations {
            checks: vec![
                ReadinessCheck::new("read_model", move || projecting.ready_here(PROJECTION)),
                ReadinessCheck::new("directory", move || commands.ready()),
                // All other streams go on.
                ReadinessCheck::new("parked_streams", move || parked.nothing_parked())
                    .of_a_part_that_others_do_without(),
            ],
            metrics: Some(metrics),
        }
    };
    let queries = web::Data::new(QueryApi::new(read_model.clone(), slot_refs, clock));
    let authentication = web::Data::new(Authentication::admin_token(&token));
    let operations = web::Data::new(operations);

    let server = {
        let commands = commands.clone();
        let reactors = web::Data::new(reactors.clone());
        HttpServer::new(move || {
            App::new()
                .wrap(from_fn(ask_only_once_caught_up))
                .wrap(from_fn(observe_request))
                .app_data(reactors.clone())
                .app_data(authentication.clone())
                .app_data(commands.clone())
                .app_data(queries.clone())
                .app_data(operations.clone())
                .configure(mount(&[
                    query_api::configure_operations,
                    query_api::configure,
                    command_api::configure,
                ]))
        })
    }
    .shutdown_timeout(GRACE_SECONDS)
    .disable_signals()
    .bind(args.listen)
    .with_context(|| format!("cannot listen on {}; choose another address with --listen", args.listen))?;
    let address = *server.addrs().first().context("a bound server has an address")?;
    greet(&args, address)?;

    let server = server.run();
    let handle = server.handle();
    let server = tokio::spawn(server);
    let stopped = tokio::select! {
        stopped = until_signalled() => stopped,
        failure = node.failed() => Err(anyhow!(failure)),
        ended = &mut leading => Err(ended.into()),
    };
    stop(handle, commands.into_inner()).await;
    server.await.context("the web server broke down")??;
    reactors.stop().await;
    node.shutdown().await;
    tracing::info!("stopped");
    stopped
}

/// Takes no more requests, lets those under way end, and with them the actors that work for them.
async fn stop(server: ServerHandle, commands: Arc<CommandApi>) {
    tracing::info!("stopping: requests under way are finished first");
    server.stop(true).await;
    drop(commands);
}

pub(crate) async fn until_signalled() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// Says where it is, where the token is, and one thing to try.
fn greet(args: &Serve, address: SocketAddr) -> Result<()> {
    let file = args.data.join(secrets::ADMIN_TOKEN_FILE);
    let (place, token) = if std::env::var_os(secrets::ADMIN_TOKEN_VARIABLE).is_some() {
        (format!("${}", secrets::ADMIN_TOKEN_VARIABLE), format!("${}", secrets::ADMIN_TOKEN_VARIABLE))
    } else {
        (file.display().to_string(), format!("$(cat {})", file.display()))
    };
    let mut out = std::io::stdout().lock();
    writeln!(out, "Citas answers on http://{address}")?;
    writeln!(out, "Admin token: {place}")?;
    writeln!(out, "Try: curl -H \"Authorization: Bearer {token}\" http://{address}/v1/office")?;
    out.flush()?;
    Ok(())
}
