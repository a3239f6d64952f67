use thiserror::Error;

/// A text that is not of its type's form. Display says what the form is.
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
