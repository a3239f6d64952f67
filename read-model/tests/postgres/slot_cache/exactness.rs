//! Only entries that are valid for the query's own snapshot of the tables are used.

use availability::Interval;
use chrono::TimeDelta;
use read_model::postgres::{SlotCache, SlotCacheUsage};
use read_model::{Event, Limit, PageRequest, PostgresReadModel, ReadModel, SlotSearch, StartFilter};
use redis::AsyncCommands as _;
use schemas::event::{
    AppointmentCancelled, AppointmentConfirmed, DateExceptionSet, HoldReleased, OfficePolicySet,
    OfficeUnblocked, SlotHeld,
};
use schemas::value::OfficePolicy;
use schemas::{Actor, ActorKind, BlockId, HoldId};
use uuid::Uuid;

use super::{Office, memory, raw_redis, redis};
use crate::alarm::booked;
use crate::history::{LEADS, VISIT};
use crate::support::{appointment_id, begin};

#[tokio::test]
async fn what_was_so_before_is_not_used_again_even_if_a_cache_is_restored() {
    let mut office = Office::new("restored").await;
    let (cache, mut raw, now) = (redis(), raw_redis().await, begin());
    let asked = office.with(&cache);
    let cold = office.same_with(&asked, &cache, now).await;
    assert!(cold.misses > 0 && cold.errors == 0, "{cold:?}");
    let warm = office.same_with(&asked, &cache, now).await;
    assert!(warm.misses == 0 && warm.hits > 0, "{warm:?}");

    let old = office.kept(&mut raw).await;
    assert_eq!(old.len(), 6, "three agents, two types: {old:?}");
    office.tell("7", booked(1, "7", now + TimeDelta::hours(1), 1)).await;
    let changed = office.same_with(&asked, &cache, now).await;
    assert_eq!(changed.misses, 2, "one agent, two types");
    let new = office.kept(&mut raw).await;
    assert_eq!(old.iter().zip(&new).filter(|(old, new)| old != new).count(), 2);
    for (key, bytes) in &old {
        let () = raw.set(key, &bytes[..]).await.unwrap();
    }
    let restored = office.same_with(&asked, &cache, now).await;
    assert_eq!(restored.misses, 2, "what was so before is passed over");

    // Only events that change the calendar invalidate its entries.
    let confirmed = AppointmentConfirmed { appointment_id: appointment_id(1) };
    office.tell("7", confirmed).await;
    let same = office.same_with(&asked, &cache, now).await;
    assert_eq!(same.misses, 0, "a confirmation takes no time");
    let cancelled_by = Actor { kind: ActorKind::Chat, id: "chat-1".to_owned() };
    let cancelled = AppointmentCancelled {
        appointment_id: appointment_id(1),
        cancelled_by,
        reason: None,
        requested_by: None,
    };
    office.tell("7", cancelled).await;
    assert_eq!(office.same_with(&asked, &cache, now).await.misses, 2, "a cancellation gives time back");
}

/// Two visits at one property need no travel time between them: a search for it finds starts that others do not.
#[tokio::test]
async fn a_visit_at_the_property_asked_about_brings_starts_that_are_not_kept() {
    let mut office = Office::new("property").await;
    let policy = OfficePolicy { travel_minutes: 120, ..fixtures::policy() };
    office.log.append(Event::Office(OfficePolicySet { policy }.into()), begin());
    // A day without shared slots, so that the rules are not checked anyway.
    let begins = begin() + TimeDelta::days(3);
    let (date, day) = ("2026-12-03", Interval::new(begins, begins + TimeDelta::hours(11)));
    let exception =
        serde_json::json!({"date": date, "intervals": [{"start_time": "09:00", "end_time": "20:00"}]});
    office.tell("7", serde_json::from_value::<DateExceptionSet>(exception).unwrap()).await;
    let mut visit = booked(1, "7", day.start + TimeDelta::hours(5), 1);
    visit.property_id = Some("P-1".parse().unwrap());
    office.tell("7", visit).await;

    let at = |property: &str| SlotSearch {
        appointment_type: VISIT.parse().unwrap(),
        from: day.start,
        to: day.end,
        agent_ids: vec!["7".parse().unwrap()],
        starts: StartFilter::default(),
        property_id: Some(property.parse().unwrap()),
        lead_id: None,
        zone: None,
        explain: None,
        page: PageRequest { limit: Limit::try_new(200).unwrap(), cursor: None },
    };
    let memory_model = ReadModel::from(office.log.memory.clone());
    for cache in [memory(), redis()] {
        let asked = office.with(&cache);
        let mut found = Vec::new();
        // First for a property without a visit, so that the cached free time includes travel time.
        for property in ["P-9", "P-1", "P-9"] {
            let right = memory_model.slots(&at(property), begin()).await.unwrap();
            assert_eq!(asked.slots(&at(property), begin()).await.unwrap(), right, "{property}");
            found.push(right.value.slots.items.len());
        }
        assert!(found[1] > found[0] && found[0] > 0, "the way makes no difference: {found:?}");
        assert_eq!((cache.usage().hits, cache.usage().misses), (2, 1));
    }
}

