//! Which connections are let in.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{ConnectionLimits, metrics};

/// How many clients at a time are told that there is no place for them.
const FAREWELLS: usize = 64;

/// The connections that are open, counted.
#[derive(Debug, Clone)]
pub(crate) struct OpenConnections(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    limits: ConnectionLimits,
    open: Mutex<Open>,
    farewells: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A connection's place among those that are open, until it is dropped.
#[derive(Debug)]
pub(crate) struct Admission {
    connections: OpenConnections,
    address: IpAddr,
}

/// The limit that a connection would exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    Total,
    Address,
}

impl Full {
    /// Its label in the metrics.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Total => metrics::TOTAL,
            Self::Address => metrics::PER_ADDRESS,
        }
    }
}

impl OpenConnections {
    pub(crate) fn new(limits: ConnectionLimits) -> Self {
        Self(Arc::new(Inner {
            limits,
            open: Mutex::default(),
            farewells: Arc::new(Semaphore::new(FAREWELLS)),
        }))
    }

    /// Gives a connection from this address a place, if there is one.
    pub(super) fn admit(&self, address: IpAddr) -> Result<Admission, Full> {
        let limits = &self.0.limits;
        let is_gateway =
            limits.gateways.iter().any(|gateway| gateway.to_canonical() == address.to_canonical());
        let address = counted_as(address);
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.total >= limits.total {
            return Err(Full::Total);
        }
        let of_address = open.by_address.entry(address).or_default();
        if *of_address >= limits.per_address && !is_gateway {
            return Err(Full::Address);
        }
        *of_address += 1;
        open.total += 1;
        metrics::set_open(open.total);
        drop(open);
        Ok(Admission { connections: self.clone(), address })
    }

    /// Leave to tell a client that there is no place for it; `None` if that is being told to many already.
    pub(super) fn farewell(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0.farewells).try_acquire_owned().ok()
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        let mut open = self.connections.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.total -= 1;
        if let Some(of_address) = open.by_address.get_mut(&self.address) {
            *of_address -= 1;
            if *of_address == 0 {
                open.by_address.remove(&self.address);
            }
        }
        metrics::set_open(open.total);
    }
}

/// The address that a connection counts for. Of IPv6 that is the network: one machine has all addresses of a /64.
fn counted_as(address: IpAddr) -> IpAddr {
    const NETWORK: u128 = !0 << 64;
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => Ipv6Addr::from(u128::from(address) & NETWORK).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn connections(total: usize, per_address: usize) -> OpenConnections {
        let gateways = vec![address("10.0.0.1")];
        OpenConnections::new(ConnectionLimits { total, per_address, gateways })
    }

    #[test]
    fn one_address_takes_no_more_than_its_share_and_a_gateway_all() {
        let connections = connections(5, 2);
        let first = connections.admit(address("10.0.0.9")).unwrap();
        let _second = connections.admit(address("::ffff:10.0.0.9")).unwrap();
        assert_eq!(connections.admit(address("10.0.0.9")).unwrap_err(), Full::Address);
        drop(first);
        let _again = connections.admit(address("10.0.0.9")).unwrap();
        let _through_gateway: Vec<_> =
            (0..3).map(|_| connections.admit(address("10.0.0.1")).unwrap()).collect();
        assert_eq!(connections.admit(address("10.0.0.1")).unwrap_err(), Full::Total);
        assert_eq!(connections.admit(address("10.0.0.8")).unwrap_err(), Full::Total);
    }

    #[test]
    fn the_addresses_of_one_network_of_ipv6_count_together() {
        let connections = connections(9, 1);
        let _one = connections.admit(address("2001:db8:0:1::1")).unwrap();
        assert_eq!(connections.admit(address("2001:db8:0:1:ffff::2")).unwrap_err(), Full::Address);
        let _other = connections.admit(address("2001:db8:0:2::1")).unwrap();
    }

    #[test]
    fn nothing_is_kept_of_addresses_without_connections() {
        let connections = connections(9, 1);
        for last in 0..=255 {
            drop(connections.admit(IpAddr::from([10, 1, 0, last])).unwrap());
            connections.admit(IpAddr::from([10, 1, 0, last])).unwrap();
        }
        assert!(connections.0.open.lock().unwrap().by_address.is_empty());
    }
}
