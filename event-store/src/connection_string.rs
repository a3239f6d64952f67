//! Reads a connection string. What is not understood is refused with its name, never passed over; the string itself,
//! which may hold a password, is in no error.

use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use crate::node::Node;

const SCHEMES: [&str; 4] = ["esdb", "kurrentdb", "kurrent", "kdb"];
/// The parameters that there are, for the message about one that there is not.
const PARAMETERS: &str = "connectionName, defaultDeadline, discoveryInterval, gossipTimeout, keepAliveInterval, \
    keepAliveTimeout, maxDiscoverAttempts, nodePreference, tls, tlsCaFile, tlsVerifyCert, userCertFile and userKeyFile";
const LONGEST_NAME: usize = 32;

/// A connection string that cannot be used. It never quotes the string, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionStringError {
    /// It is of another kind.
    #[error(
        "the event store's connection string must begin with esdb:// or esdb+discover://, or with kurrentdb:// or \
         kurrentdb+discover://, which mean the same"
    )]
    Scheme,
    /// A character that has a meaning of its own stands in the login or the password.
    #[error(
        "the event store's connection string has an @ after its ?: write the characters of login and password other than \
         letters and digits as %40 and the like"
    )]
    NotEncoded,
    /// One of its servers is none.
    #[error(
        "server {number} of the event store's connection string must be a name or an address, and a port if it is not 2113, as in \
         host:2113"
    )]
    Server {
        /// Which one, from 1.
        number: usize,
    },
    /// A parameter has a value that it cannot have.
    #[error("{name} in the event store's connection string {must}")]
    Parameter {
        /// Its name.
        name: &'static str,
        /// What it must be.
        must: &'static str,
    },
    /// A parameter is unknown.
    #[error(
        "the event store's connection string has the parameter {0}, which is unknown; known are {PARAMETERS}"
    )]
    Unknown(String),
}

/// Where the event store is, and how it is spoken with.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ConnectionString {
    /// The servers that it names.
    pub(crate) servers: Vec<Node>,
    /// Whether they are asked for the leader of their cluster, or the only one is spoken with.
    pub(crate) is_cluster: bool,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) tls: Option<Tls>,
    /// How often connections are probed, if they are, and how long the answer may take.
    pub(crate) keep_alive: Option<(Duration, Duration)>,
    pub(crate) gossip_timeout: Duration,
    /// The pause after the first failed attempt to connect; it doubles with each.
    pub(crate) discovery_interval: Duration,
    /// After how many attempts a call that was not sent is given up; none if only its deadline ends it.
    pub(crate) max_discover_attempts: Option<u32>,
    pub(crate) default_deadline: Option<Duration>,
    pub(crate) connection_name: Option<String>,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: String,
}

/// The files are read when a connection is established.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tls {
    /// The authorities' certificates; without it, those that the system trusts.
    pub(crate) ca_file: Option<PathBuf>,
    /// The certificate and the key by which the server knows this client.
    pub(crate) identity: Option<(PathBuf, PathBuf)>,
}

impl ConnectionString {
    /// The servers as they are named, for messages.
    pub(crate) fn server_names(&self) -> String {
        self.servers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn parse(text: &str) -> Result<Self, ConnectionStringError> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(ConnectionStringError::Scheme)?;
        let scheme = scheme.to_ascii_lowercase();
        let (scheme, discovers) =
            scheme.strip_suffix("+discover").map_or((&*scheme, false), |one| (one, true));
        if !SCHEMES.contains(&scheme) {
            return Err(ConnectionStringError::Scheme);
        }
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        if query.contains('@') {
            return Err(ConnectionStringError::NotEncoded);
        }
        let (login, servers) = place.rsplit_once('@').map_or((None, place), |(login, at)| (Some(login), at));
        let mut numbers = 0_usize..;
        let servers: Result<Vec<_>, _> = servers
            .trim_end_matches('/')
            .split(',')
            .map(|server| {
                let number = numbers.next().unwrap_or_default() + 1;
                Node::parse(server).ok_or(ConnectionStringError::Server { number })
            })
            .collect();
        let servers = servers?;
        let parameters = Parameters::parse(query)?;
        let is_cluster = discovers || servers.len() > 1;
        let credentials = login.filter(|login| !login.is_empty()).map(Credentials::parse);
        parameters.into_connection_string(servers, is_cluster, credentials)
    }
}

