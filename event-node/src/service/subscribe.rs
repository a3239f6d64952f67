//! Subscriptions: stored events first, then new ones as they are committed.
//!
//! A subscription pulls pages, also when it is live. It has no queue, so a reader that is slow, or stops
//! reading, costs no more than a page of memory, and is not sent away.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::stream;
use tokio::sync::watch;

use super::checkpoints::Checkpoints;
use super::convert::{self, IdForm};
use super::read::flatten;
use super::{Messages, refusal};
use crate::clock::Ticks;
use crate::filter::Filter;
use crate::metrics::OpenSubscription;
use crate::reader::{AllCursor, ReadError, Readers, StreamCursor, StreamPage};
use crate::record::{Direction, ReadFrom, StreamName};
use crate::wire::event_store::client::streams::read_resp::{CaughtUp, Content, SubscriptionConfirmation};

static SUBSCRIPTIONS: AtomicU64 = AtomicU64::new(1);

/// What a subscription follows, and where it continues.
pub(super) enum Followed {
    Stream {
        stream: StreamName,
        next_revision: u64,
        /// Whether it is live although there is no such stream yet: so is one that begins at the end.
        may_be_missing: bool,
    },
    /// A stream that was deleted for good, from its end on: nothing will ever come.
    Tombstoned,
    All {
        next_position: u64,
        /// The position that the reader named, until it was checked.
        named: Option<u64>,
        filter: Arc<Filter>,
        checkpoints: Option<Checkpoints>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Confirm,
    CatchUp,
    Live,
    /// The stream was deleted for good while it was followed: what is left comes, and then the error.
    Ending,
}

pub(super) struct Subscription {
    readers: Arc<Readers>,
    tail: watch::Receiver<u64>,
    followed: Followed,
    resolve_links: bool,
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
        resolve_links: bool,
        id_form: IdForm,
    ) -> Self {
        Self {
            readers,
            tail,
            followed,
            resolve_links,
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
                    Followed::Tombstoned | Followed::All { .. } => None,
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
        let Page { mut contents, goes_on } = self.page().await?;
        self.has_more = goes_on == GoesOn::AtOnce;
        if self.phase == Phase::CatchUp && goes_on == GoesOn::WithNewEvents {
            self.phase = Phase::Live;
            contents.push(self.caught_up());
        }
        Ok(contents)
    }

    async fn page(&mut self) -> Result<Page, ReadError> {
        let id_form = self.id_form;
        match &mut self.followed {
            Followed::Tombstoned => Ok(Page { contents: Vec::new(), goes_on: GoesOn::WithNewEvents }),
            Followed::Stream { stream, next_revision, may_be_missing } => {
                let (events, goes_on) = if self.phase == Phase::Ending {
                    let rest = self.readers.page_of_tombstoned(stream.clone(), *next_revision).await?;
                    if rest.is_empty() {
                        return Err(ReadError::StreamDeleted);
                    }
                    (rest, GoesOn::AtOnce)
                } else {
                    let cursor = StreamCursor {
                        stream: stream.clone(),
                        direction: Direction::Forwards,
                        from: ReadFrom::Point(*next_revision),
                        wanted: u64::MAX,
                        resolve_links: self.resolve_links,
                    };
                    match self.readers.stream_page(cursor).await {
                        Ok(StreamPage::Found(page)) if page.next.is_some() => (page.events, GoesOn::AtOnce),
                        Ok(StreamPage::Found(page)) => (page.events, GoesOn::WithNewEvents),
                        Ok(StreamPage::NotFound) if *may_be_missing => (Vec::new(), GoesOn::WithNewEvents),
                        Ok(StreamPage::NotFound) => (Vec::new(), GoesOn::OnceItExists),
                        Err(ReadError::StreamDeleted) if self.phase == Phase::Live => {
                            self.phase = Phase::Ending;
                            (Vec::new(), GoesOn::AtOnce)
                        }
                        Err(error) => return Err(error),
                    }
                };
                if let Some(last) = events.last() {
                    *next_revision = last.record.revision + 1;
                }
                let contents = events.into_iter().map(|entry| convert::entry(entry, id_form)).collect();
                Ok(Page { contents, goes_on })
            }
            Followed::All { next_position, named, filter, checkpoints } => {
                let cursor = AllCursor {
                    direction: Direction::Forwards,
                    next: Some(*next_position),
                    wanted: u64::MAX,
                    named: *named,
                    resolve_links: self.resolve_links,
                };
                let page = self.readers.all_page(cursor, Arc::clone(filter)).await?;
                *named = None;
                let is_live = self.phase == Phase::Live;
                let mut contents = Vec::new();
                for (position, entry) in page.seen {
                    contents.extend(entry.map(|entry| convert::entry(entry, id_form)));
                    contents.extend(checkpoints.as_mut().and_then(|points| points.after(position, is_live)));
                    *next_position = position + 1;
                }
                let goes_on = if page.is_last { GoesOn::WithNewEvents } else { GoesOn::AtOnce };
                Ok(Page { contents, goes_on })
            }
        }
    }

    fn caught_up(&self) -> Content {
        let timestamp = Some(Ticks::now().timestamp());
        let (stream_revision, position) = match &self.followed {
            Followed::Stream { next_revision, .. } => {
                (next_revision.checked_sub(1).and_then(|last| i64::try_from(last).ok()), None)
            }
            Followed::Tombstoned => (None, None),
            Followed::All { next_position, .. } => {
                (None, Some(convert::position(next_position.saturating_sub(1))))
            }
        };
        Content::CaughtUp(CaughtUp { timestamp, stream_revision, position })
    }
}

struct Page {
    contents: Vec<Content>,
    goes_on: GoesOn,
}

/// When there is something more to read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum GoesOn {
    AtOnce,
    /// This was the last for now.
    WithNewEvents,
    OnceItExists,
}
