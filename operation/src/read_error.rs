//! What may be told of an error of reading: where it is and what is expected, and nothing of the value, which may be
//! personal.

use crate::Problem;

/// The longest name that is repeated.
const MAX_NAME: usize = 100;
const EXPECTED: &str = ", expected ";

/// The problem of a member that cannot be read, from its path and serde's message.
pub(crate) fn malformed(path: &str, message: &str) -> Problem {
    let path = &path_of_missing(path, message);
    let is_name = path.len() <= MAX_NAME
        && path.starts_with(|first: char| first.is_ascii_alphabetic())
        && path.chars().all(|c| c.is_ascii_alphanumeric() || "_.[]-".contains(c));
    Problem::malformed(if is_name { path } else { "" }, without_value(message))
}

/// The path of the member itself, where it is missing: what is being read is the object without it.
fn path_of_missing(path: &str, message: &str) -> String {
    let member = message.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'));
    match member {
        Some((member, _)) if path.is_empty() => member.to_owned(),
        Some((member, _)) if path != member && !path.ends_with(&format!(".{member}")) => {
            format!("{path}.{member}")
        }
        _ => path.to_owned(),
    }
}

/// Serde's messages that quote the value or the name.
const QUOTING: [&str; 4] = ["invalid type: ", "invalid value: ", "unknown variant ", "unknown field "];
/// What chrono-tz says of a name that is none.
const NO_TIME_ZONE: &str = "failed to parse timezone";

/// The message without the value or name that it quotes.
fn without_value(message: &str) -> String {
    if message.starts_with(NO_TIME_ZONE) {
        return "must be a time zone of the IANA database, such as America/Santiago".to_owned();
    }
    let Some((kind, rest)) =
        QUOTING.iter().find_map(|kind| Some((kind.trim_end(), message.strip_prefix(kind)?)))
    else {
        // A name is quoted that the type has.
        return message.to_owned();
    };
    // The value comes first, and may itself contain what follows it.
    let Some(expected) = rest.rfind(EXPECTED) else { return kind.trim_end_matches(':').to_owned() };
    // Of a value its type comes first: string "…", integer `…`.
    let found = rest[..expected].split(['"', '`', '\'']).next().unwrap_or_default().trim_end();
    let separator = if found.is_empty() { "" } else { " " };
    format!("{kind}{separator}{found}{}", &rest[expected..])
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Choice {
        This,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read by the deserializer only")]
    struct Members {
        number: Option<u8>,
        choice: Option<Choice>,
        pair: Option<(u8, u8)>,
    }

    #[test]
    fn an_error_says_what_is_expected_and_nothing_of_the_value() {
        for (body, expected) in [
            (r#"{"number": "ana@example.com, expected x"}"#, "invalid type: string, expected u8"),
            (r#"{"number": 56912345678}"#, "invalid value: integer, expected u8"),
            (r#"{"number": 1.5}"#, "invalid type: floating point, expected u8"),
            (r#"{"number": [1]}"#, "invalid type: sequence, expected u8"),
            (r#"{"choice": "ana@example.com"}"#, "unknown variant, expected `this`"),
            (r#"{"pair": [1]}"#, "invalid length 1, expected a tuple of size 2"),
            (r#"{"+56912345678": 1}"#, "unknown field, expected one of `number`, `choice`, `pair`"),
        ] {
            let error = serde_json::from_str::<Members>(body).unwrap_err().to_string();
            let told = without_value(&error);
            assert!(told.starts_with(expected), "{told}");
            assert!(!told.contains("ana@") && !told.contains("569"), "{told}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        for (path, field) in
            [("", "number"), ("rules[0]", "rules[0].number"), ("rules[0].number", "rules[0].number")]
        {
            assert_eq!(malformed(path, "missing field `number`").to_json()["field"], field, "{path}");
        }
    }

    #[test]
    fn a_time_zone_that_is_none_is_not_repeated() {
        let told = without_value("failed to parse timezone: 'ana@example.com' at line 1 column 2");
        assert!(told.starts_with("must be a time zone") && !told.contains("ana"), "{told}");
    }

    #[test]
    fn only_what_looks_like_a_name_is_repeated_as_one() {
        for (path, field) in [
            ("rules[0].start_time", "rules[0].start_time"),
            ("appointment-type", "appointment-type"),
            ("+56912345678", ""),
            ("ana@example.com", ""),
            ("Ana Rojas", ""),
        ] {
            assert_eq!(malformed(path, "is wrong").to_json()["field"], field);
        }
    }
}
