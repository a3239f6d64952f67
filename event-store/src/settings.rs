use std::time::Duration;

/// How long calls may take and how much they may carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// After this, an append is given up; whether it was written is then unknown.
    pub append_deadline: Duration,
    /// The longest silence in the middle of a read, whatever is tried meanwhile.
    pub read_deadline: Duration,
    /// The most that one append may carry, in bytes; the server's own default is the default here.
    pub max_append_bytes: usize,
}

impl Default for Settings {
    /// The deadlines are longer than a cluster takes to elect a leader, which is 6 to 8 s after the last one fell silent.
    fn default() -> Self {
        Self {
            append_deadline: Duration::from_secs(12),
            read_deadline: Duration::from_secs(12),
            max_append_bytes: 1024 * 1024,
        }
    }
}

impl Settings {
    pub(crate) fn with_deadline(self, deadline: Option<Duration>) -> Self {
        match deadline {
            Some(deadline) => Self { append_deadline: deadline, read_deadline: deadline, ..self },
            None => self,
        }
    }
}
