//! The gRPC services: they check requests, pass them to the writer or the readers, and build responses.

#![expect(clippy::result_large_err, reason = "tonic's `Status` is what every handler must return")]

mod append;
mod batch;
mod batch_error;
mod checkpoints;
mod convert;
mod ending;
mod features;
mod gossip;
mod read;
mod read_request;
mod refusal;
mod subscribe;

use std::sync::Arc;

use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::watch;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use crate::reader::{AllCursor, ReadError, Readers, StreamCursor, StreamPage};
use crate::record::{Direction, ReadFrom, StreamName};
use crate::wire::event_store::client::streams as proto;
use crate::writer::{Operation, WriterHandle};
use read::{AllRead, StreamRead};
use read_request::{Amount, ReadRequest, Source};
use subscribe::{Followed, Subscription};

pub(crate) use features::{Features, VERSION};
pub(crate) use gossip::OneNode;

type Messages = BoxStream<'static, Result<proto::ReadResp, Status>>;

/// The streams service.
#[derive(Clone)]
pub(crate) struct Streams {
    pub(crate) writer: WriterHandle,
    pub(crate) readers: Arc<Readers>,
    /// The position of the last committed event.
    pub(crate) tail: watch::Receiver<u64>,
    pub(crate) closing: watch::Receiver<bool>,
}

#[tonic::async_trait]
impl proto::streams_server::Streams for Streams {
    type ReadStream = Messages;
    type BatchAppendStream = BoxStream<'static, Result<proto::BatchAppendResp, Status>>;

    async fn read(&self, request: Request<proto::ReadReq>) -> Result<Response<Messages>, Status> {
        let deadline = ending::deadline(request.metadata());
        let ask = ReadRequest::parse(request.into_inner().options)?;
        let messages = match ask.amount {
            Amount::Count(count) => self.read_messages(ask, count),
            Amount::Subscription => self.subscription(ask).await?,
        };
        Ok(Response::new(ending::until_closed(messages, self.closing.clone(), deadline)))
    }

    async fn append(
        &self,
        request: Request<Streaming<proto::AppendReq>>,
    ) -> Result<Response<proto::AppendResp>, Status> {
        self.append_one(request.into_inner()).await.map(Response::new)
    }

    async fn batch_append(
        &self,
        request: Request<Streaming<proto::BatchAppendReq>>,
    ) -> Result<Response<Self::BatchAppendStream>, Status> {
        let deadline = ending::deadline(request.metadata());
        let answers = ReceiverStream::new(self.append_many(request.into_inner())).boxed();
        Ok(Response::new(ending::until_closed(answers, self.closing.clone(), deadline)))
    }

    async fn delete(
        &self,
        request: Request<proto::DeleteReq>,
    ) -> Result<Response<proto::DeleteResp>, Status> {
        let delete = |expected| Operation::Delete { expected };
        self.end_stream(request.into_inner(), delete).await.map(Response::new)
    }

    async fn tombstone(
        &self,
        request: Request<proto::DeleteReq>,
    ) -> Result<Response<proto::DeleteResp>, Status> {
        let tombstone = |expected| Operation::Tombstone { expected };
        self.end_stream(request.into_inner(), tombstone).await.map(Response::new)
    }
}

impl Streams {
    fn read_messages(&self, ask: ReadRequest, count: u64) -> Messages {
        let readers = Arc::clone(&self.readers);
        let ReadRequest { direction, id_form, resolve_links, .. } = ask;
        match ask.source {
            Source::Stream { stream, from } => StreamRead {
                readers,
                cursor: StreamCursor { stream, direction, from, wanted: count, resolve_links },
                id_form,
                wants_stream_end: ask.wants_stream_end,
                is_first_page: true,
            }
            .messages(),
            Source::All { from, filter, .. } => AllRead {
                readers,
                cursor: AllCursor {
                    direction,
                    next: from.first_position(direction),
                    wanted: count,
                    named: from.named(),
                    resolve_links,
                },
                filter: Arc::new(filter),
                id_form,
            }
            .messages(),
        }
    }

    async fn subscription(&self, ask: ReadRequest) -> Result<Messages, Status> {
        let tail = self.tail.clone();
        let followed = match ask.source {
            Source::Stream { stream, from: ReadFrom::End } => match self.end_of(&stream).await {
                Ok(next_revision) => Followed::Stream { stream, next_revision, may_be_missing: true },
                Err(ReadError::StreamDeleted) => Followed::Tombstoned,
                Err(error) => return Err(refusal::read(Some(&stream), &error)),
            },
            Source::Stream { stream, from } => {
                // A subscription begins after the revision that it names.
                let next_revision = match from {
                    ReadFrom::Point(revision) => revision.saturating_add(1),
                    ReadFrom::Start | ReadFrom::End => 0,
                };
                Followed::Stream { stream, next_revision, may_be_missing: false }
            }
            Source::All { from, filter, checkpoints } => Followed::All {
                next_position: from.first_followed(*tail.borrow() + 1),
                named: from.named(),
                filter: Arc::new(filter),
                checkpoints,
            },
        };
        let readers = Arc::clone(&self.readers);
        Ok(Subscription::new(readers, tail, followed, ask.resolve_links, ask.id_form).messages())
    }

    /// The revision that the next event of the stream will have. Fails if the stream was deleted permanently.
    async fn end_of(&self, stream: &StreamName) -> Result<u64, ReadError> {
        let cursor = StreamCursor {
            stream: stream.clone(),
            direction: Direction::Forwards,
            from: ReadFrom::End,
            wanted: 0,
            resolve_links: false,
        };
        Ok(match self.readers.stream_page(cursor).await? {
            StreamPage::NotFound => 0,
            StreamPage::Found(page) => page.last + 1,
        })
    }
}
