//! Converts the read model's answers into results of queries.

use operation::{Found, Prepared, Problem};
use read_model::{Answer, QueryError};
use serde::Serialize;

use crate::refusal::refused;

/// Converts an answer of the read model, or its error.
pub(crate) fn found<T: Serialize>(answer: Result<Answer<T>, QueryError>) -> Result<Found<T>, Problem> {
    let Answer { position, value } = answer.map_err(refused)?;
    Ok(Found { answer: Prepared::new(&value), position, version: None })
}

/// The same with the version of what was found, for conditional commands.
pub(crate) fn versioned<T: Serialize>(
    answer: Result<Answer<T>, QueryError>,
    version: impl Fn(&T) -> u64,
) -> Result<Found<T>, Problem> {
    let version = answer.as_ref().ok().map(|answer| version(&answer.value));
    Ok(Found { version, ..found(answer)? })
}
