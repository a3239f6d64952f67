use thiserror::Error;

/// A text that its type cannot parse. Display says which form it must have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what} must be {form}")]
pub struct ParseError {
    what: &'static str,
    form: &'static str,
}

impl ParseError {
    pub(crate) const fn new(what: &'static str, form: &'static str) -> Self {
        Self { what, form }
    }
}
