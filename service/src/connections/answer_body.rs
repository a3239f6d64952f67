//! Tells a connection's exchange which requests reach the application, when their bodies have been read, and when their
//! answers are complete.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, HeaderValue, TRANSFER_ENCODING};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage as _};
use futures::Stream;

use super::Exchange;

/// Middleware: the outermost.
pub(crate) async fn follow_answer(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let answer = Unproduced::of(&request);
    if let Some(Unproduced(exchange)) = &answer {
        let body = RequestBody { body: request.take_payload(), exchange: Rc::clone(exchange) };
        request.set_payload(Payload::Stream { payload: Box::pin(body) });
    }
    let response = next.call(request).await?;
    if let Some(Unproduced(exchange)) = &answer {
        exchange.body_done();
    }
    Ok(response.map_body(|_, body| AnswerBody { body: body.boxed(), _answer: answer }))
}

/// The body of a request, which tells when it has been read.
struct RequestBody {
    body: Payload,
    exchange: Rc<Exchange>,
}

impl Stream for RequestBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let read = Pin::new(&mut self.body).poll_next(context);
        if matches!(read, Poll::Ready(None | Some(Err(_)))) {
            self.exchange.body_done();
        }
        read
    }
}

/// The body of an answer. The server drops it once all of it is in its buffer.
struct AnswerBody {
    body: BoxBody,
    _answer: Option<Unproduced>,
}

/// An answer that is not complete yet.
struct Unproduced(Rc<Exchange>);

impl Unproduced {
    fn of(request: &ServiceRequest) -> Option<Self> {
        let exchange = request.conn_data::<Rc<Exchange>>()?;
        let headers = request.headers();
        let length = headers.get(CONTENT_LENGTH).map(HeaderValue::as_bytes);
        let has_body = headers.contains_key(TRANSFER_ENCODING) || length.is_some_and(|length| length != b"0");
        exchange.request_arrived(has_body);
        Some(Self(Rc::clone(exchange)))
    }
}

impl Drop for Unproduced {
    fn drop(&mut self) {
        self.0.answer_produced();
    }
}

impl MessageBody for AnswerBody {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

#[cfg(test)]
mod tests {
    use actix_http::BoxedPayloadStream;
    use futures::StreamExt as _;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test]
    async fn a_body_that_was_read_or_has_broken_off_is_done() {
        let chunk = || Ok(Bytes::from_static(b"{}"));
        for (last, name) in [(None, "whole"), (Some(Err(PayloadError::Incomplete(None))), "broken off")] {
            let exchange = Rc::new(Exchange::new(Instant::now()));
            exchange.request_arrived(true);
            let payload: BoxedPayloadStream =
                Box::pin(futures::stream::iter([chunk()].into_iter().chain(last)));
            let body = Payload::Stream { payload };
            let mut body = RequestBody { body, exchange: Rc::clone(&exchange) };
            assert!(body.next().await.is_some() && !exchange.reads_nothing(), "{name}");
            assert!(!matches!(body.next().await, Some(Ok(_))));
            assert!(exchange.reads_nothing(), "{name}");
        }
    }
}
