//! Which entries are being computed, so that queries that miss the same one at the same time compute it once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// An entry, as it follows from one state of the tables: its key, and the positions of calendar and office.
pub(in crate::postgres) type Version = (String, u64, u64);

/// The entries that queries of this process are computing. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Computing(Arc<Mutex<HashMap<Version, watch::Receiver<()>>>>);

/// What a query has taken on to compute, and what others are computing.
#[derive(Debug)]
pub(in crate::postgres) struct Claimed {
    /// For each entry that was missing, whether this query computes it.
    pub(in crate::postgres) is_ours: Vec<bool>,
    others: Vec<watch::Receiver<()>>,
    claim: Option<Claim>,
}

/// Ends when it is dropped: others go on then, whether the entries were computed or not.
#[derive(Debug)]
struct Claim {
    computing: Computing,
    versions: Vec<Version>,
    /// Dropped after the versions are free again.
    _ends: watch::Sender<()>,
}

impl Computing {
    /// Takes on those that nobody is computing.
    pub(super) fn claim(&self, missing: &[Version]) -> Claimed {
        let (ends, waiting) = watch::channel(());
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut others: Vec<watch::Receiver<()>> = Vec::new();
        let mut versions = Vec::new();
        let mut is_ours = Vec::with_capacity(missing.len());
        for version in missing {
            let other = running.get(version);
            is_ours.push(other.is_none());
            match other {
                Some(other) if others.iter().any(|known| known.same_channel(other)) => {}
                Some(other) => others.push(other.clone()),
                None => {
                    running.insert(version.clone(), waiting.clone());
                    versions.push(version.clone());
                }
            }
        }
        drop(running);
        let claim = Claim { computing: self.clone(), versions, _ends: ends };
        Claimed { is_ours, others, claim: Some(claim) }
    }
}

impl Claimed {
    /// Takes on all of them, whoever else computes them.
    pub(in crate::postgres) fn all(missing: &[Version]) -> Self {
        Self { is_ours: vec![true; missing.len()], others: Vec::new(), claim: None }
    }

    /// Lets others use what was computed, then waits until they have computed theirs.
    pub(in crate::postgres) async fn wait_for_others(mut self) {
        drop(self.claim.take());
        for mut other in self.others {
            // Nothing is ever sent: an error means that the other has ended.
            let _ = other.changed().await;
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut running = self.computing.0.lock().unwrap_or_else(PoisonError::into_inner);
        for version in &self.versions {
            running.remove(version);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn versions(names: &[&str]) -> Vec<Version> {
        names.iter().map(|name| ((*name).to_owned(), 1, 1)).collect()
    }

    #[test]
    fn each_is_computed_by_one_while_others_wait_for_it() {
        let computing = Computing::default();
        let first = computing.claim(&versions(&["a", "b"]));
        let second = computing.claim(&versions(&["b", "c", "a"]));
        assert_eq!((&first.is_ours[..], &second.is_ours[..]), (&[true, true][..], &[false, true, false][..]));
        let mut waiting = Box::pin(second.wait_for_others());
        assert_eq!((&mut waiting).now_or_never(), None);
        assert_eq!(first.wait_for_others().now_or_never(), Some(()), "it waits for nobody");
        assert_eq!(waiting.now_or_never(), Some(()));
        assert!(computing.0.lock().unwrap().is_empty(), "nothing is kept");
    }

    #[test]
    fn who_is_gone_holds_up_nobody() {
        let computing = Computing::default();
        drop(computing.claim(&versions(&["a"])));
        assert_eq!(computing.claim(&versions(&["a"])).is_ours, [true]);
    }

    #[test]
    fn two_who_wait_for_each_other_both_go_on() {
        let computing = Computing::default();
        let first = computing.claim(&versions(&["a"]));
        let second = computing.claim(&versions(&["a", "b"]));
        let mut third = computing.claim(&versions(&["b", "a", "c"]));
        assert_eq!(third.is_ours, [false, false, true]);
        let other = computing.claim(&versions(&["c"]));
        third.others.extend(other.others.clone());
        let all = [first, second, third, other].map(Claimed::wait_for_others);
        assert!(futures::future::join_all(all).now_or_never().is_some());
    }
}
