//! Checks the health of a running process, for `--check`.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// Longer than a healthy process takes to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Far more than the answer of a probe.
const MAX_ANSWER_BYTES: u64 = 64 * 1024;

/// Sends a probe to the process that listens here, and returns its answer; an error unless that is 200.
pub(crate) fn check(listen: SocketAddr, path: &str) -> Result<String> {
    let address = reachable(listen);
    let mut connection = TcpStream::connect_timeout(&address, TIMEOUT)
        .with_context(|| format!("nothing answers on {address}"))?;
    connection.set_read_timeout(Some(TIMEOUT))?;
    connection.set_write_timeout(Some(TIMEOUT))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes())?;
    let mut answer = String::new();
    connection
        .take(MAX_ANSWER_BYTES)
        .read_to_string(&mut answer)
        .with_context(|| format!("{address} does not answer"))?;
    let (head, body) =
        answer.split_once("\r\n\r\n").with_context(|| format!("{address} does not speak HTTP"))?;
    match head.split(' ').nth(1) {
        Some("200") => Ok(body.to_owned()),
        status => bail!("{}: {body}", status.unwrap_or("no status")),
    }
}

/// The address to connect to, if the process listens on all addresses.
fn reachable(mut listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => listen.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => listen.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    listen
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::net::TcpListener;

    use super::*;

    /// Checks a process that gives this answer.
    fn answered(answer: &'static str) -> Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let process = std::thread::spawn(move || -> std::io::Result<String> {
            let (mut connection, _) = listener.accept()?;
            let mut request = BufReader::new(connection.try_clone()?);
            let mut first_line = String::new();
            request.read_line(&mut first_line)?;
            let mut header = first_line.clone();
            while header != "\r\n" {
                header.clear();
                request.read_line(&mut header)?;
            }
            connection.write_all(answer.as_bytes())?;
            Ok(first_line)
        });
        let checked = check(SocketAddr::from(([0, 0, 0, 0], port)), "/readyz");
        let first_line = process.join().expect("it does not panic")?;
        assert_eq!(first_line, "GET /readyz HTTP/1.1\r\n");
        checked
    }

    #[test]
    fn who_is_well_is_told_from_who_is_not() {
        let well = answered("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap();
        assert_eq!(well, "{}");
        let error = answered("HTTP/1.1 503 Service Unavailable\r\n\r\n{\"database\":\"away\"}").unwrap_err();
        assert_eq!(error.to_string(), "503: {\"database\":\"away\"}");
        assert!(answered("SSH-2.0-x\r\n").is_err());
        assert!(answered("").is_err());
    }

    #[test]
    fn who_is_not_there_is_not_well() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let error = check(address, "/readyz").unwrap_err();
        assert!(error.to_string().contains("nothing answers"), "{error}");
    }
}
