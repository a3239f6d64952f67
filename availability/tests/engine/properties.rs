//! Properties: when they can be visited, by whom they are shown, and the search for both.

use std::collections::BTreeSet;

use availability::{
    AgentCalendar, Finding, Interval, OfficeCalendar, Overlap, PropertyCalendar, PropertyVisit, Reason,
    ShowingAgent, SlotIndex, SlotQuery, SlotRequest, VisitCaps, VisitId, WantedVisit, check, explain, slots,
    zone,
};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use schemas::value::{AppointmentType, AvailabilityRule, DateException, LocationKind};
use schemas::{AgentId, AppointmentId, HoldId, RuleId};

use crate::model::Model;
use crate::random::{CODES, Scenario, numbered, rule, scenario, some_block, some_exception};
use crate::support::{
    VISIT, agent, at, call, code, date, days_blocked, lead, office, property, query, request, uuid, visit,
    weekly,
};

fn id(number: usize) -> AgentId {
    number.to_string().parse().expect("a number is an id")
}

/// Its rules are left to [`furnish`].
fn some_property(tz: Tz, date: NaiveDate) -> impl Strategy<Value = PropertyCalendar> {
    let hours = (
        numbered(0..6, move |number| rule(number, date)),
        vec(some_exception(date), 0..2),
        numbered(0..2, move |number| some_block(number, tz, date)),
    );
    let limits =
        (option::weighted(0.4, 1..3_u16), option::weighted(0.3, 1..5_u16), select(vec![0, 0, 30, 600_u32]));
    let overlap = select(vec![
        Overlap::Exclusive,
        Overlap::Exclusive,
        Overlap::Shared { simultaneous_visits: 2 },
        Overlap::Announced,
    ]);
    let agents = (vec(0..4_usize, 0..3), any::<bool>());
    (hours, limits, overlap, agents, proptest::bool::weighted(0.95)).prop_map(
        move |(
            (rules, exceptions, blocks),
            (per_day, per_week, notice),
            overlap,
            (agents, by_area),
            active,
        )| {
            let mut property = PropertyCalendar::new(tz);
            property.replace_rules(rules);
            for exception in exceptions {
                property.set_exception(exception);
            }
            for block in blocks {
                property.block(block);
            }
            property.set_caps(VisitCaps { per_day, per_week });
            property.set_notice_minutes(notice);
            property.set_overlap(overlap);
            property.set_area(Some("Ñuñoa".to_owned()), Some("Metropolitana".to_owned()));
            if !by_area {
                property.set_agent_ids(agents.into_iter().map(id));
            }
            property.set_active(active);
            property
        },
    )
}

/// A visit of an agent, at a time in the window that is likely to be met.
#[derive(Debug, Clone)]
struct SomeVisit {
    agent: usize,
    kind: usize,
    minute: i64,
    length: Option<i64>,
    expires_in: Option<i64>,
}

fn some_visit() -> impl Strategy<Value = SomeVisit> {
    let minute = (0..4320_i64).prop_map(|minute| minute / 15 * 15);
    (0..3_usize, 0..3_usize, minute, option::weighted(0.3, 5..200_i64), option::weighted(0.3, -30..30_i64))
        .prop_map(|(agent, kind, minute, length, expires_in)| SomeVisit {
            agent,
            kind,
            minute,
            length,
            expires_in,
        })
}

/// Gives the property these visits, and each appointment and hold of the agents that it could be about.
fn furnish(
    property: &mut PropertyCalendar,
    visits: &[SomeVisit],
    Scenario { agent, office, window, now }: &Scenario,
) {
    for (number, some) in (9000..).zip(visits) {
        let kind = office.appointment_type(&code(CODES[some.kind])).expect("every type is in use");
        let start = window.start + TimeDelta::minutes(some.minute);
        let length = some.length.unwrap_or(i64::from(kind.duration_minutes));
        property.add_visit(PropertyVisit {
            visit_id: VisitId::Hold(HoldId::new(uuid(number))),
            agent_id: id(some.agent),
            appointment_type: kind.code.clone(),
            start,
            end: start + TimeDelta::minutes(length),
            expires_at: some.expires_in.map(|minutes| *now + TimeDelta::minutes(minutes)),
        });
    }
    for booking in agent.bookings() {
        property.add_visit(PropertyVisit {
            visit_id: VisitId::Appointment(booking.appointment_id),
            agent_id: id(0),
            appointment_type: booking.appointment_type.clone(),
            start: booking.start,
            end: booking.end,
            expires_at: None,
        });
    }
}

