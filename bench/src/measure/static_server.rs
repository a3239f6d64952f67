//! A server that only sends fixed bytes: the upper bound of a query's rate.

use std::io::{self, Write as _};
use std::path::Path;

use actix_web::http::header::ContentType;
use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::{Context as _, Result};

/// Answers every request with the file's bytes, as JSON, until its standard input is closed.
///
/// It is built like Citas: the same server, as many workers, on the same kind of runtime.
pub(crate) fn serve(file: &Path) -> Result<()> {
    let body = web::Bytes::from(std::fs::read(file)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let _within = runtime.enter();
    let server = HttpServer::new(move || {
        let body = body.clone();
        let answer = move || {
            let body = body.clone();
            async move { HttpResponse::Ok().content_type(ContentType::json()).body(body) }
        };
        App::new().default_service(web::to(answer))
    })
    .disable_signals()
    .bind(("127.0.0.1", 0))?;
    let address = *server.addrs().first().context("a bound server has an address")?;
    runtime.spawn(server.run());
    {
        let mut out = io::stdout().lock();
        writeln!(out, "http://{address}")?;
        out.flush()?;
    }
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
