//! What one query may cost, and where costly ones run.

use std::fmt;
use std::num::ParseIntError;
use std::panic::resume_unwind;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::QueryError;

/// How long a costly query may wait until others have ended.
const MAX_QUEUED: Duration = Duration::from_secs(5);

/// Units for one appointment: a large row, and a look at its hours, blocks and external busy time.
pub(crate) const OF_AN_APPOINTMENT: usize = 30;
/// Units for one occurrence of a block.
pub(crate) const OF_AN_OCCURRENCE: usize = 10;
/// Units for checking one start of one agent, besides the blocks that recur.
pub(crate) const OF_A_START: usize = 10;

/// Units for counting one appointment.
pub(crate) const OF_A_COUNT: usize = 2;

/// How much work one query may cause, in units of looking at one rule, block or entry: some 0.2 µs each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryBudget(usize);

impl QueryBudget {
    /// So many units.
    pub const fn new(units: usize) -> Self {
        Self(units)
    }
}

impl fmt::Display for QueryBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for QueryBudget {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

impl Default for QueryBudget {
    fn default() -> Self {
        Self(1_000_000)
    }
}

/// What a query that is being answered may still cost.
#[derive(Debug)]
pub(crate) struct Budget {
    left: usize,
    abandoned: Arc<AtomicBool>,
}

impl Budget {
    /// Takes the cost of the next step. An error if it is too much, or if nobody waits for the answer any more.
    pub(crate) fn spend(&mut self, units: usize) -> Result<(), QueryError> {
        if self.abandoned.load(Ordering::Relaxed) {
            return Err(QueryError::Abandoned);
        }
        self.left = self.left.checked_sub(units).ok_or(QueryError::TooCostly)?;
        Ok(())
    }

    /// Whether a search may look at its next day, which costs so much: it may as long as the budget lasts, and at the
    /// first in any case, so that each page gets somewhere.
    pub(crate) fn days(&mut self) -> impl FnMut(usize) -> bool {
        let mut is_first = true;
        move |units| match self.spend(units) {
            Ok(()) => {
                is_first = false;
                true
            }
            Err(QueryError::TooCostly) => std::mem::replace(&mut is_first, false),
            Err(_) => false,
        }
    }

    /// Lowers what it may still cost.
    pub(crate) fn at_most(&mut self, units: usize) {
        self.left = self.left.min(units);
    }

    /// What it may still cost.
    pub(crate) const fn left(&self) -> usize {
        self.left
    }
}

/// Answers costly queries on threads of their own, as many at once as there are processors.
#[derive(Debug, Clone)]
pub(crate) struct CostlyQueries {
    budget: QueryBudget,
    threads: Arc<Semaphore>,
}

impl Default for CostlyQueries {
    fn default() -> Self {
        Self::new(QueryBudget::default())
    }
}

impl CostlyQueries {
    pub(crate) fn new(budget: QueryBudget) -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self { budget, threads: Arc::new(Semaphore::new(processors)) }
    }

    /// What one query may cost at most.
    pub(crate) const fn max_units(&self) -> usize {
        self.budget.0
    }

    /// The budget of one query.
    pub(crate) fn budget(&self) -> Budget {
        Budget { left: self.budget.0, abandoned: Arc::default() }
    }

    /// Answers one. If the caller is dropped, so that nobody waits for the answer, the work ends at its next step.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        answer: impl FnOnce(&mut Budget) -> Result<T, QueryError> + Send + 'static,
    ) -> Result<T, QueryError> {
        let thread = timeout(MAX_QUEUED, Arc::clone(&self.threads).acquire_owned()).await;
        let Ok(Ok(thread)) = thread else { return Err(QueryError::Busy) };
        let mut budget = self.budget();
        let _waiting = Waiting(Arc::clone(&budget.abandoned));
        let work = spawn_blocking(move || {
            let _thread = thread;
            answer(&mut budget)
        });
        work.await.unwrap_or_else(|error| match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(_) => Err(QueryError::Busy),
        })
    }
}

/// Somebody who waits for an answer.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_query_may_spend_its_budget_and_no_more() {
        let queries = CostlyQueries::new(QueryBudget::new(10));
        assert_eq!(queries.run(|budget| budget.spend(4).and_then(|()| budget.spend(6))).await, Ok(()));
        assert_eq!(
            queries.run(|budget| budget.spend(4).and_then(|()| budget.spend(7))).await,
            Err(QueryError::TooCostly)
        );
    }

    #[test]
    fn a_search_looks_at_its_first_day_whatever_it_costs_and_at_others_while_the_budget_lasts() {
        let queries = CostlyQueries::new(QueryBudget::new(10));
        let asked = |costs: [usize; 3]| {
            let mut budget = queries.budget();
            let mut days = budget.days();
            costs.map(&mut days)
        };
        assert_eq!(asked([4, 6, 1]), [true, true, false]);
        assert_eq!(asked([11, 11, 11]), [true, false, false]);
        let mut none = CostlyQueries::new(QueryBudget::new(0)).budget();
        assert!(none.days()(1), "no page is empty for ever");
        let mut abandoned = queries.budget();
        abandoned.abandoned.store(true, Ordering::Relaxed);
        assert!(!abandoned.days()(1));
    }

    #[tokio::test]
    async fn a_query_that_nobody_waits_for_ends() {
        let queries = CostlyQueries::default();
        let (started, has_started) = mpsc::channel();
        let (ended, has_ended) = mpsc::channel();
        let of_caller = queries.clone();
        let work = move |budget: &mut Budget| {
            started.send(()).unwrap();
            loop {
                if let Err(error) = budget.spend(0) {
                    ended.send(error.clone()).unwrap();
                    return Err::<(), _>(error);
                }
            }
        };
        let caller = tokio::spawn(async move { of_caller.run(work).await });
        tokio::task::spawn_blocking(move || has_started.recv().unwrap()).await.unwrap();
        caller.abort();
        let error = tokio::task::spawn_blocking(move || has_ended.recv().unwrap()).await.unwrap();
        assert_eq!(error, QueryError::Abandoned);
        let processors = u32::try_from(available_parallelism().unwrap().get()).unwrap();
        let every_thread = timeout(MAX_QUEUED, queries.threads.acquire_many(processors)).await;
        assert!(every_thread.is_ok(), "its thread is free again");
    }
}
