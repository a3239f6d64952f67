//! What a process knows of the tables and of whoever fills them, as last seen.

use std::time::Duration;

use sqlx::postgres::PgListener;
use thiserror::Error;
use tokio::time::Instant;

use super::columns::number;
use super::lease::PROJECTION_LEASE;
use super::migrations;
use super::sqlstate::{UNDEFINED_TABLE, is};

/// How long the position may stay before the end of the log.
const STALLED_AFTER: Duration = Duration::from_secs(10);

/// Why the read model cannot serve queries.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotReady {
    /// The database has not responded since the start.
    #[error("the read model's database has not responded yet")]
    NotReached,
    /// The database does not respond.
    #[error("the read model's database is unavailable; the log says why")]
    Lost,
    /// The database responds, and has no tables.
    #[error("the database has no tables of Citas in schema {schema}: a projector makes them once it leads")]
    NoTables {
        /// The schema.
        schema: String,
    },
    /// A hand has removed what every other table depends on.
    #[error("the table `projection` of schema {schema}, or its row, is gone; run `projector rebuild`")]
    NoPosition {
        /// The schema.
        schema: String,
    },
    /// The tables are not those of this release.
    #[error("the read model's tables are of another release: {difference}")]
    OtherRelease {
        /// How they differ, and what to do.
        difference: String,
    },
    /// Past events are still missing from the tables.
    #[error("still reading past events, at position {position}")]
    CatchingUp {
        /// The tables' position.
        position: u64,
    },
    /// The watch has ended, which is a bug unless it was closed.
    #[error("the read model's database is no longer watched; restart the process")]
    Ended,
}

/// Why the tables are not kept up to date.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotFollowing {
    /// The database does not respond, or has no position.
    #[error("not known while `database` is not ready")]
    Unknown,
    /// Nobody holds the lease on the projection.
    #[error("no projector leads: nothing is projected, and nothing relayed")]
    NoLeader,
    /// The tables do not follow the log.
    #[error(
        "the projection has stood still at position {position} for {seconds} s, and the log goes on to {log_end}"
    )]
    Stalled {
        /// The tables' position.
        position: u64,
        /// The position of the log's last event.
        log_end: u64,
        /// For how long.
        seconds: u64,
    },
    /// Whoever leads is held up, such as by an event store that is away.
    #[error("the leading projector has been held up for {seconds} s: {trouble}")]
    HeldUp {
        /// What the leader says.
        trouble: String,
        /// For how long.
        seconds: u64,
    },
}

/// The state of the tables as last seen.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) position: u64,
    /// Whether the tables were ever seen to have caught up; losing the database does not change that.
    pub(super) caught_up: bool,
    pub(super) ready: Result<(), NotReady>,
    leader: Option<Leader>,
    /// Since when the position has not moved although the log has more events.
    still_since: Option<Instant>,
    /// What the leader is held up by, and since when.
    held_up: Option<(String, Instant)>,
}

/// What the lease on the projection says.
#[derive(Debug, Clone, Copy)]
struct Leader {
    /// It expires then, unless it is renewed.
    until: Instant,
    log_end: u64,
    /// Everything that was in the log at this moment is in the tables, for all that is known.
    complete_until: Option<Instant>,
}

impl Seen {
    pub(super) const fn nothing() -> Self {
        let ready = Err(NotReady::NotReached);
        Self { position: 0, caught_up: false, ready, leader: None, still_since: None, held_up: None }
    }

    /// Looks at the tables again.
    pub(super) async fn look(&self, listener: &mut PgListener, schema: &str) -> Result<Self, sqlx::Error> {
        let schema = schema.to_owned();
        let difference = match migrations::difference(&mut *listener, &schema).await {
            Err(error) if is(&error, UNDEFINED_TABLE) => {
                return Ok(self.without(NotReady::NoTables { schema }));
            }
            difference => difference?,
        };
        let looked_at = Instant::now();
        let row = sqlx::query!(
            r#"SELECT position, caught_up, log_end AS "log_end?", trouble,
                extract(epoch FROM expires_at - clock_timestamp())::float8 AS led_for,
                extract(epoch FROM clock_timestamp() - complete_until)::float8 AS incomplete_for
            FROM projection LEFT JOIN leases ON name = $1"#,
            PROJECTION_LEASE
        );
        let row = match row.fetch_optional(listener).await {
            Ok(Some(row)) => row,
            Err(error) if !is(&error, UNDEFINED_TABLE) => return Err(error),
            Ok(None) | Err(_) => {
                return Ok(self.without(match difference {
                    // Such as the table of leases.
                    Some(difference) => NotReady::OtherRelease { difference },
                    None => NotReady::NoPosition { schema },
                }));
            }
        };
        let position = number("position", row.position)?;
        let leader = match row.log_end {
            None => None,
            Some(log_end) => Some(Leader {
                until: looked_at + seconds(row.led_for),
                log_end: number("log_end", log_end)?,
                complete_until: row.incomplete_for.and_then(|ago| looked_at.checked_sub(seconds(Some(ago)))),
            }),
        };
        let ready = match difference {
            Some(difference) => Err(NotReady::OtherRelease { difference }),
            None if !row.caught_up => Err(NotReady::CatchingUp { position }),
            None => Ok(()),
        };
        let since = self.held_up.as_ref().map_or(looked_at, |(_, since)| *since);
        let held_up = row.trouble.map(|trouble| (trouble, since));
        let mut seen = Self { caught_up: row.caught_up, ready, leader, held_up, ..self.clone() };
        seen.reach(position, looked_at);
        Ok(seen)
    }