/// From a quarter past ten in the evening to two in the night: a visit at a quarter to twelve is of both dates.
#[tokio::test]
async fn a_visit_over_midnight_takes_kept_time_of_both_its_dates() {
    let mut office = Office::new("over_midnight").await;
    let exception = serde_json::json!(
        {"date": "2026-12-03", "intervals": [{"start_time": "22:15", "end_time": "02:00"}]}
    );
    office.tell("7", serde_json::from_value::<DateExceptionSet>(exception).unwrap()).await;
    let midnight = "2026-12-04T03:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let search = |from: i64, to: i64| SlotSearch {
        appointment_type: VISIT.parse().unwrap(),
        from: midnight + TimeDelta::hours(from),
        to: midnight + TimeDelta::hours(to),
        agent_ids: vec!["7".parse().unwrap()],
        property_id: None,
        lead_id: None,
        zone: None,
        explain: None,
        starts: StartFilter::default(),
        page: PageRequest { limit: Limit::try_new(200).unwrap(), cursor: None },
    };
    let caches = [memory(), redis()];
    let mut found = Vec::new();
    for is_booked in [false, true] {
        if is_booked {
            office.tell("7", booked(1, "7", midnight - TimeDelta::minutes(15), 1)).await;
        }
        let right = ReadModel::from(office.log.memory.clone());
        let mut counts = Vec::new();
        for question in [search(-6, 0), search(0, 6)] {
            let expected = right.slots(&question, begin()).await.unwrap();
            for cache in &caches {
                let asked = office.with(cache);
                assert_eq!(asked.slots(&question, begin()).await.unwrap(), expected, "{is_booked}");
            }
            counts.push(expected.value.slots.items.len());
        }
        found.push(counts);
    }
    assert!(found[1][0] < found[0][0], "the evening: {found:?}");
    assert!(found[1][1] < found[0][1], "the night: {found:?}");
}

#[tokio::test]
async fn a_change_of_the_office_is_a_change_for_everyone() {
    let mut office = Office::new("office").await;
    for cache in [memory(), redis()] {
        let asked = office.with(&cache);
        office.same_with(&asked, &cache, begin()).await;
        assert_eq!(office.same_with(&asked, &cache, begin()).await.misses, 0);
        let unblocked = OfficeUnblocked { block_id: BlockId::new(Uuid::from_u128(1)), date: None };
        office.log.append(Event::Office(unblocked.into()), begin());
        office.project().await;
        assert_eq!(office.same_with(&asked, &cache, begin()).await.misses, 6);
    }
}

#[tokio::test]
async fn garbage_and_what_is_of_someone_else_is_not_used() {
    let office = Office::new("garbage").await;
    let (cache, mut raw, now) = (redis(), raw_redis().await, begin());
    let asked = office.with(&cache);
    office.same_with(&asked, &cache, now).await;
    let kept = office.kept(&mut raw).await;
    let visits: Vec<_> = kept.iter().filter(|(key, _)| key.contains(VISIT)).collect();
    let [(key, right), (_, of_another), ..] = &visits[..] else { panic!("{visits:?}") };
    let mut wrong =
        vec![of_another.clone(), Vec::new(), b"garbage".to_vec(), vec![0; 500], right[..40].to_vec()];
    for at in (0..right.len()).step_by(5) {
        let mut flipped = right.clone();
        flipped[at] ^= 1 << (at % 8);
        wrong.push(flipped);
    }
    for wrong in wrong {
        let () = raw.set(key, &wrong[..]).await.unwrap();
        let used = office.same_with(&asked, &cache, now).await;
        assert!(used.misses > 0 && used.errors == 0, "{used:?}: {wrong:?}");
    }
    let () = raw.del(key).await.unwrap();
    let () = raw.lpush(key, "a list").await.unwrap();
    assert!(office.same_with(&asked, &cache, now).await.misses > 0);
    assert_eq!(office.same_with(&asked, &cache, now).await.misses, 0, "it is replaced");
}