fn scene() -> impl Strategy<Value = (Scenario, PropertyCalendar)> {
    (scenario(), vec(some_visit(), 0..6)).prop_flat_map(|(mut scenario, visits)| {
        scenario.agent.set_owner(id(0), vec!["ñuñoa".to_owned()]);
        let middle = scenario.window.start + TimeDelta::hours(36);
        let tz = scenario.office.time_zone();
        some_property(tz, zone::local_date(tz, middle)).prop_map(move |mut property| {
            furnish(&mut property, &visits, &scenario);
            (scenario.clone(), property)
        })
    })
}

/// An agent who has the property's hours and blocks, and nothing else: by what the slow model says of it, the property can
/// be visited.
struct Oracle<'a> {
    property: &'a PropertyCalendar,
    keeper: AgentCalendar,
    office: OfficeCalendar,
    kind: AppointmentType,
}

impl<'a> Oracle<'a> {
    fn new(property: &'a PropertyCalendar, kind: &AppointmentType) -> Self {
        let mut keeper = AgentCalendar::new(property.time_zone(), false);
        let every_day = Weekday::Mon.num_days_from_monday()..7;
        let always = every_day.map(|day| {
            let day = Weekday::try_from(u8::try_from(day).expect("seven")).expect("seven");
            weekly(u128::from(day.num_days_from_monday()), day, "00:00", "24:00")
        });
        let hours: Vec<AvailabilityRule> = if property.rules().next().is_none() {
            always.collect()
        } else {
            property.rules().map(|rule| AvailabilityRule { appointment_type: None, ..rule.clone() }).collect()
        };
        keeper.replace_rules(hours);
        for exception in property.exceptions() {
            keeper.set_exception(exception.clone());
        }
        for block in property.blocks() {
            keeper.block(block.clone());
        }
        let mut office = office(property.time_zone());
        office.define_type(AppointmentType {
            slot_step_minutes: 1,
            buffer_before_minutes: 0,
            buffer_after_minutes: 0,
            min_notice_minutes: 0,
            horizon_days: 700,
            daily_limit: None,
            ..kind.clone()
        });
        Self { property, keeper, office, kind: kind.clone() }
    }

