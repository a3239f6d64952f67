/// An answer with the position in the log that it is as of: no event after it is in the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<T> {
    /// How far the read model was.
    pub position: u64,
    /// What was asked for.
    pub value: T,
}
