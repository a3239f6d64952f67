use event_store::ReadError;
use thiserror::Error;

/// The event store as a reactor has last seen it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum StoreState {
    /// It has not been reached since the start; the reason, if there is one yet.
    #[default]
    Unknown,
    NeverReached(String),
    There,
    Lost(String),
}

/// Why the event store cannot be used, as last seen.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreTrouble {
    /// It has not answered since the start, and it is not known why.
    #[error("the event store has not been reached yet; retrying")]
    Unknown,
    /// It has not been reached since the start.
    #[error("the event store has not been reached yet, retrying: {0}")]
    NeverReached(String),
    /// It was there, and cannot be used now.
    #[error("the event store cannot be used, retrying: {0}")]
    Lost(String),
}

/// The reason beneath the error, which alone says something new.
pub(crate) fn why(error: &ReadError) -> String {
    error.fault().to_string()
}

impl StoreState {
    /// Records why it cannot be used; false if that was known.
    pub(crate) fn is_away(&mut self, why: &str) -> bool {
        let before = std::mem::replace(self, self.clone().away(why));
        before != *self
    }

    fn away(self, why: &str) -> Self {
        match self {
            Self::Unknown | Self::NeverReached(_) => Self::NeverReached(why.to_owned()),
            Self::There | Self::Lost(_) => Self::Lost(why.to_owned()),
        }
    }

    /// Whether it can be used, if `away` does not say otherwise.
    pub(crate) fn check(&self, away: Option<&str>) -> Result<(), StoreTrouble> {
        match away.map(|why| self.clone().away(why)).as_ref().unwrap_or(self) {
            Self::There => Ok(()),
            Self::Unknown => Err(StoreTrouble::Unknown),
            Self::NeverReached(why) => Err(StoreTrouble::NeverReached(why.clone())),
            Self::Lost(why) => Err(StoreTrouble::Lost(why.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_cause_is_told_and_whether_the_store_was_ever_there() {
        let mut state = StoreState::default();
        assert_eq!(state.check(None), Err(StoreTrouble::Unknown));
        assert!(state.is_away("nothing listens"));
        assert!(!state.is_away("nothing listens"), "it was known");
        assert!(state.is_away("wrong password"));
        assert_eq!(state.check(None), Err(StoreTrouble::NeverReached("wrong password".to_owned())));
        state = StoreState::There;
        assert_eq!(state.check(None), Ok(()));
        assert_eq!(state.check(Some("no answer")), Err(StoreTrouble::Lost("no answer".to_owned())));
        assert!(state.is_away("connection lost"));
        assert_eq!(state.check(None), Err(StoreTrouble::Lost("connection lost".to_owned())));
    }
}
