/// The versions that a condition of a command names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// Any: only, what the command changes has to exist.
    Any,
    /// One of these.
    OneOf(Vec<u64>),
}

impl IfMatch {
    /// Exactly this version.
    pub fn version(version: u64) -> Self {
        Self::OneOf(vec![version])
    }

    /// Whether what exists at this version is meant.
    pub fn names(&self, version: u64) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }
}
