//! Ends a stream of responses early: when the node closes, or at the deadline.

use std::time::Duration;

use futures::{StreamExt, stream};
use tokio::sync::watch;
use tokio::time::Instant;
use tonic::Status;
use tonic::metadata::MetadataMap;

use super::refusal;

type Answers<T> = stream::BoxStream<'static, Result<T, Status>>;

/// Ends `answers` with `UNAVAILABLE` when the node closes, and with `DEADLINE_EXCEEDED` at the deadline.
///
/// A subscription must never end with `OK`: the usual clients then spin without ever yielding.
pub(super) fn until_closed<T: Send + 'static>(
    answers: Answers<T>,
    closing: watch::Receiver<bool>,
    deadline: Option<Instant>,
) -> Answers<T> {
    stream::unfold(Some((answers, closing)), move |open| async move {
        let (mut answers, mut closing) = open?;
        tokio::select! {
            biased;
            () = closed(&mut closing) => Some((Err(refusal::closing()), None)),
            () = sleep_until(deadline) => Some((Err(late()), None)),
            answer = answers.next() => answer.map(|answer| (answer, Some((answers, closing)))),
        }
    })
    .boxed()
}

async fn closed(closing: &mut watch::Receiver<bool>) {
    // An error means that the node is gone, which counts as closed.
    closing.wait_for(|closing| *closing).await.ok();
}

fn late() -> Status {
    Status::deadline_exceeded("the call exceeded its deadline: allow more time, or read less")
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// The deadline by the header `grpc-timeout`: up to eight digits and a unit. A malformed one is ignored.
pub(super) fn deadline(metadata: &MetadataMap) -> Option<Instant> {
    let timeout = parse_timeout(metadata.get("grpc-timeout")?.to_str().ok()?)?;
    Instant::now().checked_add(timeout)
}

fn parse_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = digits.parse().ok()?;
    match unit {
        "H" => number.checked_mul(3_600).map(Duration::from_secs),
        "M" => number.checked_mul(60).map(Duration::from_secs),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_closing_node_ends_its_answers_with_an_error() {
        let closing = watch::Sender::new(false);
        let endless = stream::iter([Ok(1)]).chain(stream::pending()).boxed();
        let mut answers = until_closed(endless, closing.subscribe(), None);
        assert!(matches!(answers.next().await, Some(Ok(1))));
        closing.send_replace(true);
        let end = answers.next().await.unwrap().unwrap_err();
        assert_eq!(end.code(), tonic::Code::Unavailable);
        assert!(answers.next().await.is_none());
    }

    #[tokio::test]
    async fn a_deadline_ends_a_read_that_would_go_on() {
        let closing = watch::Sender::new(false);
        let endless = stream::pending::<Result<(), Status>>().boxed();
        let mut answers = until_closed(endless, closing.subscribe(), Some(Instant::now()));
        let end = answers.next().await.unwrap().unwrap_err();
        assert_eq!(end.code(), tonic::Code::DeadlineExceeded);
    }

    #[test]
    fn timeouts_have_a_unit() {
        assert_eq!(parse_timeout("10S"), Some(Duration::from_secs(10)));
        assert_eq!(parse_timeout("250m"), Some(Duration::from_millis(250)));
        assert_eq!(parse_timeout("2M"), Some(Duration::from_mins(2)));
        for malformed in ["", "S", "10", "1.5S", "xé"] {
            assert_eq!(parse_timeout(malformed), None, "{malformed}");
        }
    }
}
