//! Members that a change names: null is one of them where there may be none any more, and refused where there has to be one.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A member that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Named<T>(pub(super) Option<T>);

/// Reads a member that is there: null too.
pub(super) fn named<'de, D, T>(deserializer: D) -> Result<Option<Named<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Named::deserialize(deserializer).map(Some)
}

/// Reads a member that is there, and is not null.
pub(super) fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Reads a value that events have too, where it may be left out: unlike in an event, every member has to be known.
pub(super) fn known<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Serialize,
{
    let Some(sent) = Option::<Value>::deserialize(deserializer)? else { return Ok(None) };
    let read: T = serde_json::from_value(sent.clone()).map_err(Error::custom)?;
    let understood = serde_json::to_value(&read).map_err(Error::custom)?;
    match unknown_member(&sent, &understood) {
        Some(member) => Err(Error::custom(format!("unknown field `{member}`"))),
        None => Ok(Some(read)),
    }
}

/// The same of a member that is there: null too.
pub(super) fn named_known<'de, D, T>(deserializer: D) -> Result<Option<Named<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Serialize,
{
    known(deserializer).map(|read| Some(Named(read)))
}

/// A member that says something and was not read.
fn unknown_member<'a>(sent: &'a Value, understood: &Value) -> Option<&'a str> {
    match (sent, understood) {
        (Value::Object(sent), Value::Object(understood)) => sent.iter().find_map(|(name, value)| {
            let says_nothing = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            match understood.get(name) {
                Some(understood) => unknown_member(value, understood),
                None => (!says_nothing).then_some(name.as_str()),
            }
        }),
        (Value::Array(sent), Value::Array(understood)) => {
            sent.iter().zip(understood).find_map(|(sent, understood)| unknown_member(sent, understood))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use schemas::value::{Coordinates, VisitApproval};
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Form {
        #[serde(default, deserialize_with = "known")]
        coordinates: Option<Coordinates>,
        #[serde(default, deserialize_with = "named_known")]
        approval: Option<Named<VisitApproval>>,
    }

    #[test]
    fn what_a_client_misspells_in_a_stored_value_is_refused() {
        let read = |form: Value| serde_json::from_value::<Form>(form);
        let approver = json!({"approver_id": "o-1", "role": "owner"});
        let approval = |more: Value| json!({"approvers": [approver, more], "expires_after_minutes": 60});
        let good =
            json!({"coordinates": {"lat": -33.4, "lon": -70.6}, "approval": approval(approver.clone())});
        let form = read(good).unwrap();
        assert!(
            form.coordinates.is_some() && form.approval.is_some_and(|Named(approval)| approval.is_some())
        );
        assert!(read(json!({"approval": null})).unwrap().approval.is_some_and(|Named(none)| none.is_none()));
        assert!(read(json!({})).unwrap().approval.is_none());
        let unknown = read(json!({"coordinates": {"lat": -33.4, "lon": -70.6, "zoom": 3}})).unwrap_err();
        assert!(unknown.to_string().contains("zoom"), "{unknown}");
        let more = json!({"approver_id": "o-2", "role": "owner", "mail": "x"});
        assert!(read(json!({"approval": approval(more)})).unwrap_err().to_string().contains("mail"));
    }
}
