//! Strict reading of query strings.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use crate::Problem;
use crate::read_error::malformed;

/// The parameter that every query takes.
const MIN_POSITION: &str = "min_position";

/// The parameter that every command takes, and no other.
const DRY_RUN: &str = "dry_run";

/// Reads whether a command is only to be tried from its query string. Any other parameter is refused: it would be ignored
/// silently.
pub fn read_dry_run(query: &str) -> Result<bool, Problem> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let mut pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let Some((name, value)) = pairs.next() else { return Ok(false) };
    let names = std::iter::once(name).chain(pairs.map(|(name, _)| name)).collect::<Vec<_>>();
    if let Some(other) = names.iter().find(|name| **name != DRY_RUN) {
        return Err(malformed(other, "is not a parameter of this command; it takes dry_run only"));
    }
    if names.len() > 1 {
        return Err(Problem::malformed(DRY_RUN, "may be given only once"));
    }
    value.parse().map_err(|_| Problem::malformed(DRY_RUN, "must be true or false"))
}

/// Reads `min_position` and the request from a query string of exactly the documented form; an error names the
/// parameter. Parameters may repeat where the type has a list.
pub fn read_query<T: DeserializeOwned>(query: &str) -> Result<(u64, T), Problem> {
    let is_position = |pair: &&str| pair.split('=').next() == Some(MIN_POSITION);
    let (positions, others): (Vec<&str>, Vec<&str>) = query.split('&').partition(is_position);
    let min_position = match positions[..] {
        [] => 0,
        [pair] => position(pair)?,
        _ => return Err(Problem::malformed(MIN_POSITION, "may be given only once")),
    };
    let others = if positions.is_empty() { Cow::Borrowed(query) } else { Cow::Owned(others.join("&")) };
    let pairs = serde_html_form::Deserializer::from_bytes(others.as_bytes());
    let request = serde_path_to_error::deserialize(pairs).map_err(|error| {
        // A value of a list is named by the parameter that repeats, as the client wrote it.
        let path = error.path().to_string();
        let field = path.split('[').next().unwrap_or_default();
        malformed(if field == "." { "" } else { field }, &error.inner().to_string())
    })?;
    Ok((min_position, request))
}

fn position(pair: &str) -> Result<u64, Problem> {
    let number = pair.split_once('=').and_then(|(_, number)| number.parse().ok());
    number.ok_or_else(|| {
        Problem::malformed(MIN_POSITION, "must be a position that a command or a query returned")
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Request {
        #[serde(default)]
        agent_id: Vec<String>,
        limit: Option<u8>,
    }

    #[test]
    fn a_position_is_read_beside_what_is_asked() {
        let (min_position, request) = read_query::<Request>("agent_id=7&min_position=40&agent_id=8").unwrap();
        assert_eq!((min_position, request.agent_id.len(), request.limit), (40, 2, None));
        assert_eq!(read_query::<Request>("").unwrap().0, 0);
        assert_eq!(read_query::<Request>("limit=3").unwrap().1.limit, Some(3));
    }

    #[test]
    fn a_command_takes_dry_run_once_and_no_other_parameter() {
        for (query, read) in [
            ("", Ok(false)),
            ("dry_run=true", Ok(true)),
            ("dry_run=false", Ok(false)),
            ("dry_run", Err("dry_run")),
            ("dry_run=1", Err("dry_run")),
            ("dry_run=true&dry_run=true", Err("dry_run")),
            ("dry_run=true&date=2026-12-15", Err("date")),
            ("date=2026-12-15", Err("date")),
            ("dry_Run=true", Err("dry_Run")),
            ("ana@example.com", Err("")),
        ] {
            let problem = read_dry_run(query).map_err(|problem| problem.to_json()["field"].clone());
            assert_eq!(problem, read.map_err(serde_json::Value::from), "{query}");
        }
    }

    #[test]
    fn a_failure_names_the_parameter() {
        for (query, field) in [
            ("min_position=1&min_position=1", "min_position"),
            ("min_position=-1", "min_position"),
            ("min_position", "min_position"),
            ("limit=1&limit=2", "limit"),
            ("limit=x", "limit"),
            ("as_of=1", "as_of"),
        ] {
            let problem = read_query::<Request>(query).unwrap_err();
            assert_eq!(problem.to_json()["field"], field, "{query}");
        }
    }
}
