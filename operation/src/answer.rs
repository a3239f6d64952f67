use schemars::JsonSchema;
use serde::Serialize;

use crate::Prepared;

/// What a command that was carried out answers.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Accepted<T> {
    /// What it came to.
    #[serde(flatten)]
    pub answer: T,
    /// The version that the command left behind, by which the next one can be made conditional.
    pub version: u64,
    /// The place in the log of its last event: a query that is given it as `min_position` has seen it.
    pub position: u64,
    /// It was carried out before; this is the first answer.
    #[serde(skip)]
    pub repeated: bool,
}

impl<T> Accepted<T> {
    /// The same with another answer.
    pub fn try_map<U, E>(self, map: impl FnOnce(T) -> Result<U, E>) -> Result<Accepted<U>, E> {
        let Self { answer, version, position, repeated } = self;
        Ok(Accepted { answer: map(answer)?, version, position, repeated })
    }
}

/// What a query answers.
#[derive(Debug, Clone)]
pub struct Found<T> {
    /// What was found.
    pub answer: Prepared<T>,
    /// How much of the log it knows.
    pub position: u64,
    /// The version of what was found, where a command on it can be conditional.
    pub version: Option<u64>,
}