impl Credentials {
    fn parse(login: &str) -> Self {
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        Self { user: decoded(user), password: decoded(password) }
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// How long until a probe, or for its answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum KeepAlive {
    Never,
    After(Duration),
}

/// The parameters as they are given.
#[derive(Default)]
struct Parameters {
    tls: Option<bool>,
    ca_file: Option<PathBuf>,
    cert_file: Option<PathBuf>,
    key_file: Option<PathBuf>,
    keep_alive_interval: Option<KeepAlive>,
    keep_alive_timeout: Option<KeepAlive>,
    gossip_timeout: Option<Duration>,
    discovery_interval: Option<Duration>,
    max_discover_attempts: Option<u32>,
    default_deadline: Option<Duration>,
    connection_name: Option<String>,
}

impl Parameters {
    fn parse(query: &str) -> Result<Self, ConnectionStringError> {
        let mut given = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            given.take(name, &decoded(value))?;
        }
        Ok(given)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), ConnectionStringError> {
        match &*name.to_ascii_lowercase() {
            "tls" => set(&mut self.tls, "tls", "must be true or false", boolean(value)),
            "tlsverifycert" => {
                let must = "must be true: certificates are always checked. Name the file of the authority that has issued the \
                    server's by tlsCaFile";
                let verifies = boolean(value).filter(|verifies| *verifies);
                set(&mut None, "tlsVerifyCert", must, verifies)
            }
            "tlscafile" => set(&mut self.ca_file, "tlsCaFile", "must name a file", file(value)),
            "usercertfile" => set(&mut self.cert_file, "userCertFile", "must name a file", file(value)),
            "userkeyfile" => set(&mut self.key_file, "userKeyFile", "must name a file", file(value)),
            "nodepreference" => {
                let must = "must be leader: what is decided rests on what was written last";
                set(&mut None, "nodePreference", must, value.eq_ignore_ascii_case("leader").then_some(()))
            }
            "keepaliveinterval" => set(
                &mut self.keep_alive_interval,
                "keepAliveInterval",
                "must be a number of milliseconds, or -1 for none",
                keep_alive(value),
            ),
            "keepalivetimeout" => set(
                &mut self.keep_alive_timeout,
                "keepAliveTimeout",
                "must be a number of milliseconds, or -1 for none",
                keep_alive(value),
            ),
            "gossiptimeout" => {
                set(&mut self.gossip_timeout, "gossipTimeout", MILLISECONDS, milliseconds(value))
            }
            "discoveryinterval" => {
                set(&mut self.discovery_interval, "discoveryInterval", MILLISECONDS, milliseconds(value))
            }
            "defaultdeadline" => {
                set(&mut self.default_deadline, "defaultDeadline", MILLISECONDS, milliseconds(value))
            }
            "maxdiscoverattempts" => {
                let number = value.parse().ok().filter(|attempts| 0 < *attempts);
                set(&mut self.max_discover_attempts, "maxDiscoverAttempts", "must be a number from 1", number)
            }
            "connectionname" => {
                let is_sendable =
                    |text: &&str| text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
                let name = Some(value).filter(is_sendable).map(str::to_owned);
                set(&mut self.connection_name, "connectionName", "must be of ASCII characters", name)
            }
            _ => Err(ConnectionStringError::Unknown(quotable(name))),
        }
    }

    fn into_connection_string(
        self,
        servers: Vec<Node>,
        is_cluster: bool,
        credentials: Option<Credentials>,
    ) -> Result<ConnectionString, ConnectionStringError> {
        let identity = match (self.cert_file, self.key_file) {
            (Some(cert), Some(key)) => Some((cert, key)),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                let must = "goes with userCertFile: name both";
                return Err(ConnectionStringError::Parameter { name: "userKeyFile", must });
            }
        };
        let tls = Tls { ca_file: self.ca_file, identity };
        let is_encrypted = self.tls.unwrap_or(true);
        if !is_encrypted && tls != Tls::default() {
            let must = "is false, but files for TLS are named: take them out, or say tls=true";
            return Err(ConnectionStringError::Parameter { name: "tls", must });
        }
        let usual = KeepAlive::After(KEEP_ALIVE);
        let (interval, timeout) =
            (self.keep_alive_interval.unwrap_or(usual), self.keep_alive_timeout.unwrap_or(usual));
        let keep_alive = match (interval, timeout) {
            (KeepAlive::After(interval), KeepAlive::After(timeout)) => Some((interval, timeout)),
            (KeepAlive::Never, _) | (_, KeepAlive::Never) => None,
        };
        Ok(ConnectionString {
            servers,
            is_cluster,
            credentials,
            tls: is_encrypted.then_some(tls),
            keep_alive,
            gossip_timeout: self.gossip_timeout.unwrap_or(GOSSIP_TIMEOUT),
            discovery_interval: self.discovery_interval.unwrap_or(DISCOVERY_INTERVAL),
            max_discover_attempts: self.max_discover_attempts,
            default_deadline: self.default_deadline,
            connection_name: self.connection_name,
        })
    }
}

/// A server that hangs is noticed after twice this. The official clients' default is five times as long, and a cluster has
/// elected another leader by then.
const KEEP_ALIVE: Duration = Duration::from_secs(2);
const GOSSIP_TIMEOUT: Duration = Duration::from_secs(1);
const DISCOVERY_INTERVAL: Duration = Duration::from_millis(50);
const MILLISECONDS: &str = "must be a number of milliseconds from 1";

fn set<T>(
    place: &mut Option<T>,
    name: &'static str,
    must: &'static str,
    value: Option<T>,
) -> Result<(), ConnectionStringError> {
    let value = value.ok_or(ConnectionStringError::Parameter { name, must })?;
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(ConnectionStringError::Parameter { name, must: "is there twice" }),
    }
}

fn boolean(value: &str) -> Option<bool> {
    value.to_ascii_lowercase().parse().ok()
}

fn file(value: &str) -> Option<PathBuf> {
    Some(value).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn milliseconds(value: &str) -> Option<Duration> {
    value.parse().ok().filter(|milliseconds| 0 < *milliseconds).map(Duration::from_millis)
}

fn keep_alive(value: &str) -> Option<KeepAlive> {
    if value == "-1" { Some(KeepAlive::Never) } else { milliseconds(value).map(KeepAlive::After) }
}

/// A name may be a part of a password that is not encoded, unless it looks like a name.
fn quotable(name: &str) -> String {
    let is_name = name.len() <= LONGEST_NAME && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    if is_name { name.to_owned() } else { "(of other characters than letters)".to_owned() }
}

#[cfg(test)]
mod tests;
