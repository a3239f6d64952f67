//! Answers that were just given, for those who ask the same again before anything has changed.
//!
//! A conversation asks again and again for the same agent's next weeks. An answer is the same bytes as long as the
//! read model has come no further and the same second lasts: whoever is served from here could have asked a moment
//! earlier. Nothing has to be cleared, and what is here is never older than what a caller has seen.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::web::Bytes;
use chrono::{DateTime, Utc};
use lru::LruCache;

/// At some 60 kB at most, 15 MB.
const ANSWERS: NonZeroUsize = NonZeroUsize::new(256).expect("not 0");

/// Answers by what was asked.
#[derive(Debug, Clone)]
pub(crate) struct RecentAnswers(Arc<Mutex<LruCache<String, Recent>>>);

#[derive(Debug)]
struct Recent {
    position: u64,
    second: i64,
    body: Bytes,
}

impl Default for RecentAnswers {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(ANSWERS))))
    }
}

impl RecentAnswers {
    /// What was answered to the same question at this position of the log and in the same second.
    pub(crate) fn get(&self, asked: &str, position: u64, now: DateTime<Utc>) -> Option<Bytes> {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = answers.get(asked)?;
        let holds = recent.position == position && recent.second == now.timestamp();
        holds.then(|| recent.body.clone())
    }

    pub(crate) fn put(&self, asked: &str, position: u64, now: DateTime<Utc>, body: Bytes) {
        let recent = Recent { position, second: now.timestamp(), body };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(asked.to_owned(), recent);
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
        let answers = RecentAnswers::default();
        let now = at("2026-12-01T12:00:00.5Z");
        answers.put("a=1", 7, now, Bytes::from_static(b"{}"));
        assert_eq!(answers.get("a=1", 7, at("2026-12-01T12:00:00.9Z")).as_deref(), Some(&b"{}"[..]));
        assert_eq!(answers.get("a=2", 7, now), None);
        assert_eq!(answers.get("a=1", 8, now), None);
        assert_eq!(answers.get("a=1", 6, now), None);
        assert_eq!(answers.get("a=1", 7, at("2026-12-01T12:00:01Z")), None);
        assert_eq!(answers.get("a=1", 7, at("2026-12-01T11:59:59.9Z")), None);
    }
}
