//! The HTTP server of a process.

use std::fmt;
use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use actix_http::{HttpService, KeepAlive};
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{AppConfig, Server as HttpServer, ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::rt::net::TcpStream;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{App, Error, ResponseError as _};
use anyhow::{Context as _, Result, bail};
use http_edge::{Authentication, HttpProblem, Routes, describe_requests, mount, observe_request};
use operation::Problem;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;

use crate::connections::{
    self, LimitedStream, OpenConnections, admit, follow_answer, until_out_of_descriptors,
};
use crate::run::until_signalled;
use crate::{Listen, Probes, configure_probes};

/// How long requests that are under way may take to end when the process stops.
const GRACE_SECONDS: u64 = 10;

/// How long a connection may take to close.
const CLOSING: Duration = Duration::from_secs(1);

/// How many connections the system keeps until they are accepted.
const BACKLOG: u32 = 1_024;

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

    /// Waits for SIGTERM, SIGINT or SIGHUP. An error if the server can take no more connections.
    pub async fn until_stopped(&self) -> Result<()> {
        tokio::select! {
            signalled = until_signalled() => signalled,
            () = until_out_of_descriptors() => bail!(
                "no connection can be accepted, as the process has no file descriptor left: raise the limit \
                 (ulimit -n, LimitNOFILE=, --ulimit nofile=) or lower --max-connections"
            ),
        }
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
    describe_requests();
    connections::describe();
    let authentication = Data::new(Authentication::admin_token(admin_token));
    let probes = Data::new(probes);
    let connections = OpenConnections::new(listen.limits);
    let app = move || {
        let every: &[fn(&mut Routes)] = &[configure_probes];
        App::new()
            .wrap(from_fn(pass_gate))
            .wrap(from_fn(observe_request))
            .wrap(from_fn(follow_answer))
            .app_data(authentication.clone())
            .app_data(probes.clone())
            .configure(data.clone())
            .configure(mount(&[every, apis].concat()))
    };
    let listener = bind(listen.address).with_context(|| {
        format!("cannot listen on {}; choose another address with --listen", listen.address)
    })?;
    let address = listener.local_addr()?;
    let server = HttpServer::build().shutdown_timeout(GRACE_SECONDS).disable_signals();
    let stopping = server.graceful_shutdown_signal();
    let server = server.listen(name, listener.into_std()?, move || {
        let (connections, stopping) = (connections.clone(), stopping.clone());
        let app = app().into_factory().map_err(|error| error.error_response());
        let http = HttpService::build()
            // The connection has limits of its own: these are for the first head alone, and for what has no bytes left.
            .keep_alive(KeepAlive::Os)
            .client_request_timeout(Duration::ZERO)
            .client_disconnect_timeout(CLOSING)
            // Whoever closes its half does not wait for the answer.
            .h1_allow_half_closed(false)
            .local_addr(address)
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .on_connect_ext(|stream: &LimitedStream, data| {
                data.insert(stream.exchange());
            })
            .h1(map_config(app, |()| AppConfig::default()))
            .map_err(drop);
        fn_service(move |io: TcpStream| admit(&connections, io)).and_then(http)
    })?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{name} answers on http://{address}")?;
    out.flush()?;
    let server = server.run();
    let handle = server.handle();
    Ok(Server { address, handle, running: tokio::spawn(server) })
}

fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
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
