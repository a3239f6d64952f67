//! Answers that are already written as JSON.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// Most answers are no larger, so their buffer need not grow.
const USUAL_BYTES: usize = 16 * 1024;

/// 128 of the 256 bits: no two answers have the same by chance.
const DIGEST_BYTES: usize = 16;

/// A value as JSON: written once, then shared by all answers that return it.
pub struct Prepared<T> {
    json: Bytes,
    digest: Arc<OnceLock<String>>,
    value: PhantomData<fn() -> T>,
}

impl<T: Serialize> Prepared<T> {
    /// Writes the value as JSON.
    pub fn new(value: &T) -> Self {
        let mut json = Vec::with_capacity(USUAL_BYTES);
        serde_json::to_writer(&mut json, value).expect("answers have text keys and finite numbers only");
        Self { json: json.into(), digest: Arc::default(), value: PhantomData }
    }
}

impl<T> Prepared<T> {
    /// A digest of the JSON, in URL-safe characters: the same for the same JSON in every process, and for no other. Clones
    /// compute it once.
    pub fn digest(&self) -> &str {
        self.digest.get_or_init(|| URL_SAFE_NO_PAD.encode(&Sha256::digest(&self.json)[..DIGEST_BYTES]))
    }

    /// The JSON.
    pub fn into_json(self) -> Bytes {
        self.json
    }
}

impl<T> Clone for Prepared<T> {
    fn clone(&self) -> Self {
        Self { json: self.json.clone(), digest: Arc::clone(&self.digest), value: PhantomData }
    }
}

impl<T> fmt::Debug for Prepared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_answers_have_one_digest_and_different_ones_have_two() {
        let answer = Prepared::new(&["a"]);
        assert_eq!(answer.digest(), Prepared::new(&["a"]).digest());
        assert_eq!(answer.digest(), answer.clone().digest());
        assert_ne!(answer.digest(), Prepared::new(&["b"]).digest());
        assert_eq!(answer.digest().len(), 22);
    }
}
