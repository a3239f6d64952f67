//! The results of commands and queries.

use schemars::JsonSchema;
use serde::Serialize;

use crate::Prepared;

/// The result of a command that was carried out.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Accepted<T> {
    /// The answer of the operation itself.
    #[serde(flatten)]
    pub answer: T,
    /// The version after the command, for making the next command conditional.
    pub version: u64,
    /// The log position of its last event: a query with it as `min_position` has seen the command.
    pub position: u64,
    /// Whether it was carried out before; this is then the first answer.
    #[serde(skip)]
    pub repeated: bool,
}

impl<T> Accepted<T> {
    /// The same result with another answer.
    pub fn try_map<U, E>(self, map: impl FnOnce(T) -> Result<U, E>) -> Result<Accepted<U>, E> {
        let Self { answer, version, position, repeated } = self;
        Ok(Accepted { answer: map(answer)?, version, position, repeated })
    }
}

/// The result of a query.
#[derive(Debug, Clone)]
pub struct Found<T> {
    /// The answer of the operation itself.
    pub answer: Prepared<T>,
    /// The log position that it is as new as.
    pub position: u64,
    /// The version of the entity found, where a command on it can be conditional.
    pub version: Option<u64>,
}