    /// The same, with tables that say nothing.
    fn without(&self, why: NotReady) -> Self {
        Self { ready: Err(why), leader: None, still_since: None, held_up: None, ..self.clone() }
    }

    /// The tables are at this position.
    pub(super) fn reach(&mut self, position: u64, now: Instant) {
        let is_behind = self.leader.is_some_and(|leader| position < leader.log_end);
        let has_moved = position != self.position;
        self.still_since = match self.still_since {
            _ if !is_behind => None,
            Some(since) if !has_moved => Some(since),
            _ => Some(now),
        };
        self.position = position;
    }

    /// Whether somebody holds the lease on the projection.
    pub(super) fn leader(&self, now: Instant) -> Result<(), NotFollowing> {
        match self.leader {
            _ if self.is_unknown() => Err(NotFollowing::Unknown),
            Some(leader) if now < leader.until => Ok(()),
            _ => Err(NotFollowing::NoLeader),
        }
    }

    /// Whether the tables follow the log. As far as is known: while nobody leads, nobody looks how long the log is.
    pub(super) fn stalled(&self, now: Instant) -> Result<(), NotFollowing> {
        let still = self.still_since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        match self.leader {
            Some(Leader { log_end, .. }) if STALLED_AFTER <= still => {
                return Err(NotFollowing::Stalled {
                    position: self.position,
                    log_end,
                    seconds: still.as_secs(),
                });
            }
            _ => {}
        }
        let Some((trouble, since)) = self.held_up.as_ref().filter(|_| self.leader(now).is_ok()) else {
            return Ok(());
        };
        let held_up = now.saturating_duration_since(*since);
        if held_up < STALLED_AFTER {
            return Ok(());
        }
        Err(NotFollowing::HeldUp { trouble: trouble.clone(), seconds: held_up.as_secs() })
    }

    /// How old the oldest event is that may be missing from the tables; none if that is not known.
    pub(super) fn lag(&self, now: Instant) -> Option<Duration> {
        let leader = self.leader.filter(|_| !self.is_unknown())?;
        // A leader that has not told how far it is has no end of the log either.
        let complete_until = leader.complete_until?;
        // One that is held up may not know how far the log is by now.
        if self.leader(now).is_ok() && self.held_up.is_none() && leader.log_end <= self.position {
            return Some(Duration::ZERO);
        }
        Some(now.saturating_duration_since(complete_until))
    }

    pub(super) const fn is_unknown(&self) -> bool {
        use NotReady::{Ended, Lost, NoPosition, NoTables, NotReached};
        matches!(self.ready, Err(NotReached | Lost | NoTables { .. } | NoPosition { .. } | Ended))
    }
}

/// A number of seconds that the database has computed. Less than none is none.
fn seconds(number: Option<f64>) -> Duration {
    number.and_then(|number| Duration::try_from_secs_f64(number).ok()).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was seen of tables at this position, ten seconds of the lease being left.
    fn seen(now: Instant, position: u64, log_end: u64) -> Seen {
        let leader = Leader { until: now + Duration::from_secs(5), log_end, complete_until: Some(now) };
        let mut seen = Seen { ready: Ok(()), leader: Some(leader), ..Seen::nothing() };
        seen.reach(position, now);
        seen
    }

    #[test]
    fn a_projection_that_stands_still_behind_the_log_is_told_after_ten_seconds() {
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        let mut one = seen(now, 70, 140);
        one.reach(70, after(5));
        assert_eq!(one.stalled(after(9)), Ok(()));
        let stalled = NotFollowing::Stalled { position: 70, log_end: 140, seconds: 12 };
        assert_eq!(one.stalled(after(12)), Err(stalled));
        one.reach(80, after(13));
        assert_eq!(one.stalled(after(22)), Ok(()), "it moves");
        one.reach(140, after(23));
        assert_eq!(one.stalled(after(100)), Ok(()), "there is nothing to do");
        assert_eq!(seen(now, 140, 140).stalled(after(100)), Ok(()));
    }

    #[test]
    fn the_lag_is_none_while_somebody_leads_who_has_everything() {
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        assert_eq!(seen(now, 140, 140).lag(after(4)), Some(Duration::ZERO));
        assert_eq!(seen(now, 140, 140).lag(after(8)), Some(Duration::from_secs(8)), "nobody leads any more");
        assert_eq!(seen(now, 70, 140).lag(after(4)), Some(Duration::from_secs(4)));
        let held_up = Some(("the store is away".to_owned(), now));
        let held_up = Seen { held_up, ..seen(now, 140, 140) };
        assert_eq!(held_up.lag(after(4)), Some(Duration::from_secs(4)), "the log may go on unseen");
        assert_eq!(Seen::nothing().lag(now), None);
    }

    #[test]
    fn a_lease_is_led_by_until_it_expires() {
        let now = Instant::now();
        let one = seen(now, 0, 0);
        assert_eq!(one.leader(now + Duration::from_secs(4)), Ok(()));
        assert_eq!(one.leader(now + Duration::from_secs(5)), Err(NotFollowing::NoLeader));
        assert_eq!(Seen::nothing().leader(now), Err(NotFollowing::Unknown));
        let lost = Seen { ready: Err(NotReady::Lost), ..one };
        assert_eq!(lost.leader(now), Err(NotFollowing::Unknown), "the database may know better");
    }
}