#[tokio::test]
async fn tables_that_are_made_anew_do_not_meet_what_was_of_those_before() {
    let before = Office::new("anew").await;
    let now = begin();
    for cache in [memory(), redis()] {
        let asked = before.with(&cache);
        before.same_with(&asked, &cache, now).await;
        // The same schema, and another log with other events at the same positions.
        before.writer.reset().await.unwrap();
        let mut anew = Office {
            log: crate::history::History::new().log,
            settings: before.settings.clone(),
            applied: 0,
            writer: PostgresReadModel::new(before.settings.clone()),
        };
        for event in &mut anew.log.events {
            if let Event::Agent(_, schemas::AgentEvent::AgentRegistered(registered)) = &mut event.event {
                registered.profile.time_zone = chrono_tz::Tz::Asia__Tokyo;
            }
        }
        anew.log.memory = read_model::MemoryReadModel::new();
        anew.log.memory.apply(anew.log.events.clone()).unwrap();
        anew.project().await;
        assert_eq!(anew.same_with(&asked, &cache, now).await.misses, 6);
        // Restored for the next cache.
        before.writer.reset().await.unwrap();
        before.writer.apply(&before.log.events, &[]).await.unwrap();
    }
}

/// What one process computed is used by another, a while later or with a clock that is behind.
#[tokio::test]
async fn time_that_passes_changes_the_answers_and_not_what_is_kept() {
    for cache in [memory(), redis()] {
        let mut office = Office::new("time").await;
        let start = begin() + TimeDelta::hours(2);
        let (id, expires_at) =
            (|number: u8| HoldId::new(Uuid::from_u128(number.into())), begin() + TimeDelta::minutes(10));
        let hold = |number: u8, lead: &str| SlotHeld {
            lead_id: lead.parse().unwrap(),
            buffer_before_minutes: 10,
            buffer_after_minutes: 20,
            ..fixtures::held(id(number), start + TimeDelta::days(i64::from(number)), 30, expires_at)
        };
        office.tell("7", hold(0, LEADS[0])).await;
        office.tell("10", hold(1, LEADS[1])).await;
        let asked = office.with(&cache);
        let mut misses = Vec::new();
        for minutes in [0, -1, 5, 9, 10, 11, 600, 1_000, 1_440, 2_000, 2_881, 40_000] {
            let now = begin() + TimeDelta::minutes(minutes);
            misses.push(office.same_with(&asked, &cache, now).await.misses);
        }
        // A minute back, ten minutes and the next morning on, the entries are still valid; then the days move on.
        assert_eq!(misses[..8], [6, 0, 0, 0, 0, 0, 0, 0], "{misses:?}");
        assert!(misses[8..11].iter().sum::<u64>() >= 6, "{misses:?}");
        // A process whose clock is hours behind finds no entry valid yet, and overwrites none.
        assert!(office.same_with(&asked, &cache, begin() - TimeDelta::hours(7)).await.misses >= 6);
        office.tell("7", HoldReleased { hold_id: id(0) }).await;
        office.same_with(&asked, &cache, begin()).await;
        assert_eq!(office.same_with(&asked, &cache, begin()).await.misses, 0, "a later position is later");
    }
}

#[tokio::test]
async fn two_processes_share_redis_and_two_schemas_do_not() {
    let (one, other) = (Office::new("sharing").await, Office::new("alone").await);
    let (first, second) = (redis(), redis());
    assert_eq!(one.same_with(&one.with(&first), &first, begin()).await.misses, 6);
    assert_eq!(one.same_with(&one.with(&second), &second, begin()).await.misses, 0);
    assert_eq!(other.same_with(&other.with(&second), &second, begin()).await.misses, 6);
}

#[tokio::test]
async fn without_a_cache_nothing_is_counted() {
    let office = Office::new("without").await;
    let asked: ReadModel = office.writer.clone().into();
    assert_eq!(office.same_with(&asked, &SlotCache::None, begin()).await, SlotCacheUsage::default());
}
