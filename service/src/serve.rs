//! The HTTP server of a process.

use std::fmt;
use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{App, Error, HttpServer, ResponseError as _};
use anyhow::{Context as _, Result};
use http_edge::{Authentication, HttpProblem, Routes, describe_requests, mount, observe_request};
use operation::Problem;
use tokio::task::JoinHandle;

use crate::{Listen, Probes, configure_probes};

/// How long requests that are under way may take to end when the process stops.
const GRACE_SECONDS: u64 = 10;

/// How long an idle connection is kept: longer than a gateway keeps it, so that no command is sent over one that is
/// just being closed. Caddy keeps them for two minutes.
const KEPT_OPEN: Duration = Duration::from_secs(150);

/// A process's HTTP server, until it is stopped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    handle: ServerHandle,
    running: JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// The address that it listens on.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, and finishes those under way.
    pub async fn stop(self) -> Result<()> {
        tracing::info!("stopping: requests under way are finished first");
        self.handle.stop(true).await;
        self.running.await.context("the web server panicked")??;
        Ok(())
    }
}

/// A check of every request before it is routed, if it is in the server's data.
pub struct Gate(Box<Check>);

type Check = dyn Fn(&ServiceRequest) -> Result<(), Problem> + Send + Sync;

impl Gate {
    /// `check` must return at once, without IO.
    pub fn new(check: impl Fn(&ServiceRequest) -> Result<(), Problem> + Send + Sync + 'static) -> Self {
        Self(Box::new(check))
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}

/// Serves HTTP: the probes of every process and the routes of `apis`, with the app data that `data` adds. A [`Gate`]
/// in that data comes first. Prints the address on standard output.
pub fn serve(
    name: &str,
    listen: Listen,
    admin_token: &str,
    probes: Probes,
    apis: &'static [fn(&mut Routes)],
    data: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> Result<Server> {
    listen.check()?;
    let listen = listen.address;
    describe_requests();
    let authentication = Data::new(Authentication::admin_token(admin_token));
    let probes = Data::new(probes);
    let server = HttpServer::new(move || {
        let every: &[fn(&mut Routes)] = &[configure_probes];
        App::new()
            .wrap(from_fn(pass_gate))
            .wrap(from_fn(observe_request))
            .app_data(authentication.clone())
            .app_data(probes.clone())
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
    Ok(Server { address, handle, running: tokio::spawn(server) })
}

async fn pass_gate(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let refusal = request.app_data::<Data<Gate>>().and_then(|gate| (gate.0)(&request).err());
    if let Some(problem) = refusal {
        return Ok(request.into_response(HttpProblem(problem).error_response()).map_into_right_body());
    }
    next.call(request).await.map(ServiceResponse::map_into_left_body)
}
