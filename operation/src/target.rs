//! Reading an operation's target, from texts or from among the members of a request.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, MapDeserializer, StringDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};

use crate::Problem;
use crate::read_error::malformed;

/// Reads a target from its members' names and texts; an error names the member.
pub fn read_target<T: DeserializeOwned>(members: &[(&str, &str)]) -> Result<T, Problem> {
    let members = MapDeserializer::<_, serde::de::value::Error>::new(members.iter().copied());
    serde_path_to_error::deserialize(members).map_err(|error| {
        let path = error.path().to_string();
        malformed(path.trim_matches('.'), &error.inner().to_string())
    })
}

/// A request with the members of its target among its own, as in a message.
///
/// All other members are read by the request's own type, as strictly as without the target's.
#[derive(Debug)]
pub struct WithTarget<T, R> {
    members: Vec<(&'static str, String)>,
    /// The request.
    pub request: R,
    target: PhantomData<T>,
}

impl<T: DeserializeOwned, R> WithTarget<T, R> {
    /// The target.
    pub fn target(&self) -> Result<T, Problem> {
        let members: Vec<_> = self.members.iter().map(|(name, text)| (*name, text.as_str())).collect();
        read_target(&members)
    }
}

impl<'de, T: Deserialize<'de>, R: Deserialize<'de>> Deserialize<'de> for WithTarget<T, R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData))
    }
}

struct Members<T, R>(PhantomData<(T, R)>);

impl<'de, T: Deserialize<'de>, R: Deserialize<'de>> Visitor<'de> for Members<T, R> {
    type Value = WithTarget<T, R>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        let others = Others { members, names: field_names::<T>(), found: &mut found };
        let request = R::deserialize(MapAccessDeserializer::new(others))?;
        Ok(WithTarget { members: found, request, target: PhantomData })
    }
}

/// The members other than the target's, which are moved to `found`.
struct Others<'found, A> {
    members: A,
    names: &'static [&'static str],
    found: &'found mut Vec<(&'static str, String)>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Others<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let mut seed = seed;
        loop {
            // Inside the inner `next_key_seed`, so that an error is reported at this name.
            match self.members.next_key_seed(Name { names: self.names, seed })? {
                None => return Ok(None),
                Some(Named::Other(value)) => return Ok(Some(value)),
                Some(Named::Target(name, unused)) => {
                    if self.found.iter().any(|(known, _)| *known == name) {
                        return Err(A::Error::duplicate_field(name));
                    }
                    self.found.push((name, self.members.next_value()?));
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
    names: &'static [&'static str],
    seed: K,
}

enum Named<K, V> {
    /// A member of the target; the seed is still unused.
    Target(&'static str, K),
    Other(V),
}

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for Name<K> {
    type Value = Named<K, K::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let text = String::deserialize(deserializer)?;
        if let Some(name) = self.names.iter().find(|name| **name == text) {
            return Ok(Named::Target(name, self.seed));
        }
        let text: StringDeserializer<D::Error> = text.into_deserializer();
        self.seed.deserialize(text).map(Named::Other)
    }
}

/// The names of a struct's members, as its `Deserialize` passes them to serde.
fn field_names<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // It fails on purpose: only the names are needed.
    let _ = T::deserialize(FieldNames(&mut names));
    names
}

/// A deserializer that records the requested members and has no value.
struct FieldNames<'names>(&'names mut &'static [&'static str]);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(Self::Error::custom("there is no value here"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use schemas::{AgentId, AppointmentId};

    use super::*;
    use crate::read_json;

    const ID: &str = "01a20550-51d6-70e4-b015-0022586e25a9";

    #[derive(Debug, Deserialize)]
    struct Target {
        appointment_id: AppointmentId,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Request {
        #[expect(dead_code, reason = "read by the deserializer only")]
        agent_id: AgentId,
    }

    fn read(payload: &str) -> Result<AppointmentId, String> {
        let read = read_json::<WithTarget<Target, Request>>(payload.as_bytes());
        read.and_then(|read| read.target())
            .map(|target| target.appointment_id)
            .map_err(|problem| problem.to_json()["field"].as_str().unwrap_or("none").to_owned())
    }

    #[test]
    fn the_targets_members_may_stand_anywhere_among_the_others() {
        for payload in [
            format!(r#"{{"appointment_id": "{ID}", "agent_id": "7"}}"#),
            format!(r#"{{"agent_id": "7", "appointment_id": "{ID}"}}"#),
        ] {
            assert_eq!(read(&payload).unwrap().to_string(), ID);
        }
    }

    #[test]
    fn everything_else_is_read_as_strictly_as_without_them() {
        for (payload, field) in [
            (r#"{"agent_id": "7"}"#.to_owned(), "appointment_id"),
            (format!(r#"{{"appointment_id": "{ID}"}}"#), "agent_id"),
            (format!(r#"{{"appointment_id": "{ID}", "agent_id": "7", "extra": 1}}"#), "extra"),
            (format!(r#"{{"appointment_id": "{ID}", "agent_id": 7}}"#), "agent_id"),
            (r#"{"appointment_id": 7, "agent_id": "7"}"#.to_owned(), "appointment_id"),
            (r#"{"appointment_id": "7", "agent_id": "7"}"#.to_owned(), "appointment_id"),
            (format!(r#"{{"appointment_id": "{ID}", "appointment_id": "{ID}", "agent_id": "7"}}"#), ""),
            (format!(r#"{{"agent_id": "7", "appointment_id": "{ID}", "agent_id": "7"}}"#), ""),
            ("[]".to_owned(), ""),
        ] {
            assert_eq!(read(&payload).unwrap_err(), field, "{payload}");
        }
    }

    #[test]
    fn a_target_is_read_from_texts() {
        let target: Target = read_target(&[("appointment_id", ID)]).unwrap();
        assert_eq!(target.appointment_id.to_string(), ID);
        let problem = read_target::<Target>(&[("appointment_id", "7")]).unwrap_err();
        assert_eq!(problem.to_json()["field"], "appointment_id");
    }
}
