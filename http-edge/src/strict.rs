use std::fmt::Display;
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::{FromRequest, HttpRequest, web};
use futures::StreamExt;
use futures::future::{LocalBoxFuture, Ready, ready};
use serde::de::DeserializeOwned;

use crate::{Code, Object, Problem};

/// The largest body that is read.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// A JSON body of exactly the documented form: unknown members are refused by the type's
/// `deny_unknown_fields`, larger bodies than [`MAX_BODY_BYTES`] with 413, and a failure names the field.
///
/// An absent body reads as `{}`, so that commands without members need none.
#[derive(Debug)]
pub struct StrictJson<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for StrictJson<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let announced = request
            .headers()
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok())
            .unwrap_or(0);
        let mut payload = payload.take();
        Box::pin(async move {
            if announced > MAX_BODY_BYTES {
                return Err(too_large());
            }
            let mut body = web::BytesMut::with_capacity(announced);
            while let Some(chunk) = payload.next().await {
                let chunk =
                    chunk.map_err(|error| Problem::malformed("", format!("The body broke off: {error}.")))?;
                if body.len() + chunk.len() > MAX_BODY_BYTES {
                    return Err(too_large());
                }
                body.extend_from_slice(&chunk);
            }
            Self::read(&body)
        })
    }
}

impl<T: DeserializeOwned> StrictJson<T> {
    /// The same of bytes that came in any other way.
    pub fn read(body: &[u8]) -> Result<Self, Problem> {
        if body.len() > MAX_BODY_BYTES {
            return Err(too_large());
        }
        parse(if body.is_empty() { b"{}" } else { body }).map(Self)
    }
}

fn too_large() -> Problem {
    Problem::new(Code::PayloadTooLarge, format!("Bodies may have {MAX_BODY_BYTES} bytes at most."))
        .with("max_bytes", MAX_BODY_BYTES)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let Object(value) = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        // A dot is the whole body; a question mark is where the body broke off before a name.
        let field = path.trim_end_matches(['.', '?']);
        Problem::malformed(field, error.inner().to_string())
    })?;
    deserializer.end().map_err(|error| Problem::malformed("", format!("After the JSON value: {error}.")))?;
    Ok(value)
}

/// A query string of exactly the documented form; a failure names the parameter. Parameters may repeat where
/// the type has a list.
#[derive(Debug)]
pub struct StrictQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequest for StrictQuery<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let pairs = serde_html_form::Deserializer::from_bytes(request.query_string().as_bytes());
        ready(serde_path_to_error::deserialize(pairs).map(Self).map_err(|error| {
            // A value of a list is named by the parameter that repeats, as the client wrote it.
            let path = error.path().to_string();
            let field = path.split('[').next().unwrap_or_default();
            Problem::malformed(if field == "." { "" } else { field }, error.inner().to_string())
        }))
    }
}

/// The path parameter `name` as a `T`, or a 400 that names it.
#[derive(Debug)]
pub struct StrictPath;

impl StrictPath {
    /// Reads the parameter that the route calls `name`.
    pub fn get<T: FromStr<Err: Display>>(request: &HttpRequest, name: &'static str) -> Result<T, Problem> {
        request
            .match_info()
            .get(name)
            .unwrap_or_default()
            .parse()
            .map_err(|error: T::Err| Problem::malformed(name, error.to_string()))
    }
}

/// Refuses a text of over `max` characters, or one with control characters other than line breaks and tabs.
pub fn check_length(field: &str, text: &str, max: usize) -> Result<(), Problem> {
    if text.chars().count() > max {
        return Err(Problem::malformed(field, format!("may have {max} characters at most")));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Problem::malformed(field, "may not have control characters"));
    }
    Ok(())
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
        parse::<Outer>(body.as_bytes()).unwrap_err().to_json()["field"].as_str().unwrap().to_owned()
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
    fn lengths_count_characters_not_bytes() {
        assert!(check_length("notes", "ñññ", 3).is_ok());
        assert!(check_length("notes", "ññññ", 3).is_err());
        assert!(check_length("notes", "a\u{0}b", 30).is_err());
    }
}
