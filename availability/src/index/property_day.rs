//! The starts of one day at which a property can be visited.

use chrono::{DateTime, Utc};
use schemas::AgentId;

use super::bits::{BitDay, UtcDay};
use crate::day::{LocalDay, days_in};
use crate::{Interval, PropertyCalendar, PropertyVisit, ShowingAgent, WantedVisit};

/// For whatever agent, and those that depend on the agent.
///
/// What depends on the agent is only whether the visit would share the slot of one that is there: then it takes no more of
/// the property's time.
pub(super) struct PropertyDay<'a> {
    property: &'a PropertyCalendar,
    /// The wanted visit, of no agent; only its length and type matter.
    visit: WantedVisit<'a>,
    day: UtcDay,
    now: DateTime<Utc>,
    /// Whether it is closed all day.
    pub(super) is_closed: bool,
    /// The starts at which nothing speaks against a visit.
    free: BitDay,
    /// The other starts of visits that are there, which their agents may share.
    shared: Vec<(usize, &'a AgentId)>,
}

impl<'a> PropertyDay<'a> {
    pub(super) fn of(
        property: &'a PropertyCalendar,
        visit: WantedVisit<'a>,
        day: UtcDay,
        now: DateTime<Utc>,
    ) -> Self {
        let length = visit.interval.length();
        let window = day.window();
        let touched = Interval::new(window.start, window.end + length);
        let hours = property.open_in(touched);
        let mut open = BitDay::default();
        for hours in &hours {
            let last = hours.end - length;
            if hours.start <= last {
                open.fill(day.first_bit_from(hours.start), day.first_bit_after(last));
            }
        }
        open = open.without(&BitDay::range(0, day.first_bit_from(property.earliest(now))));
        let there: Vec<&PropertyVisit> = property.visits_near(touched, now).collect();
        let taken = busy(property, &there, &visit, day, now).or(&spent(property, day, now));
        let alike = there.iter().filter(|other| {
            other.appointment_type == *visit.appointment_type && other.interval().length() == length
        });
        let starts = alike.filter_map(|other| Some((day.bit(other.start)?, &other.agent_id)));
        let shared = starts.filter(|(bit, _)| open.and(&taken).contains(*bit)).collect();
        let free = open.without(&taken);
        Self { property, visit, day, now, is_closed: hours.is_empty(), free, shared }
    }

    /// The starts for this agent.
    pub(super) fn for_agent(&self, agent: Option<ShowingAgent<'_>>) -> BitDay {
        let mut starts = self.free;
        let Some(agent) = agent else { return starts };
        for (bit, _) in self.shared.iter().filter(|(_, other)| *other == agent.agent_id) {
            let visit = WantedVisit { agent: Some(agent), ..at(&self.visit, self.day.instant(*bit)) };
            if self.property.judge(&visit, self.now).is_ok() {
                starts.insert(*bit);
            }
        }
        starts
    }
}

fn at<'v>(visit: &WantedVisit<'v>, start: DateTime<Utc>) -> WantedVisit<'v> {
    WantedVisit { interval: Interval::new(start, start + visit.interval.length()), ..*visit }
}

/// The starts at which as many visits are there as may be.
fn busy(
    property: &PropertyCalendar,
    there: &[&PropertyVisit],
    visit: &WantedVisit<'_>,
    day: UtcDay,
    now: DateTime<Utc>,
) -> BitDay {
    let mut busy = BitDay::default();
    let Some(most) = property.simultaneous_visits() else { return busy };
    for other in there {
        let after =
            other.start.checked_sub_signed(visit.interval.length()).unwrap_or(DateTime::<Utc>::MIN_UTC);
        busy.fill(day.first_bit_after(after), day.first_bit_from(other.end));
    }
    if most == 1 {
        return busy;
    }
    let has_room = |bit: &usize| property.has_room_for(&at(visit, day.instant(*bit)), now);
    busy.iter().filter(has_room).fold(busy, |busy, bit| busy.without(&BitDay::range(bit, bit + 1)))
}

/// The starts on dates that have as many visits as they may have, or are in such a week.
fn spent(property: &PropertyCalendar, day: UtcDay, now: DateTime<Utc>) -> BitDay {
    let mut spent = BitDay::default();
    for LocalDay { date, window } in days_in(property.time_zone(), day.window()) {
        let mut limits = property.limits_of(date);
        if limits.any(|(within, limit)| property.visits_in(within, now) >= usize::from(limit)) {
            spent.fill(day.first_bit_from(window.start), day.first_bit_from(window.end));
        }
    }
    spent
}
