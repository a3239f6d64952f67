//! Why a connection is not established: the causes that an operator can remove are told from those that pass.

use std::error::Error;
use std::io;

use rustls::CertificateError;
use tonic::Status;

use crate::cause::Cause;
use crate::fault::Fault;
use crate::node::Node;
use crate::verdict::chain_of_status;

/// How HTTP/2 reports that what it received is none.
const NOT_HTTP2: &str = "error detected";

/// How rustls calls a certificate that is the authority's own.
const CA_USED_AS_END_ENTITY: &str = "CaUsedAsEndEntity";

/// From the error of connecting, the handshake of TLS included.
pub(crate) fn not_connected(error: &(dyn Error + 'static), node: &Node) -> Fault {
    if let Some(tls) = tls_error(error) {
        return of_tls(tls, node);
    }
    if io_error(error).is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof) {
        return no_tls(node);
    }
    Fault::new(Cause::Unreachable, format!("cannot connect to {node}: {}", innermost(error)))
}

/// From the status of the first call on a connection.
pub(crate) fn not_understood(status: &Status, node: &Node, is_encrypted: bool) -> Fault {
    let chain = chain_of_status(status);
    if chain.contains(NOT_HTTP2) {
        let hint = if is_encrypted {
            ""
        } else {
            "; if it expects TLS, take tls=false out of the connection string"
        };
        return Fault::new(
            Cause::NotUnderstood,
            format!("what answers at {node} is no event store{hint} ({chain})"),
        );
    }
    let hint = if is_encrypted { "" } else { "; does it expect TLS?" };
    Fault::new(
        Cause::Unreachable,
        format!("{node} ends the connection before it has answered{hint} ({chain})"),
    )
}

fn no_tls(node: &Node) -> Fault {
    Fault::new(
        Cause::NotTls,
        format!(
            "{node} does not speak TLS: add tls=false to the connection string if that is meant, or else turn on TLS at the \
             server"
        ),
    )
}

fn of_tls(error: &rustls::Error, node: &Node) -> Fault {
    let unknown = |text: String| Fault::new(Cause::UnknownCertificate, text);
    match error {
        rustls::Error::InvalidMessage(_) | rustls::Error::InappropriateMessage { .. } => no_tls(node),
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => unknown(format!(
            "the certificate of {node} is of no known authority: name the file with the authority's certificate by tlsCaFile in the \
             connection string"
        )),
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => unknown(format!(
            "the certificate of {node} is for other names: connect by a name that it has, or give the server one with this name"
        )),
        rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        ) => unknown(format!("the certificate of {node} has expired: renew it, or set this machine's clock")),
        rustls::Error::InvalidCertificate(CertificateError::Other(other))
            if format!("{other:?}").contains(CA_USED_AS_END_ENTITY) =>
        {
            unknown(format!(
                "{node} shows the certificate of an authority as its own: give the server one that the authority has signed for it"
            ))
        }
        rustls::Error::InvalidCertificate(reason) => {
            unknown(format!("the certificate of {node} is not accepted ({reason}): give the server another"))
        }
        rustls::Error::AlertReceived(alert) => Fault::new(
            Cause::Settings,
            format!(
                "{node} refuses the encrypted connection ({alert:?}): if it wants to know this client by a certificate, name one \
                 by userCertFile and userKeyFile"
            ),
        ),
        error => Fault::new(Cause::Unreachable, format!("no encrypted connection to {node}: {error}")),
    }
}

fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    in_chain(error, |error| error.downcast_ref::<rustls::Error>())
}

fn io_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a io::Error> {
    in_chain(error, |error| error.downcast_ref::<io::Error>())
}

/// The first of an error and its sources that is of a kind. An IO error does not count what it wraps among its sources.
fn in_chain<'a, T>(
    error: &'a (dyn Error + 'static),
    find: impl Fn(&'a (dyn Error + 'static)) -> Option<&'a T>,
) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = find(error) {
            return Some(found);
        }
        let wrapped = error.downcast_ref::<io::Error>().and_then(|error| error.get_ref());
        if let Some(found) = wrapped.and_then(|error| find(error)) {
            return Some(found);
        }
        next = error.source();
    }
    None
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
