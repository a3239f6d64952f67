//! When another process writes to the same stream at the same time.

use std::time::Duration;

use event_store::NewEvent;

/// How often a batch is decided anew because another process wrote to the stream in between.
pub(super) const MAX_CONFLICTS: usize = 20;

/// The longest pause after the second conflict, and after any. See [`pause_after`].
const SHORTEST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(64);

/// How long to leave the stream to others after so many conflicts: at random, so that those who met part, and longer each
/// time. The first is followed at once by another attempt.
pub(super) fn pause_after(conflicts: usize, events: &[NewEvent]) -> Duration {
    // The ids of the events are as random as anything.
    let random = events.first().map_or(0, |event| event.event_id.uuid().as_bytes()[15]);
    pause_for(conflicts, random)
}

fn pause_for(conflicts: usize, random: u8) -> Duration {
    let Some(doublings) = conflicts.checked_sub(1) else { return Duration::ZERO };
    let doubled = 2_u32.saturating_pow(u32::try_from(doublings).unwrap_or(u32::MAX));
    let longest = LONGEST_PAUSE.min(SHORTEST_PAUSE.saturating_mul(doubled));
    longest.mul_f64(f64::from(random) / f64::from(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_have_an_end() {
        let longest = |conflicts| pause_for(conflicts, u8::MAX);
        assert_eq!(longest(0), Duration::ZERO);
        assert_eq!(longest(1), SHORTEST_PAUSE);
        assert_eq!(longest(2), SHORTEST_PAUSE * 2);
        assert_eq!(longest(MAX_CONFLICTS), LONGEST_PAUSE);
        assert_eq!(longest(usize::MAX), LONGEST_PAUSE);
        assert!(pause_for(3, 7) < pause_for(3, 8));
    }
}
