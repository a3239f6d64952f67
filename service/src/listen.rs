use std::net::{IpAddr, SocketAddr};

use anyhow::{Result, bail};
use clap::Args;

use crate::connections::{ConnectionLimits, check_descriptors};
use crate::switch::switch;

const MAX_CONNECTIONS: u64 = 8_192;
const MAX_CONNECTIONS_PER_ADDRESS: u64 = 1_024;

/// The address of a process's HTTP server, and who may use it.
#[derive(Debug, Clone)]
pub struct Listen {
    /// The address; port 0 takes a free one.
    pub(crate) address: SocketAddr,
    pub(crate) limits: ConnectionLimits,
}

/// The settings of every HTTP server, besides its address.
#[derive(Debug, Clone, Args)]
pub struct ListenSettings {
    /// Let other machines reach the address. Nothing is encrypted here, so a gateway with TLS has to stand in front.
    #[arg(long, env = "CITAS_BEHIND_PROXY", value_parser = switch)]
    behind_proxy: bool,
    /// How many connections may be open at once, as far as the system allows so many files and connections.
    #[arg(long, env = "CITAS_MAX_CONNECTIONS", default_value_t = MAX_CONNECTIONS, value_name = "NUMBER", value_parser = at_least_one())]
    max_connections: u64,
    /// How many connections may be open at once from one address, or from one /64 network of IPv6.
    #[arg(
        long,
        env = "CITAS_MAX_CONNECTIONS_PER_ADDRESS",
        default_value_t = MAX_CONNECTIONS_PER_ADDRESS,
        value_name = "NUMBER",
        value_parser = at_least_one()
    )]
    max_connections_per_address: u64,
    /// The address of a gateway, through which the connections of many clients come: only --max-connections limits it. Several
    /// are separated by commas.
    #[arg(long, env = "CITAS_GATEWAY", value_name = "ADDRESS", value_delimiter = ',')]
    gateway: Vec<IpAddr>,
}

impl Default for ListenSettings {
    fn default() -> Self {
        Self {
            behind_proxy: false,
            max_connections: MAX_CONNECTIONS,
            max_connections_per_address: MAX_CONNECTIONS_PER_ADDRESS,
            gateway: Vec::new(),
        }
    }
}

fn at_least_one() -> clap::builder::RangedU64ValueParser {
    clap::value_parser!(u64).range(1..=1_000_000)
}

impl Listen {
    /// Listens at the address with these settings. Refuses an address that other machines can reach, unless a gateway
    /// stands in front, as tokens and personal data would cross the network in plain text; and fewer files than a server
    /// needs.
    pub fn new(address: SocketAddr, settings: ListenSettings) -> Result<Self> {
        if !settings.behind_proxy && !address.ip().is_loopback() {
            bail!(
                "other machines can reach {address}, and nothing that is sent there is encrypted: put a gateway with TLS in \
                 front and give --behind-proxy, or listen on 127.0.0.1"
            );
        }
        let number = |limit| usize::try_from(limit).unwrap_or(usize::MAX);
        let limits = check_descriptors(ConnectionLimits {
            total: number(settings.max_connections),
            per_address: number(settings.max_connections_per_address),
            gateways: settings.gateway,
        })?;
        Ok(Self { address, limits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_behind_a_proxy_may_other_machines_reach_it() {
        for (address, behind_proxy, is_allowed) in [
            ("127.0.0.1:8080", false, true),
            ("[::1]:8080", false, true),
            ("0.0.0.0:8080", false, false),
            ("[::]:8080", false, false),
            ("10.0.0.7:0", false, false),
            ("0.0.0.0:8080", true, true),
        ] {
            let settings = ListenSettings { behind_proxy, ..ListenSettings::default() };
            let listen = Listen::new(address.parse().unwrap(), settings);
            assert_eq!(listen.is_ok(), is_allowed, "{address} {behind_proxy}");
        }
    }
}
