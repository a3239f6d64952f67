//! Subscriptions: stored events first, then new ones as they are committed.
//!
//! A subscription pulls pages, also when it is live. It has no queue, so a reader that is slow, or stops
//! reading, costs no more than a page of memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::stream;
use tokio::sync::watch;

use super::convert::{self, IdForm};
use super::read::flatten;
use super::{Messages, refusal};
use crate::clock::Ticks;
use crate::filter::Filter;
use crate::metrics::OpenSubscription;
use crate::reader::{AllCursor, ReadError, Readers, StreamCursor, StreamPage};
use crate::record::{Direction, ReadFrom, StreamName};
use crate::retention::END_OF_STREAM;
use crate::wire::event_store::client::streams::read_resp::{
    CaughtUp, Checkpoint, Content, SubscriptionConfirmation,
};

static SUBSCRIPTIONS: AtomicU64 = AtomicU64::new(1);

/// What a subscription follows, and where it continues.
pub(super) enum Followed {
    Stream { stream: StreamName, next_revision: u64 },
    All { next_position: u64, filter: Arc<Filter>, checkpoints: Checkpoints },
}

/// Decides when a filtered reader gets a checkpoint: how far the node has scanned, for the reader to resume from.
pub(super) struct Checkpoints {
    interval: u64,
    looked_at: u64,
}

impl Checkpoints {
    pub(super) fn every(interval: u64) -> Self {
        Self { interval, looked_at: 0 }
    }

    fn is_due(&mut self) -> bool {
        self.looked_at += 1;
        self.interval > 0 && self.looked_at.is_multiple_of(self.interval)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Confirm,
    CatchUp,
    Live,
}

pub(super) struct Subscription {
    readers: Arc<Readers>,
    tail: watch::Receiver<u64>,
    followed: Followed,
    id_form: IdForm,
    phase: Phase,
    /// Whether there were more events after the last page.
    has_more: bool,
    _counted: OpenSubscription,
}

impl Subscription {
    pub(super) fn new(
        readers: Arc<Readers>,
        tail: watch::Receiver<u64>,
        followed: Followed,
        id_form: IdForm,
    ) -> Self {
        Self {
            readers,
            tail,
            followed,
            id_form,
            phase: Phase::Confirm,
            has_more: true,
            _counted: OpenSubscription::begin(),
        }
    }

    pub(super) fn messages(self) -> Messages {
        flatten(stream::try_unfold(self, |mut subscription| async move {
            let contents = subscription.step().await.map_err(|error| {
                let stream = match &subscription.followed {
                    Followed::Stream { stream, .. } => Some(stream),
                    Followed::All { .. } => None,
                };
                refusal::read(stream, &error)
            })?;
            Ok(Some((contents, subscription)))
        }))
    }

    async fn step(&mut self) -> Result<Vec<Content>, ReadError> {
        if self.phase == Phase::Confirm {
            self.phase = Phase::CatchUp;
            let subscription_id = SUBSCRIPTIONS.fetch_add(1, Ordering::Relaxed).to_string();
            return Ok(vec![Content::Confirmation(SubscriptionConfirmation { subscription_id })]);
        }
        if !self.has_more {
            self.tail.changed().await.map_err(|_| ReadError::Closing)?;
        }
        // Marked as seen before the page is read, so that a commit meanwhile wakes this reader again.
        self.tail.borrow_and_update();
        let mut contents = self.page().await?;
        if self.phase == Phase::CatchUp && !self.has_more {
            self.phase = Phase::Live;
            contents.extend(self.caught_up());
        }
        Ok(contents)
    }

    async fn page(&mut self) -> Result<Vec<Content>, ReadError> {
        match &mut self.followed {
            Followed::Stream { stream, next_revision } => {
                let cursor = StreamCursor {
                    stream: stream.clone(),
                    direction: Direction::Forwards,
                    from: ReadFrom::Point(*next_revision),
                    wanted: u64::MAX,
                };
                let StreamPage::Found(page) = self.readers.stream_page(cursor).await? else {
                    self.has_more = false;
                    return Ok(Vec::new());
                };
                self.has_more = page.next.is_some();
                if let Some(last) = page.events.last() {
                    *next_revision = last.revision + 1;
                }
                Ok(page.events.into_iter().map(|event| convert::event(event, self.id_form)).collect())
            }
            Followed::All { next_position, filter, checkpoints } => {
                let cursor = AllCursor {
                    direction: Direction::Forwards,
                    next: Some(*next_position),
                    wanted: u64::MAX,
                };
                let page = self.readers.all_page(cursor, Arc::clone(filter)).await?;
                self.has_more = !page.is_last;
                let mut contents = Vec::new();
                for (position, event) in page.seen {
                    contents.extend(event.map(|event| convert::event(event, self.id_form)));
                    if checkpoints.is_due() {
                        contents.push(checkpoint(position));
                    }
                    *next_position = position + 1;
                }
                Ok(contents)
            }
        }
    }

    fn caught_up(&self) -> Vec<Content> {
        let timestamp = Some(Ticks::now().timestamp());
        match &self.followed {
            Followed::Stream { next_revision, .. } => {
                let stream_revision = next_revision.checked_sub(1).and_then(|last| i64::try_from(last).ok());
                vec![Content::CaughtUp(CaughtUp { timestamp, stream_revision, position: None })]
            }
            Followed::All { next_position, filter, .. } => {
                let last = next_position.saturating_sub(1);
                let position = Some(convert::position(last));
                let caught_up = Content::CaughtUp(CaughtUp { timestamp, stream_revision: None, position });
                if filter.is_selective() { vec![checkpoint(last), caught_up] } else { vec![caught_up] }
            }
        }
    }
}

/// The first revision or position to read: subscriptions begin after the point they name.
pub(super) fn point_after(from: ReadFrom, end: u64) -> u64 {
    match from {
        ReadFrom::Start => 0,
        ReadFrom::Point(point) => point.saturating_add(1).min(END_OF_STREAM),
        ReadFrom::End => end,
    }
}

fn checkpoint(position: u64) -> Content {
    Content::Checkpoint(Checkpoint {
        commit_position: position,
        prepare_position: position,
        timestamp: Some(Ticks::now().timestamp()),
    })
}
