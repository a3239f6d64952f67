//! The `CloudEvents` attributes of a command message, read from its headers.

use operation::{Delivery, Problem, check_idempotency_key};
use rdkafka::message::{Headers as _, OwnedHeaders};
use schemas::{Actor, ActorKind, IfMatch, Origin};
use uuid::Uuid;

/// A message's attributes, named as in the Kafka binding of `CloudEvents`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attributes {
    /// `ce_id`: the idempotency key.
    pub(super) id: String,
    /// `ce_source`: the sender.
    pub(super) source: String,
    /// `ce_type`: the command.
    pub(super) command_type: String,
    /// `ce_correlationid`: the conversation that the command belongs to.
    pub(super) correlation_id: Option<Uuid>,
    /// `ce_ifmatch`: the version that the sender expects.
    pub(super) if_match: Option<u64>,
}

/// The sender of a message, without which there can be no reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sender {
    pub(super) id: String,
    pub(super) source: String,
}

impl Attributes {
    pub(super) fn sender(&self) -> Sender {
        Sender { id: self.id.clone(), source: self.source.clone() }
    }

    /// The command's delivery: everything beside its target and request.
    pub(super) fn delivery(&self) -> Delivery {
        Delivery {
            actor: actor(&self.source),
            origin: Origin::Kafka,
            correlation_id: self.correlation_id,
            idempotency_key: Some(self.id.clone()),
            if_match: self.if_match.map(IfMatch::version),
            if_none_match: None,
            dry_run: false,
        }
    }

    /// Reads the headers. An error includes the sender if that could be read, so that there can be a reply.
    pub(super) fn read(headers: Option<&OwnedHeaders>) -> Result<Self, (Option<Sender>, Problem)> {
        let sender = read_sender(headers).map_err(|problem| (None, problem))?;
        let Sender { id, source } = sender.clone();
        let read = || {
            match text(headers, "ce_specversion")? {
                Some("1.0") => {}
                _ => return Err(Problem::malformed("ce_specversion", "must be 1.0")),
            }
            let correlation_id = text(headers, "ce_correlationid")?.map(|id| {
                Uuid::parse_str(id).map_err(|_| Problem::malformed("ce_correlationid", "must be a UUID"))
            });
            let if_match = text(headers, "ce_ifmatch")?.map(|version| {
                version.parse().map_err(|_| Problem::malformed("ce_ifmatch", "must be a version, such as 57"))
            });
            Ok(Self {
                id,
                source,
                command_type: needed(headers, "ce_type")?.to_owned(),
                correlation_id: correlation_id.transpose()?,
                if_match: if_match.transpose()?,
            })
        };
        read().map_err(|problem| (Some(sender), problem))
    }
}

/// The actor that a `ce_source` stands for.
pub(super) fn actor(source: &str) -> Actor {
    Actor { kind: ActorKind::Service, id: source.to_owned() }
}

fn read_sender(headers: Option<&OwnedHeaders>) -> Result<Sender, Problem> {
    let (id, source) = (needed(headers, "ce_id")?, needed(headers, "ce_source")?);
    check_idempotency_key("ce_id", id)?;
    check_idempotency_key("ce_source", source)?;
    Ok(Sender { id: id.to_owned(), source: source.to_owned() })
}

fn needed<'a>(headers: Option<&'a OwnedHeaders>, name: &'static str) -> Result<&'a str, Problem> {
    text(headers, name)?.ok_or_else(|| {
        Problem::malformed(
            name,
            "is missing: commands are CloudEvents in binary mode, with their attributes in headers",
        )
    })
}

fn text<'a>(headers: Option<&'a OwnedHeaders>, name: &'static str) -> Result<Option<&'a str>, Problem> {
    let mut values =
        headers.into_iter().flat_map(|headers| headers.iter()).filter(|header| header.key == name);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::malformed(name, "may be given only once"));
    }
    let is_printable = |text: &&str| text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    value
        .value
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
        .filter(is_printable)
        .map(|text| Some(text.trim()))
        .ok_or_else(|| Problem::malformed(name, "must be plain ASCII text"))
}

#[cfg(test)]
mod tests {
    use rdkafka::message::Header;

    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> OwnedHeaders {
        pairs.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header { key, value: Some(*value) })
        })
    }

    const WHOLE: [(&str, &str); 6] = [
        ("ce_specversion", "1.0"),
        ("ce_id", "chat-4711"),
        ("ce_source", "/crm"),
        ("ce_type", "citas.CancelAppointment.v1"),
        ("ce_correlationid", "01a20550-51d6-70e4-b015-0022586e25a9"),
        ("ce_ifmatch", "57"),
    ];

    #[test]
    fn a_whole_message_says_everything() {
        let read = Attributes::read(Some(&headers(&WHOLE))).unwrap();
        assert_eq!(read.sender(), Sender { id: "chat-4711".to_owned(), source: "/crm".to_owned() });
        assert_eq!((read.command_type.as_str(), read.if_match), ("citas.CancelAppointment.v1", Some(57)));
        assert!(read.correlation_id.is_some());
    }

    #[test]
    fn who_cannot_be_known_cannot_be_answered_and_others_can() {
        for (replaced, by, is_answered) in [
            ("ce_id", "", false),
            ("ce_id", "ñ", false),
            ("ce_source", "", false),
            ("ce_type", "ñ", true),
            ("ce_specversion", "0.3", true),
            ("ce_correlationid", "7", true),
            ("ce_ifmatch", "\"57\"", true),
        ] {
            let pairs = WHOLE.map(|(name, value)| (name, if name == replaced { by } else { value }));
            let (sender, problem) = Attributes::read(Some(&headers(&pairs))).unwrap_err();
            assert_eq!(sender.is_some(), is_answered, "{replaced}={by}");
            assert_eq!(problem.to_json()["field"], replaced);
        }
        assert!(Attributes::read(None).unwrap_err().0.is_none());
        let twice = [&WHOLE[..], &[("ce_id", "another")]].concat();
        assert!(Attributes::read(Some(&headers(&twice))).unwrap_err().0.is_none());
    }
}
