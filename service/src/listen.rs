use std::net::SocketAddr;

use anyhow::{Result, bail};

/// The address of a process's HTTP server, and how far it may be reached.
#[derive(Debug, Clone, Copy)]
pub struct Listen {
    /// The address; port 0 takes a free one.
    pub address: SocketAddr,
    /// Whether a gateway with TLS stands in front, so that other machines may reach it.
    pub behind_proxy: bool,
}

impl Listen {
    /// Refuses an address that other machines can reach, unless a gateway stands in front: tokens and personal data would
    /// cross the network in plain text.
    pub(crate) fn check(self) -> Result<()> {
        if !self.behind_proxy && !self.address.ip().is_loopback() {
            bail!(
                "other machines can reach {}, and nothing that is sent there is encrypted: put a gateway with TLS in front \
                 and give --behind-proxy, or listen on 127.0.0.1",
                self.address
            );
        }
        Ok(())
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
            let listen = Listen { address: address.parse().unwrap(), behind_proxy };
            assert_eq!(listen.check().is_ok(), is_allowed, "{listen:?}");
        }
    }
}
