//! How far the filling is.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// After how many appointments it is logged.
const LOGGED_EVERY: usize = 100;

/// How far the filling is, shared with the check of the readiness.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress(Arc<State>);

#[derive(Debug, Default)]
struct State {
    done: AtomicUsize,
    of: AtomicUsize,
    is_complete: AtomicBool,
}

/// The filling is not complete yet.
#[derive(Debug)]
pub(crate) struct Filling {
    done: usize,
    of: usize,
}

impl Progress {
    /// Whether there is nothing more to be filled in.
    pub(crate) fn complete(&self) -> Result<(), Filling> {
        if self.0.is_complete.load(Ordering::Acquire) {
            return Ok(());
        }
        let [done, of] = [&self.0.done, &self.0.of].map(|number| number.load(Ordering::Relaxed));
        Err(Filling { done, of })
    }

    /// So many appointments are to be made.
    pub(super) fn begin(&self, of: usize) {
        self.0.of.store(of, Ordering::Relaxed);
        tracing::info!(appointments = of, "filling the store with the demonstration agency");
    }

    /// One of them was dealt with.
    pub(super) fn one_more(&self) {
        let done = self.0.done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of(LOGGED_EVERY) {
            let of = self.0.of.load(Ordering::Relaxed);
            tracing::info!(done, of, "filling the store with the demonstration agency");
        }
    }

    /// Nothing more is filled in.
    pub(super) fn end(&self) {
        self.0.is_complete.store(true, Ordering::Release);
    }
}

impl fmt::Display for Filling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { done, of } = self;
        if *of == 0 {
            return f.write_str("the demonstration agency is being set up");
        }
        write!(f, "the demonstration agency is being filled in: {done} of {of} appointments so far")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_far_it_is_until_it_is_complete() {
        let progress = Progress::default();
        let told = || progress.complete().map_err(|filling| filling.to_string());
        assert_eq!(told(), Err("the demonstration agency is being set up".to_owned()));
        progress.begin(2);
        progress.one_more();
        let half = "the demonstration agency is being filled in: 1 of 2 appointments so far";
        assert_eq!(told(), Err(half.to_owned()));
        progress.end();
        assert_eq!(told(), Ok(()));
    }
}
