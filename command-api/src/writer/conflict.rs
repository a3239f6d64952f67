//! Conflicts with another process that writes to the same stream.

use std::time::Duration;

use event_store::NewEvent;

/// How often a batch is decided at most, if another process writes to the stream in between each time.
pub(super) const MAX_CONFLICTS: usize = 20;

/// The upper bound of the pause after the second conflict, and of any pause. See [`pause_after`].
const SHORTEST_RETRY_DELAY: Duration = Duration::from_millis(2);
const LONGEST_RETRY_DELAY: Duration = Duration::from_millis(64);

/// The pause after this many earlier conflicts: random, so that processes that collided do not collide again, and
/// with a bound that doubles each time. After the first conflict there is none.
pub(super) fn pause_after(conflicts: usize, events: &[NewEvent]) -> Duration {
    // The ids of the events are random.
    let random = events.first().map_or(0, |event| event.event_id.uuid().as_bytes()[15]);
    pause_for(conflicts, random)
}

fn pause_for(conflicts: usize, random: u8) -> Duration {
    let Some(doublings) = conflicts.checked_sub(1) else { return Duration::ZERO };
    let doubled = 2_u32.saturating_pow(u32::try_from(doublings).unwrap_or(u32::MAX));
    let longest = LONGEST_RETRY_DELAY.min(SHORTEST_RETRY_DELAY.saturating_mul(doubled));
    longest.mul_f64(f64::from(random) / f64::from(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_have_an_end() {
        let longest = |conflicts| pause_for(conflicts, u8::MAX);
        assert_eq!(longest(0), Duration::ZERO);
        assert_eq!(longest(1), SHORTEST_RETRY_DELAY);
        assert_eq!(longest(2), SHORTEST_RETRY_DELAY * 2);
        assert_eq!(longest(MAX_CONFLICTS), LONGEST_RETRY_DELAY);
        assert_eq!(longest(usize::MAX), LONGEST_RETRY_DELAY);
        assert!(pause_for(3, 7) < pause_for(3, 8));
    }
}