    fn model(&self, window: Interval) -> Model<'_> {
        Model::new(&self.keeper, &self.office, window, &self.kind.code)
    }

    /// Each reason against the visit, by counting minute after minute.
    fn reasons(
        &self,
        model: &Model<'_>,
        visit: &WantedVisit<'_>,
        notice: TimeDelta,
        now: DateTime<Utc>,
    ) -> BTreeSet<Reason> {
        let mut reasons = BTreeSet::new();
        let (Interval { start, end }, tz) = (visit.interval, self.property.time_zone());
        if visit.is_visit {
            let long_ago = start - TimeDelta::days(1);
            let is_open = model.answer(&request(&self.kind.code, start), long_ago).is_ok();
            if !self.property.is_active() || !is_open || start - now < notice {
                reasons.insert(Reason::PropertyClosed);
            }
            let there: Vec<_> = self
                .property
                .visits()
                .filter(|other| other.expires_at.is_none_or(|expires_at| now < expires_at))
                .filter(|other| visit.moving.is_none_or(|id| other.visit_id != VisitId::Appointment(id)))
                .collect();
            let who = visit.agent.map(|agent| agent.agent_id);
            let joins = there.iter().any(|other| {
                (other.start, other.end) == (start, end)
                    && other.appointment_type == self.kind.code
                    && Some(&other.agent_id) == who
            });
            let count = |counts: &dyn Fn(&PropertyVisit) -> bool| {
                let counted = there.iter().filter(|other| counts(other));
                let parts = |other: &&&PropertyVisit| {
                    (other.start, other.end, other.agent_id.clone(), other.appointment_type.clone())
                };
                counted.map(|other| parts(&other)).collect::<BTreeSet<_>>().len()
            };
            let most = match self.property.overlap() {
                Overlap::Exclusive => 1,
                Overlap::Shared { simultaneous_visits } => usize::from(simultaneous_visits),
                Overlap::Announced => usize::MAX,
            };
            let minutes = (0..(end - start).num_minutes()).map(|minute| start + TimeDelta::minutes(minute));
            let mut at_once =
                minutes.map(|minute| count(&|other| other.start <= minute && minute < other.end));
            if !joins && at_once.any(|there| there >= most) {
                reasons.insert(Reason::PropertyBusy);
            }
            let (date_of, caps) = (|instant| date_of(tz, instant), self.property.caps());
            let same_day = count(&|other| date_of(other.start) == date_of(start));
            let week = |instant| date_of(instant).iso_week();
            let same_week = count(&|other| week(other.start) == week(start));
            let is_spent = |cap: Option<u16>, there| cap.is_some_and(|cap| there >= usize::from(cap));
            if !joins && (is_spent(caps.per_day, same_day) || is_spent(caps.per_week, same_week)) {
                reasons.insert(Reason::PropertyLimit);
            }
        }
        if let Some(agent) = visit.agent {
            let named = self.property.agent_ids();
            let of_area = ["ñuñoa", "metropolitana"];
            let is_near = agent.places.is_empty()
                || agent.places.iter().any(|place| of_area.contains(&&*place.to_lowercase()));
            if if named.is_empty() { !is_near } else { !named.contains(agent.agent_id) } {
                reasons.insert(Reason::AgentNotForProperty);
            }
        }
        reasons
    }
}

/// The date whose day the instant is in.
fn date_of(tz: Tz, instant: DateTime<Utc>) -> NaiveDate {
    let shown = zone::local_date(tz, instant);
    let near = [shown.pred_opt(), Some(shown), shown.succ_opt()];
    let of_day = near.into_iter().flatten().find(|date| zone::day(tz, *date).contains(instant));
    of_day.expect("every instant is in a day")
}

fn starts(window: Interval, step: i64) -> impl Iterator<Item = DateTime<Utc>> {
    (0..(window.end - window.start).num_minutes() / step)
        .map(move |number| window.start + TimeDelta::minutes(number * step))
}

