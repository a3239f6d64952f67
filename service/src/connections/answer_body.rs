//! Tells a connection's exchange which requests reach the application and when their answers are complete.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_LENGTH, HeaderValue, TRANSFER_ENCODING};
use actix_web::middleware::Next;
use actix_web::web::Bytes;

use super::Exchange;

/// Middleware: the outermost.
pub(crate) async fn follow_answer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let answer = Unproduced::of(&request);
    let response = next.call(request).await?;
    Ok(response.map_body(|_, body| AnswerBody { body: body.boxed(), _answer: answer }))
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
