//! Reads that many requests need at once: those who ask while one is under way share the next.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

/// Shares the outcome of a read. Each caller gets that of one that began after it had asked.
#[derive(Debug)]
pub(crate) struct SharedRead<T> {
    /// How many have begun.
    begun: AtomicU64,
    /// The number of the last that has ended, and its outcome. Locked while one is under way.
    last: Mutex<Option<(u64, T)>>,
}

impl<T> Default for SharedRead<T> {
    fn default() -> Self {
        Self { begun: AtomicU64::new(0), last: Mutex::const_new(None) }
    }
}

impl<T: Clone> SharedRead<T> {
    /// Reads, unless somebody else has begun to since this was called: then the outcome is theirs.
    pub(crate) async fn get(&self, read: impl Future<Output = T>) -> T {
        let begun_before = self.begun.load(Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if let Some((number, outcome)) = &*last
            && begun_before < *number
        {
            return outcome.clone();
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let outcome = read.await;
        *last = Some((number, outcome.clone()));
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use futures::future::join_all;
    use tokio::sync::Semaphore;

    use super::*;

    /// A store in which time passes only when somebody reads, and reads end when they may.
    #[derive(Default)]
    struct Store {
        reads: AtomicU64,
        may_end: Option<Semaphore>,
    }

    impl Store {
        async fn read(&self) -> u64 {
            let number = self.reads.fetch_add(1, Ordering::SeqCst) + 1;
            if let Some(may_end) = &self.may_end {
                may_end.acquire().await.unwrap().forget();
            }
            number
        }
    }

    #[tokio::test]
    async fn one_after_the_other_reads_anew() {
        let (shared, store) = (SharedRead::default(), Store::default());
        for expected in 1..=3 {
            assert_eq!(shared.get(store.read()).await, expected);
        }
    }

    #[tokio::test]
    async fn who_asks_during_a_read_gets_the_next_one_and_shares_it() {
        let (shared, store) =
            (SharedRead::default(), Store { may_end: Some(Semaphore::new(0)), ..Store::default() });
        let first = shared.get(store.read());
        let others = join_all((0..5).map(|_| shared.get(store.read())));
        let release = async {
            // The others have asked by now: they are polled before this is.
            store.may_end.as_ref().unwrap().add_permits(2);
        };
        let (first, others, ()) = tokio::join!(first, others, release);
        assert_eq!((first, others), (1, vec![2; 5]));
        assert_eq!(store.reads.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_read_that_was_given_up_is_nobodys_answer() {
        let (shared, store) =
            (SharedRead::default(), Store { may_end: Some(Semaphore::new(0)), ..Store::default() });
        let mut given_up = Box::pin(shared.get(store.read()));
        assert!(futures::poll!(&mut given_up).is_pending());
        drop(given_up);
        store.may_end.as_ref().unwrap().add_permits(1);
        assert_eq!(shared.get(store.read()).await, 2);
    }
}