fn reasons(findings: &[Finding]) -> Vec<Reason> {
    findings.iter().map(|finding| finding.reason).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_property_is_judged_as_the_model_judges_it(
        (scenario, mut property) in scene(),
        kind in 0..3_usize,
        notice in select(vec![0, 45, 900_u32]),
    ) {
        property.set_notice_minutes(notice);
        let Scenario { office, window, now, .. } = &scenario;
        let kind = office.appointment_type(&code(CODES[kind])).expect("every type is in use");
        let oracle = Oracle::new(&property, kind);
        let model = oracle.model(*window);
        let moving = scenario.agent.bookings().next().map(|booking| booking.appointment_id);
        let length = TimeDelta::minutes(i64::from(kind.duration_minutes));
        let here = ["Metropolitana".to_owned()];
        let far = ["Punta Arenas".to_owned()];
        let ids = [id(0), id(1), id(2)];
        let agents = [
            None,
            Some(ShowingAgent { agent_id: &ids[0], places: &here }),
            Some(ShowingAgent { agent_id: &ids[1], places: &far }),
            Some(ShowingAgent { agent_id: &ids[2], places: &[] }),
        ];
        for (number, start) in (0..).zip(starts(*window, 15).chain(starts(*window, 97))) {
            let visit = WantedVisit {
                interval: Interval::new(start, start + length),
                appointment_type: &kind.code,
                is_visit: kind.location_kind == LocationKind::Property,
                agent: agents[number % 4],
                moving: moving.filter(|_| number % 3 == 0),
            };
            let expected = oracle.reasons(&model, &visit, TimeDelta::minutes(notice.into()), *now);
            let findings = reasons(&property.findings(&visit, *now));
            prop_assert!(findings.is_sorted());
            prop_assert_eq!(findings.iter().copied().collect::<BTreeSet<_>>(), expected.clone(), "at {}", start);
            prop_assert_eq!(property.judge(&visit, *now).err(), expected.first().copied());
        }
    }

    #[test]
    fn a_slot_at_a_property_obeys_the_rules_of_both((scenario, calendar) in scene(), kind in 0..3_usize) {
        let Scenario { agent, office, window, now } = &scenario;
        let (code, place) = (code(CODES[kind]), property(1));
        let kind = office.appointment_type(&code).expect("every type is in use");
        let mut accepted = Vec::new();
        for start in starts(*window, 5) {
            let without = SlotRequest { property_id: Some(&place), ..request(&code, start) };
            let with = SlotRequest { property: Some(&calendar), ..without };
            let visit = WantedVisit {
                interval: Interval::new(start, start + TimeDelta::minutes(i64::from(kind.duration_minutes))),
                appointment_type: &code,
                is_visit: kind.location_kind == LocationKind::Property,
                agent: agent.as_showing(),
                moving: None,
            };
            let mut expected = explain(agent, office, &without, *now);
            expected.extend(calendar.findings(&visit, *now));
            expected.sort_by_key(|finding| finding.reason);
            let findings = explain(agent, office, &with, *now);
            prop_assert_eq!(&findings, &expected);
            let checked = check(agent, office, &with, *now);
            prop_assert_eq!(checked.err(), findings.first().map(|finding| finding.reason));
            accepted.extend(checked.ok());
        }
        let asked = SlotQuery {
            appointment_type: &code,
            from: window.start,
            to: window.end,
            property_id: Some(&place),
            coordinates: None,
            property: Some(&calendar),
            lead_id: None,
            limit: usize::MAX,
        };
        let on_grid = slots(agent, office, &asked, *now);
        let on_grid: Vec<_> = on_grid.into_iter().filter(|slot| (slot.start - window.start).num_minutes() % 5 == 0).collect();
        prop_assert_eq!(on_grid, accepted);
    }

    #[test]
    fn the_index_finds_at_a_property_what_the_rules_find((scenario, calendar) in scene(), other_zone in any::<bool>()) {
        let Scenario { agent, office, window, now } = &scenario;
        let mut index = SlotIndex::new(office.clone());
        for (number, places) in [(0, vec!["ñuñoa"]), (1, vec!["Valdivia"]), (2, vec![]), (3, vec!["METROPOLITANA"])] {
            let mut own = agent.clone();
            own.set_owner(id(number), places.into_iter().map(str::to_owned).collect());
            if number == 2 && other_zone {
                own.set_time_zone(Tz::Pacific__Easter);
            }
            index.insert_agent(number, own);
        }
        let (who, place) = (lead(1), property(1));
        // What is known of a day must not depend on who asked first.
        for (name, property) in CODES.iter().flat_map(|name| [(name, Some(&calendar)), (name, None), (name, Some(&calendar))]) {
            let code = code(name);
            let asked = SlotQuery {
                appointment_type: &code,
                from: window.start,
                to: window.end,
                property_id: Some(&place),
                coordinates: None,
                property,
                lead_id: Some(&who),
                limit: usize::MAX,
            };
            let mut all = Vec::new();
            for (key, agent) in index.agents() {
                let exact = slots(agent, office, &asked, *now);
                prop_assert_eq!(&index.slots(key, &asked, *now), &exact);
                all.extend(exact.into_iter().map(|slot| (slot, *key)));
            }
            all.sort_by_key(|(slot, key)| (slot.start, *key));
            for limit in [1, 7, usize::MAX] {
                let found = index.slots_across(|_| true, &SlotQuery { limit, ..asked }, *now);
                let found: Vec<_> = found.iter().map(|found| (found.slot, *found.agent)).collect();
                prop_assert_eq!(&found[..], &all[..limit.min(all.len())]);
            }
        }
    }

    #[test]
    fn a_property_reads_back_from_its_snapshot_as_itself((_, property) in scene()) {
        let text = serde_json::to_string(&property).unwrap();
        prop_assert_eq!(serde_json::from_str::<PropertyCalendar>(&text).unwrap(), property);
    }
}

