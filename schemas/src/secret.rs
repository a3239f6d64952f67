//! Secrets of a property, marked so that they are neither logged nor published.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What only those may know who go there, such as the code of a gate.
///
/// Its JSON marks it: `{"secret": …}`. No other object of an event has a member `secret`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Secret {
    /// The text, which must be neither logged nor published.
    secret: String,
}

impl Secret {
    /// Marks a text as secret.
    pub const fn new(secret: String) -> Self {
        Self { secret }
    }

    /// The text itself. Only for showing it to someone who may see it.
    pub fn into_text(self) -> String {
        self.secret
    }
}

/// Never shows the text.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown_by_debug() {
        let secret = Secret::new("4711#".to_owned());
        assert!(!format!("{secret:?} {secret:#?}").contains("4711"));
        assert_eq!(serde_json::to_value(&secret).unwrap(), serde_json::json!({"secret": "4711#"}));
        assert_eq!(secret.into_text(), "4711#");
    }
}
