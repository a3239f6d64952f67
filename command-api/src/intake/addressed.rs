use std::fmt;
use std::marker::PhantomData;

use schemas::{AppointmentId, HoldId};
use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// An id that HTTP has in the path, and a message among the members of its payload.
pub(super) trait Address {
    /// The member's name.
    const MEMBER: &'static str;
}

impl Address for AppointmentId {
    const MEMBER: &'static str = "appointment_id";
}

impl Address for HoldId {
    const MEMBER: &'static str = "hold_id";
}

/// The body of an HTTP call with the id of its path as one more member.
///
/// All other members are read by the body's own type, as strictly as over HTTP.
#[derive(Debug)]
pub(super) struct Addressed<Id, Body> {
    pub(super) id: Id,
    pub(super) body: Body,
}

impl<'de, Id, Body> Deserialize<'de> for Addressed<Id, Body>
where
    Id: Address + Deserialize<'de>,
    Body: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData))
    }
}

struct Members<Id, Body>(PhantomData<(Id, Body)>);

impl<'de, Id, Body> Visitor<'de> for Members<Id, Body>
where
    Id: Address + Deserialize<'de>,
    Body: Deserialize<'de>,
{
    type Value = Addressed<Id, Body>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        let mut id = None;
        let body = Body::deserialize(MapAccessDeserializer::new(Others { members, id: &mut id }))?;
        let id = id.ok_or_else(|| A::Error::missing_field(Id::MEMBER))?;
        Ok(Addressed { id, body })
    }
}

/// The members without the id, which is put aside when it is met.
struct Others<'id, A, Id> {
    members: A,
    id: &'id mut Option<Id>,
}

impl<'de, A: MapAccess<'de>, Id: Address + Deserialize<'de>> MapAccess<'de> for Others<'_, A, Id> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let mut seed = seed;
        loop {
            // Within the members' own step, so that an error is said to be at this name.
            match self.members.next_key_seed(Name { address: Id::MEMBER, seed })? {
                None => return Ok(None),
                Some(Named::Other(value)) => return Ok(Some(value)),
                Some(Named::Address(unused)) => {
                    if self.id.is_some() {
                        return Err(A::Error::duplicate_field(Id::MEMBER));
                    }
                    *self.id = Some(self.members.next_value()?);
                    seed = unused;
                }
            }
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.members.next_value_seed(seed)
    }
}

struct Name<K> {
    address: &'static str,
    seed: K,
}

enum Named<K, V> {
    /// The id's; the seed is still to be used.
    Address(K),
    Other(V),
}

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for Name<K> {
    type Value = Named<K, K::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let name = String::deserialize(deserializer)?;
        if name == self.address {
            return Ok(Named::Address(self.seed));
        }
        let name: StringDeserializer<D::Error> = name.into_deserializer();
        self.seed.deserialize(name).map(Named::Other)
    }
}

#[cfg(test)]
mod tests {
    use http_edge::StrictJson;

    use super::*;
    use crate::routes::reassign::Reassign;

    const ID: &str = "01a20550-51d6-70e4-b015-0022586e25a9";

    fn read(payload: &str) -> Result<StrictJson<Addressed<AppointmentId, Reassign>>, String> {
        StrictJson::read(payload.as_bytes())
            .map_err(|problem| problem.to_json()["field"].as_str().unwrap_or("none").to_owned())
    }

    #[test]
    fn the_id_may_stand_anywhere_among_the_members() {
        for payload in [
            format!(r#"{{"appointment_id": "{ID}", "agent_id": "7"}}"#),
            format!(r#"{{"agent_id": "7", "appointment_id": "{ID}"}}"#),
        ] {
            assert_eq!(read(&payload).unwrap().0.id.to_string(), ID);
        }
    }

    #[test]
    fn everything_else_is_read_as_strictly_as_without_it() {
        for (payload, field) in [
            (r#"{"agent_id": "7"}"#.to_owned(), ""),
            (format!(r#"{{"appointment_id": "{ID}"}}"#), ""),
            (format!(r#"{{"appointment_id": "{ID}", "agent_id": "7", "extra": 1}}"#), "extra"),
            (format!(r#"{{"appointment_id": "{ID}", "agent_id": 7}}"#), "agent_id"),
            (r#"{"appointment_id": 7, "agent_id": "7"}"#.to_owned(), "appointment_id"),
            (format!(r#"{{"appointment_id": "{ID}", "appointment_id": "{ID}", "agent_id": "7"}}"#), ""),
            (format!(r#"{{"agent_id": "7", "appointment_id": "{ID}", "agent_id": "7"}}"#), ""),
            ("[]".to_owned(), ""),
        ] {
            assert_eq!(read(&payload).unwrap_err(), field, "{payload}");
        }
    }
}