fn shown(number: u128, by: usize, start: &str) -> PropertyVisit {
    let start = at(start);
    PropertyVisit {
        visit_id: VisitId::Appointment(AppointmentId::new(uuid(number))),
        agent_id: id(by),
        appointment_type: code(VISIT),
        start,
        end: start + TimeDelta::hours(1),
        expires_at: None,
    }
}

fn refusal(property: &PropertyCalendar, by: usize, start: &str) -> Option<Reason> {
    let (kind, agent_id, start) = (code(VISIT), id(by), at(start));
    let visit = WantedVisit {
        interval: Interval::new(start, start + TimeDelta::hours(1)),
        appointment_type: &kind,
        is_visit: true,
        agent: Some(ShowingAgent { agent_id: &agent_id, places: &[] }),
        moving: None,
    };
    property.judge(&visit, at("2026-06-01T00:00:00Z")).err()
}

#[test]
fn one_visit_at_a_time_over_all_agents_but_an_open_house_is_one() {
    let mut property = PropertyCalendar::new(Tz::America__Santiago);
    property.add_visit(shown(1, 7, "2026-06-17T14:00:00Z"));
    assert_eq!(refusal(&property, 8, "2026-06-17T14:30:00Z"), Some(Reason::PropertyBusy));
    assert_eq!(refusal(&property, 8, "2026-06-17T14:00:00Z"), Some(Reason::PropertyBusy));
    assert_eq!(refusal(&property, 7, "2026-06-17T14:00:00Z"), None, "the slot of an open house");
    assert_eq!(refusal(&property, 8, "2026-06-17T15:00:00Z"), None);
    property.set_overlap(Overlap::Shared { simultaneous_visits: 2 });
    assert_eq!(refusal(&property, 8, "2026-06-17T14:30:00Z"), None);
    property.add_visit(shown(2, 9, "2026-06-17T15:00:00Z"));
    assert_eq!(refusal(&property, 8, "2026-06-17T14:30:00Z"), None, "never three at once");
    property.add_visit(shown(3, 8, "2026-06-17T14:15:00Z"));
    assert_eq!(refusal(&property, 6, "2026-06-17T14:30:00Z"), Some(Reason::PropertyBusy));
    property.set_overlap(Overlap::Announced);
    assert_eq!(refusal(&property, 6, "2026-06-17T14:30:00Z"), None);
}

#[test]
fn limits_are_of_the_property_s_own_dates_and_weeks() {
    let mut property = PropertyCalendar::new(Tz::America__Santiago);
    property.set_caps(VisitCaps { per_day: Some(1), per_week: Some(2) });
    // Sunday evening there, Monday in UTC.
    property.add_visit(shown(1, 7, "2026-06-15T01:00:00Z"));
    assert_eq!(refusal(&property, 8, "2026-06-14T15:00:00Z"), Some(Reason::PropertyLimit));
    assert_eq!(refusal(&property, 8, "2026-06-15T15:00:00Z"), None);
    property.add_visit(shown(2, 7, "2026-06-16T15:00:00Z"));
    property.add_visit(shown(3, 7, "2026-06-17T15:00:00Z"));
    assert_eq!(refusal(&property, 8, "2026-06-21T15:00:00Z"), Some(Reason::PropertyLimit));
    assert_eq!(refusal(&property, 8, "2026-06-22T15:00:00Z"), None);
    property.remove_visit(VisitId::Appointment(AppointmentId::new(uuid(3))));
    assert_eq!(refusal(&property, 8, "2026-06-21T15:00:00Z"), None);
}

