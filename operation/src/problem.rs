use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::Code;

/// An RFC 9457 problem document: `type, title, status, detail, code` and members that depend on the code.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    code: Code,
    detail: String,
    members: Map<String, Value>,
    retry_after_seconds: Option<u32>,
}

impl Problem {
    /// `detail` says what is wrong this time and what to do next, without personal data.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let retry_after_seconds = (code.status() == 503).then_some(1);
        Self { code, detail: detail.into(), members: Map::new(), retry_after_seconds }
    }

    /// A request that is not of the documented form; `field` is the path of what is wrong in it.
    pub fn malformed(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Code::MalformedRequest, detail).with("field", field.into())
    }

    /// A body of more than `max_bytes`.
    pub fn too_large(max_bytes: usize) -> Self {
        Self::new(Code::PayloadTooLarge, format!("A body may have at most {max_bytes} bytes."))
            .with("max_bytes", max_bytes)
    }

    /// An internal error: the caller learns no details; the whole chain of causes is logged.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = error_chain(error), "request failed");
        Self::new(Code::Internal, "The log of the service has the details; try again later.")
    }

    /// Adds a member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        let value =
            serde_json::to_value(value).expect("problem members have text keys and finite numbers only");
        self.members.insert(name.to_owned(), value);
        self
    }

    /// Adds the members of an object.
    #[must_use]
    pub fn with_members(mut self, object: &impl Serialize) -> Self {
        if let Ok(Value::Object(members)) = serde_json::to_value(object) {
            self.members.extend(members);
        }
        self
    }

    /// Adds a sentence to what is wrong this time.
    #[must_use]
    pub fn saying(mut self, sentence: &str) -> Self {
        self.detail.push(' ');
        self.detail.push_str(sentence);
        self
    }

    /// The kind of failure.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// A member that was added.
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// When to try again, in seconds, if that may help.
    pub const fn retry_after_seconds(&self) -> Option<u32> {
        self.retry_after_seconds
    }

    /// What is wrong this time.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The document as JSON.
    pub fn to_json(&self) -> Value {
        let mut document = Map::new();
        document.insert("type".into(), format!("urn:citas:problem:{}", self.code.as_str()).into());
        document.insert("title".into(), self.code.title().into());
        document.insert("status".into(), self.code.status().into());
        document.insert("detail".into(), self.detail.clone().into());
        document.insert("code".into(), self.code.as_str().into());
        document.extend(self.members.clone());
        Value::Object(document)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl std::error::Error for Problem {}

/// The error and its causes, outermost first, as one line.
pub fn error_chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_its_code_status_and_members() {
        let document = Problem::malformed("rules[0].start_time", "must be HH:MM").to_json();
        assert_eq!(document["status"], 400);
        assert_eq!(document["code"], "malformed_request");
        assert_eq!(document["field"], "rules[0].start_time");
        assert_eq!(document["type"], "urn:citas:problem:malformed_request");
        let slot = serde_json::json!({"local": "2026-12-01T14:00", "zone": "America/Santiago"});
        let document =
            Problem::malformed("start", "Taken.").saying("It is over.").with_members(&slot).to_json();
        assert_eq!((&document["detail"], &document["zone"]), (&"Taken. It is over.".into(), &slot["zone"]));
    }

    #[test]
    fn every_code_is_said_once_and_is_an_error() {
        let mut seen = std::collections::HashSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{} twice", code.as_str());
            assert!(code.status() >= 400);
        }
    }
}
