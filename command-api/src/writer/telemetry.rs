//! The metrics, logs and spans of a batch.
//!
//! A batch serves many requests, so each of its commands has spans of its own, below the span of its request.

use domain::Refusal;
use schemas::trace;
use tracing::Span;
use tracing::field::Empty;
use tracing::level_filters::LevelFilter;

use super::event_sourced::EventSourced;
use super::request::{Request, Verdict};
use crate::refusal::Rejection as _;
use crate::store_trouble;

/// Counts a decision.
pub(super) fn count<A: EventSourced>(command: &A::Command, verdict: &Verdict<A>) {
    let (outcome, code) = outcome(verdict);
    metrics::counter!(
        "command_decisions_total",
        "command" => A::name(command), "outcome" => outcome, "code" => code
    )
    .increment(1);
}

/// The outcome, and the code of a refusal.
fn outcome<A: EventSourced>(verdict: &Verdict<A>) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Carried => ("accepted", ""),
        Verdict::Repeated(_) => ("repeated", ""),
        Verdict::Unchanged { .. } => ("unchanged", ""),
        Verdict::Possible | Verdict::Foreseen(_) => ("possible", ""),
        Verdict::Refused(Refusal::IdempotencyMismatch) => ("refused", "idempotency_mismatch"),
        Verdict::Refused(Refusal::StaleVersion { .. }) => ("refused", "stale_version"),
        Verdict::Refused(Refusal::Rejected(rejection)) => ("refused", rejection.code().as_str()),
    }
}

/// Logs why a stream cannot be read or written, in the span of the first of these commands.
pub(super) fn report<A: EventSourced>(
    stream: &str,
    requests: &[Request<A>],
    error: &(dyn std::error::Error + 'static),
) {
    let span = requests.first().map(|first| &first.span);
    store_trouble::report_in(span, "a stream cannot be read or written", stream, error);
}

/// The span of one decision.
pub(super) struct DecisionSpan(Span);

impl DecisionSpan {
    pub(super) fn begin<A: EventSourced>(request: &Request<A>) -> Self {
        Self(tracing::debug_span!(
            parent: &request.span,
            "decide",
            correlation_id = %request.correlation_id,
            command = A::name(&request.command.body),
            outcome = Empty,
            code = Empty,
        ))
    }

    pub(super) fn end<A: EventSourced>(self, verdict: &Verdict<A>) {
        if !self.0.is_disabled() {
            let (outcome, code) = outcome(verdict);
            self.0.record("outcome", outcome).record("code", code);
        }
    }
}

/// The spans of the commands whose events are being appended; none if spans are not recorded.
pub(super) struct AppendSpans(Vec<(Span, u64)>);

impl AppendSpans {
    pub(super) fn begin<A: EventSourced>(
        stream: &str,
        requests: &[Request<A>],
        verdicts: &[Verdict<A>],
    ) -> Self {
        if LevelFilter::current() < LevelFilter::DEBUG {
            return Self(Vec::new());
        }
        let accepted =
            requests.iter().zip(verdicts).filter(|(_, verdict)| matches!(verdict, Verdict::Carried));
        let span = |(request, _): (&Request<A>, _)| {
            let span = tracing::debug_span!(
                parent: &request.span,
                "append",
                correlation_id = %request.correlation_id,
                command_id = %request.command.command_id,
                command = A::name(&request.command.body),
                stream,
                batch_size = requests.len(),
                span_id = Empty,
                position = Empty,
                error = Empty,
            );
            (span, trace::span_id(request.command.command_id))
        };
        Self(accepted.map(span).collect())
    }

    /// Ends the spans after a conflict; the next attempt has spans of its own.
    pub(super) fn conflicted(self) {
        for (span, _) in self.0 {
            span.record("error", "conflict");
        }
    }

    /// Ends the spans of the append that was stored. Only these have the ids that the events' readers derive as their
    /// parents.
    pub(super) fn stored(self, position: u64) {
        for (span, id) in self.0 {
            span.record("span_id", tracing::field::display(format_args!("{id:016x}")));
            span.record("position", position);
        }
    }
}
