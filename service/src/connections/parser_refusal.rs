//! Answers to what is not a request: the parser refuses it before any route could.

use actix_web::http::StatusCode;
use operation::{Code, Problem};

/// The problem that the parser's status stands for.
pub(super) fn problem(status: StatusCode) -> Problem {
    match status {
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Problem::new(
            Code::HeadersTooLarge,
            "The request's line and headers together may have at most 128 KiB; send less.",
        ),
        StatusCode::REQUEST_TIMEOUT => slow_head(),
        _ => Problem::new(
            Code::MalformedRequest,
            "This is not a request of HTTP/1.1: its first line, a header or its length cannot be read.",
        ),
    }
}

/// A head that took too long.
pub(super) fn slow_head() -> Problem {
    let seconds = super::exchange::HEAD_TIMEOUT.as_secs();
    Problem::new(
        Code::RequestTimeout,
        format!("The request's line and headers did not arrive within {seconds} s; nothing was done."),
    )
}

/// A connection for which there is no place.
pub(super) fn full() -> Problem {
    Problem::new(
        Code::Overloaded,
        "Too many connections are open; nothing was done. Use those that you have, and try again in a moment.",
    )
}

/// The problem as a whole answer, after which the connection is closed.
pub(super) fn answer(problem: &Problem) -> Vec<u8> {
    let status = StatusCode::from_u16(problem.code().status()).expect("codes have statuses of HTTP");
    let body = problem.to_json().to_string();
    let retry = problem.retry_after_seconds().map(|seconds| format!("retry-after: {seconds}\r\n"));
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\ncontent-type: application/problem+json\r\nconnection: close\r\n{}\r\n{body}",
        body.len(),
        retry.unwrap_or_default(),
    )
    .into_bytes()
}

/// The status of an answer that begins with these bytes.
pub(super) fn status_of(answer: &[u8]) -> Option<StatusCode> {
    StatusCode::from_bytes(answer.strip_prefix(b"HTTP/1.1 ")?.get(..3)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_and_closes_the_connection() {
        let answer = answer(&full());
        assert_eq!(status_of(&answer), Some(StatusCode::SERVICE_UNAVAILABLE));
        let text = String::from_utf8(answer).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{head}");
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{head}");
        assert!(head.contains("connection: close") && head.contains("retry-after: 1"), "{head}");
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["code"], "overloaded");
    }
}
