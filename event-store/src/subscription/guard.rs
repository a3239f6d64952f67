//! Breaks the client's endless loop over a subscription that the server ended without an error.
//!
//! When the stream of answers ends with an OK status, the client reads its end again and again without ever giving up
//! the thread, so that no timeout around it can fire. All it does in each round is to log a warning: a subscriber of
//! that log, in force only while the client is polled, counts the rounds and unwinds. A build that strips warnings
//! out of `tracing`, or aborts on panic, would defeat this.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::LazyLock;
use std::task::Poll;

use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Level, Metadata, Subscriber, dispatcher};

/// More warnings than this within one poll mean the loop; a server newer than the client may cause a few.
const MOST_WARNINGS: u32 = 64;

static WATCH: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(Watch));

thread_local! {
    static WARNINGS: Cell<u32> = const { Cell::new(0) };
}

/// The client was caught in its loop, or panicked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stuck;

/// Drives the client's future; what the client logs meanwhile is dropped, as its errors are returned too.
pub(super) async fn watch<T>(future: impl Future<Output = T>) -> Result<T, Stuck> {
    let mut future = pin!(future);
    std::future::poll_fn(move |context| {
        WARNINGS.set(0);
        let poll = || dispatcher::with_default(&WATCH, || future.as_mut().poll(context));
        match catch_unwind(AssertUnwindSafe(poll)) {
            Ok(polled) => polled.map(Ok),
            Err(payload) => Poll::Ready(Err(stuck(payload.as_ref()))),
        }
    })
    .await
}

fn stuck(payload: &(dyn Any + Send)) -> Stuck {
    if !payload.is::<Stuck>() {
        tracing::error!("the client panicked over what it was sent on a subscription");
    }
    Stuck
}

struct Watch;

impl Subscriber for Watch {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.enabled(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() == Level::WARN && metadata.target().ends_with("::commands")
    }

    fn max_level_hint(&self) -> Option<tracing::level_filters::LevelFilter> {
        Some(tracing::level_filters::LevelFilter::WARN)
    }

    fn event(&self, _: &Event<'_>) {
        WARNINGS.set(WARNINGS.get() + 1);
        if WARNINGS.get() > MOST_WARNINGS {
            resume_unwind(Box::new(Stuck));
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
