use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{App, HttpServer};
use anyhow::{Context as _, Result};
use http_edge::{Authentication, Operations, Routes, configure_operations, mount, observe_request};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

/// How long requests that are under way may take to end when the process stops.
const GRACE_SECONDS: u64 = 10;

/// How long a connection is kept for the next request: longer than a gateway keeps it, so that no command is sent over one
/// that is just being closed. Caddy keeps them for two minutes.
const KEPT_OPEN: Duration = Duration::from_secs(150);

/// A process's HTTP server, until it is stopped.
#[derive(Debug)]
pub struct Server {
    handle: ServerHandle,
    running: JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// Takes no more requests, and lets those under way end.
    pub async fn stop(self) -> Result<()> {
        tracing::info!("stopping: requests under way are finished first");
        self.handle.stop(true).await;
        self.running.await.context("the web server broke down")??;
        Ok(())
    }
}

/// Answers HTTP: what is asked of every process, and what `apis` add, with what `data` gives them. Says on standard
/// output where.
pub fn serve(
    name: &str,
    listen: SocketAddr,
    admin_token: &str,
    operations: Operations,
    apis: &'static [fn(&mut Routes)],
    data: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> Result<Server> {
    if crate::SAMPLING.get().is_some() {
        crate::traces::describe();
    }
    let authentication = Data::new(Authentication::admin_token(admin_token));
    let operations = Data::new(operations);
    let server = HttpServer::new(move || {
        let every: &[fn(&mut Routes)] = &[configure_operations];
        App::new()
            .wrap(from_fn(observe_request))
            .app_data(authentication.clone())
            .app_data(operations.clone())
            .configure(data.clone())
            .configure(mount(&[every, apis].concat()))
    })
    .keep_alive(KEPT_OPEN)
    .shutdown_timeout(GRACE_SECONDS)
    .disable_signals()
    .bind(listen)
    .with_context(|| format!("cannot listen on {listen}; choose another address with --listen"))?;
    let address = server.addrs().first().copied().context("a bound server has an address")?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{name} answers on http://{address}")?;
    out.flush()?;
    let server = server.run();
    let handle = server.handle();
    Ok(Server { handle, running: tokio::spawn(server) })
}

/// Waits until the process is asked to end.
pub async fn until_signalled() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
