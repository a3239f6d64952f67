//! The preconditions of RFC 9110: `If-Match` and `If-None-Match`, with `*`, lists, and weak tags.
//!
//! The tags of Citas are versions in quotes. Any other tag is one of something else, which no version is.

use actix_web::http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use operation::Problem;
use schemas::IfMatch;

/// The versions that a command or a query is for. They are compared strongly: a weak tag is none of them.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<IfMatch>, Problem> {
    read(headers, &IF_MATCH, "If-Match", |tag| !tag.is_weak)
}

/// The versions that it is not for. They are compared weakly.
pub(crate) fn if_none_match(headers: &HeaderMap) -> Result<Option<IfMatch>, Problem> {
    read(headers, &IF_NONE_MATCH, "If-None-Match", |_| true)
}

struct Tag<'a> {
    is_weak: bool,
    text: &'a str,
}

/// A list may be spread over several headers of the name.
fn read(
    headers: &HeaderMap,
    name: &HeaderName,
    field: &str,
    counts: impl Fn(&Tag<'_>) -> bool,
) -> Result<Option<IfMatch>, Problem> {
    let wrong = || {
        let detail = "must be * or a list of versions in quotes, such as \"57\"";
        Problem::malformed(field, detail)
    };
    let values: Option<Vec<&str>> = headers.get_all(name).map(|value| value.to_str().ok()).collect();
    let values = values.ok_or_else(wrong)?;
    match values[..] {
        [] => Ok(None),
        [value] if value.trim() == "*" => Ok(Some(IfMatch::Any)),
        _ => {
            let list = values.join(",");
            let tags = tags(&list).ok_or_else(wrong)?;
            let versions = tags.iter().filter(|tag| counts(tag)).filter_map(|tag| tag.text.parse().ok());
            Ok(Some(IfMatch::OneOf(versions.collect())))
        }
    }
}

/// The entity tags of a list, which has at least one; none if it is no such list. A tag may have commas in it.
fn tags(list: &str) -> Option<Vec<Tag<'_>>> {
    let between = |c: char| matches!(c, ' ' | '\t' | ',');
    let (mut tags, mut rest) = (Vec::new(), list.trim_matches(between));
    while !rest.is_empty() {
        let (is_weak, opaque) = rest.strip_prefix("W/").map_or((false, rest), |opaque| (true, opaque));
        let (text, after) = opaque.strip_prefix('"')?.split_once('"')?;
        let is_apart = after.is_empty() || after.trim_start_matches([' ', '\t']).starts_with(',');
        if !is_apart || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return None;
        }
        tags.push(Tag { is_weak, text });
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
}
