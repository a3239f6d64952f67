use std::sync::{Arc, Mutex, PoisonError};

use metrics::gauge;

/// What an operator should know of the topic, though nothing is held up. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct TopicNotice(Arc<Mutex<Option<String>>>);

impl TopicNotice {
    /// Fails with what an operator should know.
    pub fn check(&self) -> Result<(), String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().map_or(Ok(()), Err)
    }

    /// Records that this many partitions of the topic are used, of this many that it has.
    pub(super) fn partitions(&self, topic: &str, used: usize, there: usize) {
        let unused = there.saturating_sub(used);
        gauge!("relay_unused_partitions").set(f64::from(u32::try_from(unused).unwrap_or(u32::MAX)));
        let notice = (unused > 0).then(|| {
            format!(
                "{topic} has {there} partitions, of which only the first {used} are used, as when it was filled: \
                 otherwise the later events of a key would be in another partition than its earlier ones"
            )
        });
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(notice) = notice.as_ref().filter(|notice| Some(*notice) != current.as_ref()) {
            tracing::warn!("{notice}");
        }
        *current = notice;
    }
}
