//! Recent answers, returned to identical requests until something changes.
//!
//! A conversation requests the same agent's next weeks again and again. An answer is valid while the read model stays
//! at its position and the same second lasts. So nothing has to be invalidated, and no answer is older than what a
//! caller has seen.

use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use lru::LruCache;

/// How many answers are kept: 15 MB if each has the maximum of some 60 kB.
const ANSWERS: NonZeroUsize = NonZeroUsize::new(256).expect("not 0");

/// Answers by request.
#[derive(Debug)]
pub(crate) struct ResponseCache<Request: Hash + Eq, Answer>(Arc<Mutex<LruCache<Request, Cached<Answer>>>>);

#[derive(Debug)]
struct Cached<Answer> {
    position: u64,
    second: i64,
    answer: Answer,
}

impl<Request: Hash + Eq, Answer> Default for ResponseCache<Request, Answer> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(ANSWERS))))
    }
}

impl<Request: Hash + Eq, Answer> Clone for ResponseCache<Request, Answer> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<Request: Hash + Eq, Answer: Clone> ResponseCache<Request, Answer> {
    /// The answer to the same request at this log position in the same second.
    pub(crate) fn get(&self, request: &Request, position: u64, now: DateTime<Utc>) -> Option<Answer> {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let cached = answers.get(request)?;
        let holds = cached.position == position && cached.second == now.timestamp();
        holds.then(|| cached.answer.clone())
    }

    pub(crate) fn put(&self, request: Request, position: u64, now: DateTime<Utc>, answer: Answer) {
        let cached = Cached { position, second: now.timestamp(), answer };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(request, cached);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn an_answer_holds_for_its_question_its_position_and_its_second() {
        let answers = ResponseCache::default();
        let now = at("2026-12-01T12:00:00.5Z");
        answers.put("a=1", 7, now, "{}");
        assert_eq!(answers.get(&"a=1", 7, at("2026-12-01T12:00:00.9Z")), Some("{}"));
        assert_eq!(answers.get(&"a=2", 7, now), None);
        assert_eq!(answers.get(&"a=1", 8, now), None);
        assert_eq!(answers.get(&"a=1", 6, now), None);
        assert_eq!(answers.get(&"a=1", 7, at("2026-12-01T12:00:01Z")), None);
        assert_eq!(answers.get(&"a=1", 7, at("2026-12-01T11:59:59.9Z")), None);
    }
}
