use operation::{Found, Problem};
use read_model::{Answer, QueryError};

use crate::refusal::refused;

/// What the read model answered, or why it did not.
pub(crate) fn found<T>(answer: Result<Answer<T>, QueryError>) -> Result<Found<T>, Problem> {
    let Answer { position, value } = answer.map_err(refused)?;
    Ok(Found { value, position, version: None })
}

/// The same with the version of what was found, by which a command can be made conditional.
pub(crate) fn versioned<T>(
    answer: Result<Answer<T>, QueryError>,
    version: impl Fn(&T) -> u64,
) -> Result<Found<T>, Problem> {
    let Found { value, position, .. } = found(answer)?;
    Ok(Found { version: Some(version(&value)), value, position })
}
