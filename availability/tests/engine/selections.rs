//! Searches of an index for slots in windows, and for one of each start or window, against all slots.

use availability::{OnePer, Searched, Selection, Slot, SlotIndex, SlotQuery, Windows, slots};
use chrono::{DateTime, TimeDelta, Utc, Weekday};
use proptest::collection::vec;
use proptest::prelude::*;
use schemas::LocalTime;
use schemas::value::LocalInterval;

use crate::random::{CODES, Scenario, scenario};
use crate::support::code;

type Found = Vec<(Slot, usize)>;

fn whole(start: u16, length: u16) -> LocalInterval {
    let time = |minutes: u16| LocalTime::try_from_minutes(minutes.min(1440)).expect("a time of day");
    LocalInterval { start_time: time(start), end_time: time(start + length) }
}

/// The slots that should be found, from all slots of the agents in order.
fn expected(all: &Found, selection: Selection<'_>, limit: usize) -> Found {
    let window = |slot: &Slot| selection.windows.map(|windows| windows.around(slot.start));
    let mut found: Found = all.iter().copied().filter(|(slot, _)| window(slot) != Some(None)).collect();
    match selection.one_per {
        Some(OnePer::Start) => found.dedup_by_key(|(slot, _)| slot.start),
        Some(OnePer::Window) => found.dedup_by_key(|(slot, _)| window(slot)),
        None => {}
    }
    found.truncate(limit);
    found
}

fn found(
    index: &SlotIndex<usize>,
    query: &SlotQuery<'_>,
    selection: Selection<'_>,
    now: DateTime<Utc>,
) -> Found {
    let everyone = |_: &usize| true;
    let found = index.slots_within(&Searched::Each(&everyone), query, selection, now, &mut |_| true);
    found.slots.iter().map(|found| (found.slot, *found.agent)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn selected_slots_are_those_of_all_slots_that_fit(
        Scenario { agent, office, window, now } in scenario(),
        kind in 0..CODES.len(),
        parts in vec((0..1440_u16, 1..600_u16), 1..4),
        weekdays in vec(any::<bool>(), 7),
        limit in 1..9_usize,
    ) {
        let tz = agent.time_zone();
        let kind = code(CODES[kind]);
        let mut index = SlotIndex::new(office);
        let mut other = agent.clone();
        other.set_time_zone(chrono_tz::Tz::Asia__Kathmandu);
        index.insert_agent(0, other);
        index.insert_agent(1, agent);
        let query = SlotQuery {
            appointment_type: &kind,
            from: window.start + TimeDelta::minutes(7),
            to: window.end,
            property_id: None,
            lead_id: None,
            limit: usize::MAX,
        };
        let mut all: Found = Vec::new();
        for (key, agent) in index.agents() {
            all.extend(slots(agent, index.office(), &query, now).into_iter().map(|slot| (slot, *key)));
        }
        all.sort_by_key(|(slot, key)| (slot.start, *key));

        let parts: Vec<_> = parts.into_iter().map(|(start, length)| whole(start, length)).collect();
        let dates = (window.start.date_naive(), window.end.date_naive());
        let is_wanted = |weekday: Weekday| weekdays[weekday.num_days_from_monday() as usize];
        let some = Windows::of_dates(tz, dates, is_wanted, &parts);
        for windows in [None, Some(&some)] {
            for one_per in [None, Some(OnePer::Start), Some(OnePer::Window)] {
                let selection = Selection { windows, one_per };
                for limit in [limit, usize::MAX] {
                    let query = SlotQuery { limit, ..query };
                    prop_assert_eq!(
                        found(&index, &query, selection, now),
                        expected(&all, selection, limit),
                        "{:?}", selection
                    );
                }
            }
        }
        // Days without a window cost nothing.
        let mut asked = 0;
        let everyone = |_: &usize| true;
        let none = Windows::default();
        let selection = Selection { windows: Some(&none), one_per: None };
        let found = index.slots_within(&Searched::Each(&everyone), &query, selection, now, &mut |_| {
            asked += 1;
            true
        });
        prop_assert!(found.slots.is_empty() && found.searched_until.is_none());
        prop_assert_eq!(asked, 0);
    }
}
