//! The ids: those of other systems, and our own UUIDs.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ParseError;

/// The longest id of another system, in characters.
const MAX_ID_LENGTH: usize = 64;

fn is_external_id(text: &str) -> bool {
    // In a path, one dot and two mean other places.
    (1..=MAX_ID_LENGTH).contains(&text.len())
        && !matches!(text, "." | "..")
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

macro_rules! external_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        ///
        /// 1 to 64 characters of `[A-Za-z0-9._-]`, but neither `.` nor `..`; opaque to Citas.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(extend("pattern" = r"^(\.{0,2}[A-Za-z0-9_-]|\.{3})[A-Za-z0-9._-]*$", "maxLength" = MAX_ID_LENGTH))]
        pub struct $name(#[schemars(with = "String")] Arc<str>);

        impl $name {
            /// Parses an id, checking its form.
            pub fn parse(text: &str) -> Result<Self, ParseError> {
                if is_external_id(text) {
                    Ok(Self(Arc::from(text)))
                } else {
                    Err(ParseError::new($what, "1 to 64 characters of A-Z a-z 0-9 . _ -, but neither . nor .."))
                }
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseError;

            fn try_from(text: String) -> Result<Self, ParseError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.to_string()
            }
        }
    };
}

external_id!(
    /// A real-estate agent, by the CRM's id.
    AgentId,
    "an agent id"
);
external_id!(
    /// Someone interested in a property, by the CRM's id.
    LeadId,
    "a lead id"
);
external_id!(
    /// A property, by the CRM's id.
    PropertyId,
    "a property id"
);
external_id!(
    /// The CRM's code of an appointment type, such as `visita_propiedad`.
    AppointmentTypeCode,
    "an appointment type code"
);
external_id!(
    /// An event of an external calendar, by a stable name that its source gives it.
    BusyId,
    "an external busy id"
);

macro_rules! own_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID that was made elsewhere.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The bare UUID.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                Uuid::parse_str(text).map(Self).map_err(|_| ParseError::new("an id of this kind", "a UUID"))
            }
        }
    };
}

own_id!(
    /// An appointment; `UUIDv7`, kept through reschedules and reassignments.
    AppointmentId
);
own_id!(
    /// A block of an agent or of the office; `UUIDv7`.
    BlockId
);
own_id!(
    /// An availability rule; `UUIDv7`.
    RuleId
);
own_id!(
    /// A hold on a slot; `UUIDv7`.
    HoldId
);
own_id!(
    /// A bulk move of an agent's visits; `UUIDv7`.
    MoveId
);
own_id!(
    /// A reservation of time or room on one stream for a decision on another; `UUIDv7`, of one attempt.
    ReservationId
);
own_id!(
    /// One stored event; `UUIDv7`, the id under which the event store knows it.
    EventId
);
own_id!(
    /// One command; every retry of it has the same id.
    CommandId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_ids_take_their_alphabet_and_nothing_else() {
        for good in ["1", "agent.7_b-C", &"x".repeat(64)] {
            assert_eq!(AgentId::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", " ", "a b", "ñ", "a/b", "a\n", "$x", &"x".repeat(65)] {
            assert!(AgentId::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_bad_id_in_json_is_refused_with_its_form() {
        let error = serde_json::from_str::<LeadId>("\"a b\"").unwrap_err().to_string();
        assert!(error.contains("a lead id must be 1 to 64 characters"), "{error}");
    }
}
