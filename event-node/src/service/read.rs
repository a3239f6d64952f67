//! Finite reads: a page is fetched when the reader has consumed the one before it.

use std::sync::Arc;

use futures::stream::{self, Stream};
use futures::{StreamExt, TryStreamExt};
use tonic::Status;

use super::convert::{self, IdForm};
use super::{Messages, refusal};
use crate::filter::Filter;
use crate::reader::{AllCursor, Entry, ReadError, Readers, StreamCursor, StreamPage};
use crate::record::{Direction, ReadFrom, StreamName};
use crate::wire::event_store::client::streams::ReadResp;
use crate::wire::event_store::client::streams::read_resp::{Content, StreamNotFound};

pub(super) struct StreamRead {
    pub(super) readers: Arc<Readers>,
    pub(super) cursor: StreamCursor,
    pub(super) id_form: IdForm,
    pub(super) wants_stream_end: bool,
    pub(super) is_first_page: bool,
}

impl StreamRead {
    pub(super) fn messages(self) -> Messages {
        flatten(stream::try_unfold(Some(self), |read| async move {
            let Some(mut read) = read else { return Ok(None) };
            let stream = read.cursor.stream.clone();
            let (contents, next) = read.page().await.map_err(|error| refusal::read(Some(&stream), &error))?;
            let next = next.map(|revision| {
                read.cursor.from = ReadFrom::Point(revision);
                read.is_first_page = false;
                read
            });
            Ok(Some((contents, next)))
        }))
    }

    async fn page(&mut self) -> Result<(Vec<Content>, Option<u64>), ReadError> {
        let found = match self.readers.stream_page(self.cursor.clone()).await? {
            StreamPage::NotFound => return Ok((not_found(&self.cursor.stream), None)),
            StreamPage::Found(found) => found,
        };
        let is_empty = found.events.is_empty() && self.is_first_page;
        let mut contents = take(found.events, &mut self.cursor.wanted, self.id_form);
        let next = found.next.filter(|_| self.cursor.wanted > 0);
        if next.is_none() && self.wants_stream_end {
            if is_empty && self.cursor.direction == Direction::Forwards {
                // Where the next event will be is where there is something to be read first.
                contents.push(Content::FirstStreamPosition(found.last.saturating_add(1)));
            }
            contents.push(Content::LastStreamPosition(found.last));
        }
        Ok((contents, next))
    }
}

fn not_found(stream: &StreamName) -> Vec<Content> {
    vec![Content::StreamNotFound(StreamNotFound { stream_identifier: Some(convert::identifier(stream)) })]
}

pub(super) struct AllRead {
    pub(super) readers: Arc<Readers>,
    pub(super) cursor: AllCursor,
    pub(super) filter: Arc<Filter>,
    pub(super) id_form: IdForm,
}

impl AllRead {
    pub(super) fn messages(self) -> Messages {
        flatten(stream::try_unfold(Some(self), |read| async move {
            let Some(mut read) = read else { return Ok(None) };
            let page = read
                .readers
                .all_page(read.cursor, Arc::clone(&read.filter))
                .await
                .map_err(|error| refusal::read(None, &error))?;
            read.cursor.named = None;
            read.cursor.next = page.seen.last().and_then(|(position, _)| match read.cursor.direction {
                Direction::Forwards => position.checked_add(1),
                Direction::Backwards => position.checked_sub(1),
            });
            let events = page.seen.into_iter().filter_map(|(_, event)| event);
            let contents = take(events, &mut read.cursor.wanted, read.id_form);
            let goes_on = !page.is_last && read.cursor.wanted > 0;
            Ok(Some((contents, goes_on.then_some(read))))
        }))
    }
}

fn take(events: impl IntoIterator<Item = Entry>, wanted: &mut u64, form: IdForm) -> Vec<Content> {
    let most = usize::try_from(*wanted).unwrap_or(usize::MAX);
    let contents: Vec<_> = events.into_iter().take(most).map(|entry| convert::entry(entry, form)).collect();
    *wanted -= contents.len() as u64;
    contents
}

/// Turns a stream of pages into a stream of messages.
pub(super) fn flatten(pages: impl Stream<Item = Result<Vec<Content>, Status>> + Send + 'static) -> Messages {
    pages
        .map_ok(|contents| {
            stream::iter(contents.into_iter().map(|content| Ok(ReadResp { content: Some(content) })))
        })
        .try_flatten()
        .boxed()
}
