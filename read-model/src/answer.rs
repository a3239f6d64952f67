/// A query's result, with the log position that it reflects: no later event is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<T> {
    /// The read model's position in the log.
    pub position: u64,
    /// The result.
    pub value: T,
}
