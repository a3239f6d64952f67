/// The version that a command expects of what it changes; it is refused otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMatch {
    /// Any: only, what it changes has to exist.
    Any,
    /// Exactly this one.
    Version(u64),
}
