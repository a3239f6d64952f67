//! The preconditions of RFC 9110: `If-Match` and `If-None-Match`, with `*`, lists, and weak tags.
//!
//! What can be changed conditionally has its version in quotes as its tag. The answer of any other query has a weak tag, a
//! digest of what it says.

use actix_web::http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use operation::Problem;
use schemas::IfMatch;

/// The versions that a command or a query is for. They are compared strongly: a weak tag is none of them.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<IfMatch>, Problem> {
    let tags = read(headers, &IF_MATCH, "If-Match")?;
    Ok(tags.map(|tags| tags.versions(|tag| !tag.is_weak)))
}

/// The versions that a command is not for. They are compared weakly.
pub(crate) fn if_none_match(headers: &HeaderMap) -> Result<Option<IfMatch>, Problem> {
    let tags = read(headers, &IF_NONE_MATCH, "If-None-Match")?;
    Ok(tags.map(|tags| tags.versions(|_| true)))
}

/// The tags of the answers to a query that its sender has already.
pub(crate) fn known_answers(headers: &HeaderMap) -> Result<Option<Tags>, Problem> {
    read(headers, &IF_NONE_MATCH, "If-None-Match")
}

/// The entity tag of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    is_weak: bool,
    text: String,
}

impl Tag {
    /// That of something at this version.
    pub(crate) fn of_version(version: u64) -> Self {
        Self { is_weak: false, text: version.to_string() }
    }

    /// That of an answer with this digest.
    pub(crate) fn of_digest(digest: &str) -> Self {
        Self { is_weak: true, text: digest.to_owned() }
    }

    /// As the header has it.
    pub(crate) fn header(&self) -> String {
        format!("{}\"{}\"", if self.is_weak { "W/" } else { "" }, self.text)
    }
}

/// What a condition names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tags {
    /// Whatever there is.
    Any,
    /// One of these.
    List(Vec<Tag>),
}

impl Tags {
    /// Whether the tag is among them, compared weakly.
    pub(crate) fn have(&self, tag: &Tag) -> bool {
        match self {
            Self::Any => true,
            Self::List(tags) => tags.iter().any(|known| known.text == tag.text),
        }
    }

    /// The versions among those that count. Any other tag is one of something else, which no version is.
    fn versions(self, counts: impl Fn(&Tag) -> bool) -> IfMatch {
        match self {
            Self::Any => IfMatch::Any,
            Self::List(tags) => {
                let tags = tags.iter().filter(|tag| counts(tag));
                IfMatch::OneOf(tags.filter_map(|tag| tag.text.parse().ok()).collect())
            }
        }
    }
}

/// A list may be spread over several headers of the name.
fn read(headers: &HeaderMap, name: &HeaderName, field: &str) -> Result<Option<Tags>, Problem> {
    let wrong = || Problem::malformed(field, "must be * or a list of tags in quotes, such as \"57\"");
    let values: Option<Vec<&str>> = headers.get_all(name).map(|value| value.to_str().ok()).collect();
    let values = values.ok_or_else(wrong)?;
    match values[..] {
        [] => Ok(None),
        [value] if value.trim() == "*" => Ok(Some(Tags::Any)),
        _ => tags(&values.join(",")).map(|tags| Some(Tags::List(tags))).ok_or_else(wrong),
    }
}

/// The entity tags of a list, which has at least one; none if it is no such list. A tag may have commas in it.
fn tags(list: &str) -> Option<Vec<Tag>> {
    let between = |c: char| matches!(c, ' ' | '\t' | ',');
    let (mut tags, mut rest) = (Vec::new(), list.trim_matches(between));
    while !rest.is_empty() {
        let (is_weak, opaque) = rest.strip_prefix("W/").map_or((false, rest), |opaque| (true, opaque));
        let (text, after) = opaque.strip_prefix('"')?.split_once('"')?;
        let is_apart = after.is_empty() || after.trim_start_matches([' ', '\t']).starts_with(',');
        if !is_apart || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return None;
        }
        tags.push(Tag { is_weak, text: text.to_owned() });
        rest = after.trim_start_matches(between);
    }
    (!tags.is_empty()).then_some(tags)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use operation::Code;

    use super::*;

    type Read = Result<Option<IfMatch>, Code>;

    /// Both conditions, of headers with these values.
    fn of(values: &[&str]) -> [Read; 2] {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IF_MATCH, HeaderValue::from_str(value).unwrap());
            headers.append(IF_NONE_MATCH, HeaderValue::from_str(value).unwrap());
        }
        [if_match(&headers), if_none_match(&headers)].map(|read| read.map_err(|problem| problem.code()))
    }

    fn versions(to_match: &[u64], not_to: &[u64]) -> [Read; 2] {
        [to_match, not_to].map(|versions| Ok(Some(IfMatch::OneOf(versions.to_vec()))))
    }

    #[test]
    fn a_list_names_every_version_in_it() {
        assert_eq!(of(&[]), [Ok(None), Ok(None)]);
        for list in [&["\"57\""][..], &[" \"57\" ,, "]] {
            assert_eq!(of(list), versions(&[57], &[57]), "{list:?}");
        }
        for list in [&["\"1\", \"2\""][..], &["\"1\",\"2\""], &["\"1\"", "\"2\""]] {
            assert_eq!(of(list), versions(&[1, 2], &[1, 2]), "{list:?}");
        }
        assert_eq!(of(&["*"]), [Ok(Some(IfMatch::Any)), Ok(Some(IfMatch::Any))]);
    }

    #[test]
    fn a_weak_tag_is_no_version_to_match_but_one_not_to() {
        assert_eq!(of(&["W/\"57\", \"8\""]), versions(&[8], &[57, 8]));
    }

    #[test]
    fn a_tag_of_something_else_is_no_version_and_what_is_no_tag_is_refused() {
        for other in ["\"x\"", "\"\"", "\"-1\"", "\"a,b\"", "\"99999999999999999999999\""] {
            assert_eq!(of(&[other]), versions(&[], &[]), "{other}");
        }
        for bad in ["57", "", ",", "w/\"57\"", "\"57", "\"1\"\"2\"", "*, \"1\"", "*, *", "\"1 2\""] {
            assert_eq!(of(&[bad]), [Err(Code::MalformedRequest), Err(Code::MalformedRequest)], "{bad}");
        }
    }

    #[test]
    fn an_answer_is_known_by_its_tag_compared_weakly() {
        let known = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.append(IF_NONE_MATCH, HeaderValue::from_static(value));
            known_answers(&headers).unwrap().unwrap()
        };
        let (version, digest) = (Tag::of_version(57), Tag::of_digest("x-1"));
        assert_eq!((version.header().as_str(), digest.header().as_str()), ("\"57\"", "W/\"x-1\""));
        for (value, expected) in [
            ("*", [true, true]),
            ("\"57\"", [true, false]),
            ("W/\"57\"", [true, false]),
            ("\"8\", W/\"x-1\"", [false, true]),
            ("\"x-1\",\"57\"", [true, true]),
            ("\"057\"", [false, false]),
            ("\"\"", [false, false]),
        ] {
            let tags = known(value);
            assert_eq!([tags.have(&version), tags.have(&digest)], expected, "{value}");
        }
        assert_eq!(known_answers(&HeaderMap::new()), Ok(None));
    }
}