#[test]
fn without_hours_it_is_always_open_and_each_thing_closes_it() {
    let mut property = PropertyCalendar::new(Tz::America__Santiago);
    let noon = "2026-06-17T16:00:00Z";
    assert_eq!(refusal(&property, 7, "2026-06-17T03:30:00Z"), None, "over midnight");
    property.replace_rules([AvailabilityRule {
        rule_id: RuleId::new(uuid(1)),
        ..weekly(1, Weekday::Wed, "12:00", "13:00")
    }]);
    assert_eq!(refusal(&property, 7, noon), None);
    assert_eq!(refusal(&property, 7, "2026-06-17T16:30:00Z"), Some(Reason::PropertyClosed));
    assert_eq!(refusal(&property, 7, "2026-06-18T16:00:00Z"), Some(Reason::PropertyClosed));
    property.set_exception(DateException { date: date("2026-06-17"), intervals: Vec::new() });
    assert_eq!(refusal(&property, 7, noon), Some(Reason::PropertyClosed));
    property.remove_exception(date("2026-06-17"));
    property.block(days_blocked(1, Tz::America__Santiago, date("2026-06-16"), date("2026-06-17")));
    assert_eq!(refusal(&property, 7, noon), Some(Reason::PropertyClosed));
    property.unblock(schemas::BlockId::new(uuid(1)));
    property.set_notice_minutes(60 * 24 * 30);
    assert_eq!(refusal(&property, 7, noon), Some(Reason::PropertyClosed));
    property.set_notice_minutes(0);
    property.set_active(false);
    assert_eq!(refusal(&property, 7, noon), Some(Reason::PropertyClosed));
    property.set_active(true);
    assert_eq!(refusal(&property, 7, noon), None);
}

#[test]
fn it_is_shown_by_those_named_or_else_by_those_of_its_area() {
    let mut property = PropertyCalendar::new(Tz::America__Santiago);
    property.set_area(Some("Ñuñoa".to_owned()), Some("Metropolitana de Santiago".to_owned()));
    let (seven, eight) = (id(7), id(8));
    let may = |property: &PropertyCalendar, agent_id, places: &[&str]| {
        let places: Vec<String> = places.iter().map(|place| (*place).to_owned()).collect();
        property.may_be_shown_by(ShowingAgent { agent_id, places: &places })
    };
    assert!(may(&property, &seven, &[]), "an agent without places works everywhere");
    assert!(may(&property, &seven, &["Maipú", " ÑUÑOA "]));
    assert!(may(&property, &seven, &["metropolitana de santiago"]));
    assert!(!may(&property, &seven, &["Punta Arenas"]));
    property.set_agent_ids([eight.clone()]);
    assert!(!may(&property, &seven, &["Ñuñoa"]));
    assert!(may(&property, &eight, &["Punta Arenas"]), "whoever is named, wherever");
}

#[test]
fn a_call_about_a_property_needs_only_the_agent_who_shows_it() {
    let mut calendar = PropertyCalendar::new(Tz::UTC);
    calendar.set_exception(DateException { date: date("2026-06-17"), intervals: Vec::new() });
    let mut agent = agent(Tz::UTC, "09:00", "11:00");
    agent.set_owner(id(7), Vec::new());
    let (office, place) = (office(Tz::UTC), property(1));
    let now = at("2026-06-16T00:00:00Z");
    let ask = |property: &PropertyCalendar, kind: &AppointmentType| {
        let asked = SlotQuery {
            property_id: Some(&place),
            property: Some(property),
            ..query(&kind.code, "2026-06-17T00:00:00Z", "2026-06-18T00:00:00Z")
        };
        slots(&agent, &office, &asked, now).len()
    };
    assert_eq!((ask(&calendar, &visit()), ask(&calendar, &call())), (0, 3));
    calendar.set_agent_ids([id(8)]);
    assert_eq!((ask(&calendar, &visit()), ask(&calendar, &call())), (0, 0));
}
