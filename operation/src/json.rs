//! Strict reading of JSON bodies.

use schemas::is_invisible;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::read_error::malformed;
use crate::{Object, Problem};

/// The largest accepted body.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// Reads a JSON object of exactly the documented form: unknown members are refused by the type's `deny_unknown_fields`,
/// bodies over [`MAX_BODY_BYTES`] are refused as too large, and an error names the field.
///
/// An empty body reads as `{}`, so that commands without members need none.
pub fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if body.len() > MAX_BODY_BYTES {
        return Err(Problem::too_large(MAX_BODY_BYTES));
    }
    let body = if body.is_empty() { b"{}" } else { body };
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let Object(value) = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        // A dot is the whole body; a question mark is where the body broke off before a name.
        let field = path.trim_end_matches(['.', '?']);
        malformed(field, &reason(error.inner()))
    })?;
    deserializer.end().map_err(|error| Problem::malformed("", format!("After the JSON value: {error}.")))?;
    Ok(value)
}

/// What is wrong; the words for text that is not JSON at all are the parser's own.
fn reason(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Syntax => format!("The body is not JSON: {error}."),
        Category::Eof => format!("The body breaks off: {error}."),
        Category::Data | Category::Io => error.to_string(),
    }
}

/// Refuses a text of over `max` characters, or one with control characters other than line breaks and tabs.
pub fn check_length(field: &str, text: &str, max: usize) -> Result<(), Problem> {
    if text.chars().count() > max {
        return Err(Problem::malformed(field, format!("must have at most {max} characters")));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Problem::malformed(field, "must not have control characters"));
    }
    Ok(())
}

/// Refuses a name that is blank, of over `max` characters, or with characters that nobody sees.
pub fn check_name(field: &str, name: &str, max: usize) -> Result<(), Problem> {
    if name.trim().is_empty() {
        return Err(Problem::malformed(field, "must not be empty"));
    }
    if name.chars().any(|c| c.is_control() || is_invisible(c)) {
        return Err(Problem::malformed(field, "must not have characters that cannot be seen"));
    }
    check_length(field, name, max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[serde(default)]
        #[expect(dead_code, reason = "read by the deserializer only")]
        rules: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "read by the deserializer only")]
        start_time: u8,
    }

    fn field(body: &str) -> String {
        read_json::<Outer>(body.as_bytes()).unwrap_err().to_json()["field"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_failure_names_the_field() {
        assert_eq!(field(r#"{"rules": [{"start_time": "x"}]}"#), "rules[0].start_time");
        assert_eq!(field(r#"{"rules": [], "extra": 1}"#), "extra");
        assert_eq!(field("{} {}"), "");
        assert_eq!(field("[[]]"), "");
        assert_eq!(field("{"), "");
    }

    #[test]
    fn a_name_is_seen_as_it_is() {
        assert!(check_name("name", "Añañuca Ruiz 🏠", 30).is_ok());
        for bad in ["", " ", "Ana\u{202e}", "A\u{200b}na", "Ana\u{e0041}", "Ana\nRojas", "Ana Rojas"] {
            assert!(check_name("name", bad, 8).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn lengths_count_characters_not_bytes() {
        assert!(check_length("notes", "ñññ", 3).is_ok());
        assert!(check_length("notes", "ññññ", 3).is_err());
        assert!(check_length("notes", "a\u{0}b", 30).is_err());
    }
}
