//! Personal data, marked so that it is neither logged nor published.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::LeadId;

/// Personal data of a lead, such as a name, an address or free text, with the id of that lead.
///
/// Its JSON marks it as personal: `{"lead_id": "55", "personal": …}`. No other object has a member `personal`, so an
/// event's personal data can be found in the stored bytes alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Personal_{T}")]
pub struct Personal<T> {
    /// The lead.
    lead_id: LeadId,
    /// The data, which must be neither logged nor published.
    personal: T,
}

impl<T> Personal<T> {
    /// Marks a value as personal data of that lead.
    pub const fn new(lead_id: LeadId, value: T) -> Self {
        Self { lead_id, personal: value }
    }

    /// The value itself. Only for showing it to someone who may see it.
    pub fn disclose(self) -> T {
        self.personal
    }

    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Personal<U> {
        Personal { lead_id: self.lead_id, personal: change(self.personal) }
    }
}

/// Shows the lead, never the data.
impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Personal").field("lead_id", &self.lead_id).finish_non_exhaustive()
    }
}

/// Removes everything that was written as [`Personal`], at any depth.
pub(crate) fn redact_personal(json: &mut Value) {
    match json {
        Value::Object(members) => {
            members.retain(|_, member| !is_personal(member));
            members.values_mut().for_each(redact_personal);
        }
        Value::Array(items) => {
            items.retain(|item| !is_personal(item));
            items.iter_mut().for_each(redact_personal);
        }
        _ => {}
    }
}

fn is_personal(json: &Value) -> bool {
    json.get("personal").is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn personal<T>(value: T) -> Personal<T> {
        Personal::new("55".parse().unwrap(), value)
    }

    #[test]
    fn what_is_personal_is_not_shown_by_debug() {
        let shown = format!("{:?} {0:#?}", personal(Some("Zoraida")));
        assert!(shown.contains("55") && !shown.contains("Zoraida"), "{shown}");
        assert_ne!(personal("Zoraida"), personal("Carla"));
        assert_eq!(personal("Zoraida").disclose(), "Zoraida");
    }

    #[derive(Serialize)]
    struct Visit {
        number: u8,
        name: Personal<&'static str>,
        guests: Vec<Personal<u8>>,
        place: Place,
    }

    #[derive(Serialize)]
    struct Place {
        city: &'static str,
        street: Option<Personal<Vec<&'static str>>>,
    }

    #[test]
    fn what_is_personal_is_left_out_wherever_it_stands() {
        let place = Place { city: "Ñuñoa", street: Some(personal(vec!["Irarrázaval"])) };
        let visit = Visit { number: 1, name: personal("Carla"), guests: vec![personal(2)], place };
        let mut json = serde_json::to_value(visit).unwrap();
        assert_eq!(json["name"], json!({"lead_id": "55", "personal": "Carla"}));
        redact_personal(&mut json);
        assert_eq!(json, json!({"number": 1, "guests": [], "place": {"city": "Ñuñoa"}}));
    }
}
