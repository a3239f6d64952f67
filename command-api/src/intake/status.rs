use thiserror::Error;

/// The state of an intake, as its readiness is derived from.
#[derive(Debug, Clone, Default)]
pub(super) struct Status {
    /// It is a member of its group.
    pub(super) is_joined: bool,
    /// How many partitions it takes commands from.
    pub(super) partitions: usize,
    /// Why Kafka cannot be used at present.
    pub(super) trouble: Option<String>,
    /// Records that Kafka has not acknowledged for longer than is usual.
    pub(super) late: usize,
}

/// Why commands are not taken from Kafka at present.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IntakeNotReady {
    /// It has not joined its group yet.
    #[error("joining the group")]
    Joining,
    /// Kafka cannot be used.
    #[error("waiting for Kafka: {0}")]
    Lost(String),
    /// Kafka does not acknowledge records.
    #[error("waiting for Kafka: {0} replies or dead letters are not acknowledged")]
    Unacknowledged(usize),
    /// It ended unexpectedly, which is a bug.
    #[error("ended unexpectedly; restart the process")]
    Ended,
}

impl Status {
    pub(super) fn ready(&self) -> Result<(), IntakeNotReady> {
        match (&self.trouble, self.late) {
            (Some(trouble), _) => Err(IntakeNotReady::Lost(trouble.clone())),
            (None, late @ 1..) => Err(IntakeNotReady::Unacknowledged(late)),
            (None, 0) if !self.is_joined => Err(IntakeNotReady::Joining),
            (None, 0) => Ok(()),
        }
    }
}
