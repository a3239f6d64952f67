//! Imports: a body of many lines, each a command, that is read and answered line by line.
//!
//! Neither the body nor the answer is ever in memory as a whole: no more lines are read than are carried out at once, and
//! none while the caller doesn't take the answers. What was answered is done; a caller that goes away ends the import
//! after the lines that were begun.

use std::convert::Infallible;
use std::sync::Arc;

use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::{Bytes, BytesMut, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures::{Stream, StreamExt as _, stream};
use operation::{
    Command, Delivery, Executor as _, Import, ImportedLine, MAX_BODY_BYTES, MAX_IMPORT_BYTES,
    MAX_IMPORT_LINES, Problem, allow, import_line, too_many_lines,
};
use sha2::{Digest as _, Sha256};
use tokio::time::timeout;

use crate::HttpProblem;
use crate::auth::authenticate;
use crate::delivery::delivery;
use crate::handlers::{BODY_TIMEOUT, api, too_slow};

/// How many lines are carried out at once: several go to the store in one append, and others have room beside them.
const AT_ONCE: usize = 64;

/// Carries out a command for each line of the body.
pub(crate) async fn import<I: Import>(
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, HttpProblem> {
    let delivery = delivery(&request, authenticate(&request)?)?;
    let api = api::<<I::Of as Command>::Api>(&request)?;
    allow::<I::Of>(delivery.actor.kind)?;
    api.accepts()?;
    if delivery.if_match.is_some() || delivery.if_none_match.is_some() {
        let detail = "An import is of many versions; leave If-Match and If-None-Match out.";
        return Err(Problem::malformed("If-Match", detail).into());
    }
    let announced = request.headers().get(CONTENT_LENGTH);
    let announced: usize = announced.and_then(|length| length.to_str().ok()?.parse().ok()).unwrap_or(0);
    if announced > MAX_IMPORT_BYTES {
        return Err(Problem::too_large(MAX_IMPORT_BYTES).into());
    }
    let carried_out = lines(payload).map(move |(line, text)| {
        let (api, delivery) = (Arc::clone(&api), of_line(&delivery, line));
        async move {
            match text {
                Ok(text) => import_line::<I::Of>(&api, delivery, line, &text).await,
                Err(problem) => ImportedLine::refused(line, None, &problem),
            }
        }
    });
    let answers = carried_out.buffered(AT_ONCE).map(|answer| Ok::<_, Infallible>(written(&answer)));
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/x-ndjson")).streaming(answers))
}

fn written(answer: &ImportedLine) -> Bytes {
    let mut text = serde_json::to_vec(answer).expect("answers have text keys and finite numbers only");
    text.push(b'\n');
    text.into()
}

/// Each line has a key of its own, so that an import that is sent again gets each line's first answer.
fn of_line(delivery: &Delivery, line: usize) -> Delivery {
    let key = delivery.idempotency_key.as_ref().map(|key| {
        let digest = Sha256::digest(format!("{line}\n{key}"));
        digest.iter().fold("import-".to_owned(), |key, byte| format!("{key}{byte:02x}"))
    });
    Delivery { idempotency_key: key, ..delivery.clone() }
}

/// A line, or why there is none; nothing comes after that.
type Line = (usize, Result<Bytes, Problem>);

struct Lines<P> {
    payload: P,
    unread: BytesMut,
    read_bytes: usize,
    line: usize,
    is_over: bool,
}

/// The lines of a body with their numbers, without the empty ones. A line without an end is one, if it is the last.
fn lines<P, E>(payload: P) -> impl Stream<Item = Line>
where
    P: Stream<Item = Result<Bytes, E>> + Unpin,
    E: std::fmt::Display,
{
    let begun = Lines { payload, unread: BytesMut::new(), read_bytes: 0, line: 0, is_over: false };
    stream::unfold(begun, |mut lines| async move {
        let next = lines.next().await?;
        Some((next, lines))
    })
}

impl<P, E> Lines<P>
where
    P: Stream<Item = Result<Bytes, E>> + Unpin,
    E: std::fmt::Display,
{
    async fn next(&mut self) -> Option<Line> {
        while !self.is_over {
            let text = match self.text().await {
                Ok(Some(text)) => text,
                Ok(None) => break,
                Err(problem) => return Some(self.end(problem)),
            };
            self.line += 1;
            if text.trim_ascii().is_empty() {
                continue;
            }
            if self.line > MAX_IMPORT_LINES {
                self.line -= 1;
                return Some(self.end(too_many_lines()));
            }
            return Some((self.line, Ok(text)));
        }
        None
    }

    /// What is told last: the number is that of the line that could not be taken.
    fn end(&mut self, problem: Problem) -> Line {
        self.is_over = true;
        (self.line + 1, Err(problem))
    }

    /// The next line without its end; none after the last.
    async fn text(&mut self) -> Result<Option<Bytes>, Problem> {
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                let mut line = self.unread.split_to(end + 1);
                line.truncate(end);
                return Ok(Some(line.freeze()));
            }
            if self.unread.len() > MAX_BODY_BYTES {
                return Err(Problem::too_large(MAX_BODY_BYTES));
            }
            let next = timeout(BODY_TIMEOUT, self.payload.next()).await.map_err(|_| too_slow())?;
            match next {
                None if self.unread.is_empty() => return Ok(None),
                None => return Ok(Some(self.unread.split().freeze())),
                Some(Err(error)) => {
                    return Err(Problem::malformed("", format!("The body broke off: {error}.")));
                }
                Some(Ok(chunk)) => {
                    self.read_bytes += chunk.len();
                    if self.read_bytes > MAX_IMPORT_BYTES {
                        return Err(too_many_lines());
                    }
                    self.unread.extend_from_slice(&chunk);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use operation::Code;

    use super::*;

    async fn read(chunks: Vec<String>) -> Vec<(usize, Result<String, Code>)> {
        let body = stream::iter(chunks).map(|chunk| Ok::<_, Infallible>(Bytes::from(chunk)));
        let text = |text: Bytes| String::from_utf8(text.to_vec()).unwrap();
        let each = |(line, read): Line| (line, read.map(text).map_err(|problem| problem.code()));
        Box::pin(lines(body)).map(each).collect().await
    }

    #[tokio::test]
    async fn lines_end_where_they_end_however_they_arrive() {
        let arrived = ["{\"a\"", ": 1}\n\n{\"b\"", ": 2}\r\n", "{}"].map(str::to_owned).to_vec();
        let expected = [(1, "{\"a\": 1}"), (3, "{\"b\": 2}\r"), (4, "{}")];
        let expected = expected.map(|(line, text)| (line, Ok(text.to_owned())));
        assert_eq!(read(arrived).await, expected);
        assert_eq!(read(Vec::new()).await, []);
    }

    #[tokio::test]
    async fn what_is_beyond_the_last_line_is_refused_once() {
        let read = read(vec!["{}\n".repeat(MAX_IMPORT_LINES + 5)]).await;
        assert_eq!(read.len(), MAX_IMPORT_LINES + 1);
        assert_eq!(read.last(), Some(&(MAX_IMPORT_LINES + 1, Err(Code::PayloadTooLarge))));
    }

    #[tokio::test]
    async fn a_line_without_an_end_and_a_body_that_is_too_large_are_refused() {
        let long = read(vec!["x".repeat(MAX_BODY_BYTES + 1)]).await;
        assert_eq!(long, [(1, Err(Code::PayloadTooLarge))]);
        let line = format!("{}\n", "x".repeat(MAX_BODY_BYTES / 2));
        let much = read(vec![line.clone(); MAX_IMPORT_BYTES / line.len() + 1]).await;
        assert_eq!(much.last().unwrap().1, Err(Code::PayloadTooLarge));
    }
}
