//! The records that the intake writes: replies and dead letters.

use chrono::{DateTime, SecondsFormat, Utc};
use operation::Problem;
use rdkafka::message::{Header, Message as _, OwnedHeaders, OwnedMessage};
use uuid::Uuid;

use super::attributes::Sender;
use super::messages::Reply;
use crate::identity;

/// A record to be written, under the key of the command that it is about.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) kind: Kind,
    pub(super) key: Option<Vec<u8>>,
    /// None if the message had none, or if it is too large for the topic.
    pub(super) payload: Option<Vec<u8>>,
    pub(super) headers: OwnedHeaders,
}

/// Which topic a record is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Reply,
    DeadLetter,
}

/// What every reply contains about the command that it answers.
pub(super) struct Answered<'a> {
    pub(super) message: &'a OwnedMessage,
    pub(super) sender: &'a Sender,
    pub(super) command_id: Uuid,
    pub(super) correlation_id: Option<Uuid>,
    pub(super) source: &'a str,
    pub(super) now: DateTime<Utc>,
}

/// The reply to a command that was carried out: what HTTP would answer.
pub(super) fn succeeded(answered: &Answered<'_>, reply: Reply) -> Record {
    let headers = answered
        .headers("CommandSucceeded", reply.status, "application/json")
        .insert(text("ce_repeated", if reply.repeated { "true" } else { "false" }));
    answered.record(headers, reply.body)
}

/// The reply to a command that was not: the problem document that HTTP would answer.
pub(super) fn refused(answered: &Answered<'_>, problem: &Problem) -> Record {
    let status = problem.code().status();
    let headers = answered.headers("CommandRefused", status, "application/problem+json");
    answered.record(headers, problem.to_json().to_string().into_bytes())
}

/// The dead letter of a message: the message as it came, with the reason and its topic, partition and offset.
pub(super) fn dead_letter(message: &OwnedMessage, problem: &Problem) -> Record {
    let document = problem.to_json();
    let field = document["field"].as_str().filter(|field| !field.is_empty());
    let reason = match field {
        Some(field) => format!("{}: {field}: {}", problem.code().as_str(), problem.detail()),
        None => problem.to_string(),
    };
    let headers = message.headers().cloned().unwrap_or_else(OwnedHeaders::new);
    let headers = headers
        .insert(text("citas-reason", &reason))
        .insert(text("citas-topic", message.topic()))
        .insert(text("citas-partition", &message.partition().to_string()))
        .insert(text("citas-offset", &message.offset().to_string()));
    let payload = message.payload().map(<[u8]>::to_vec);
    Record { kind: Kind::DeadLetter, key: message.key().map(<[u8]>::to_vec), payload, headers }
}

impl Record {
    /// The record without its payload, which is still in the topic of commands at the offset that the headers name.
    pub(super) fn without_payload(self) -> Self {
        Self {
            payload: None,
            headers: self.headers.insert(text("citas-payload", "left out: too large")),
            ..self
        }
    }
}

impl Answered<'_> {
    fn headers(&self, event: &str, status: u16, content_type: &str) -> OwnedHeaders {
        let attributes = [
            ("ce_specversion", "1.0".to_owned()),
            // Derived from command and outcome, so that a duplicate reply is recognised by its id.
            ("ce_id", identity::reply_id(self.command_id, event).to_string()),
            ("ce_source", self.source.to_owned()),
            ("ce_type", format!("citas.{event}.v1")),
            ("ce_time", self.now.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            ("ce_commandid", self.sender.id.clone()),
            ("ce_commandsource", self.sender.source.clone()),
            ("ce_correlationid", self.correlation_id.unwrap_or(self.command_id).to_string()),
            ("ce_status", status.to_string()),
            ("content-type", content_type.to_owned()),
        ];
        let every = attributes.iter();
        every.fold(OwnedHeaders::new(), |headers, (name, value)| headers.insert(text(name, value)))
    }

    fn record(&self, headers: OwnedHeaders, payload: Vec<u8>) -> Record {
        let key = self.message.key().map(<[u8]>::to_vec);
        Record { kind: Kind::Reply, key, payload: Some(payload), headers }
    }
}

fn text<'a>(key: &'a str, value: &'a str) -> Header<'a, &'a str> {
    Header { key, value: Some(value) }
}
