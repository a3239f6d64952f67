//! Answers that are already written as JSON.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use serde::Serialize;

/// Most answers are no larger, so their buffer need not grow.
const USUAL_BYTES: usize = 16 * 1024;

/// A value as JSON: written once, then shared by all answers that return it.
pub struct Prepared<T> {
    json: Bytes,
    value: PhantomData<fn() -> T>,
}

impl<T: Serialize> Prepared<T> {
    /// Writes the value as JSON.
    pub fn new(value: &T) -> Self {
        let mut json = Vec::with_capacity(USUAL_BYTES);
        serde_json::to_writer(&mut json, value).expect("answers have text keys and finite numbers only");
        Self { json: json.into(), value: PhantomData }
    }
}

impl<T> Prepared<T> {
    /// The JSON.
    pub fn into_json(self) -> Bytes {
        self.json
    }
}

impl<T> Clone for Prepared<T> {
    fn clone(&self) -> Self {
        Self { json: self.json.clone(), value: PhantomData }
    }
}

impl<T> fmt::Debug for Prepared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared").finish_non_exhaustive()
    }
}
