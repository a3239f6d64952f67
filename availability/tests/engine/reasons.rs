//! Which reason is given for a slot that is not free.

use availability::{
    AgentCalendar, Cause, ExternalBusy, OfficeCalendar, Reason, SlotQuery, SlotRequest, check, explain, slots,
};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::America::Santiago;
use schemas::value::AppointmentType;
use schemas::{AppointmentTypeCode, BusyId};

use crate::support::{
    CALL, VISIT, agent, at, block, booking, call, code, hold, interval, lead, office, query, request, visit,
};

/// A Monday in summer, when Santiago is at -03:00.
fn monday(time: &str) -> DateTime<Utc> {
    at(&format!("2026-12-14T{time}:00-03:00"))
}

fn ask(agent: &AgentCalendar, office: &OfficeCalendar, start: DateTime<Utc>) -> Option<Reason> {
    check(agent, office, &request(&code(VISIT), start), monday("08:00")).err()
}

#[test]
fn outside_hours_before_after_beside_the_grid_and_over_the_end() {
    let (agent, office) = (agent(Santiago, "09:00", "18:00"), office(Santiago));
    for free in ["09:00", "09:30", "17:00"] {
        assert_eq!(ask(&agent, &office, monday(free)), None, "{free}");
    }
    for outside in ["08:30", "08:40", "17:30", "18:00", "23:00"] {
        assert_eq!(ask(&agent, &office, monday(outside)), Some(Reason::OutsideHours), "{outside}");
    }
    let beside = monday("09:00") + TimeDelta::nanoseconds(1);
    for off_grid in [monday("09:10"), monday("17:40"), beside] {
        assert_eq!(ask(&agent, &office, off_grid), Some(Reason::OffGrid), "{off_grid}");
    }
    let both = explain(&agent, &office, &request(&code(VISIT), monday("17:40")), monday("08:00"));
    let both: Vec<_> = both.iter().map(|finding| finding.reason).collect();
    assert_eq!(both, [Reason::OffGrid, Reason::OutsideHours]);
}

#[test]
fn a_type_that_is_unknown_or_retired_has_no_hours() {
    let (agent, mut office) = (agent(Santiago, "09:00", "18:00"), office(Santiago));
    let unknown = code("paseo");
    let request = request(&unknown, monday("10:00"));
    assert_eq!(check(&agent, &office, &request, monday("08:00")), Err(Reason::OutsideHours));
    assert_eq!(explain(&agent, &office, &request, monday("08:00"))[0].cause, Cause::UnknownType);
    assert!(office.retire_type(&code(VISIT)) && !office.retire_type(&code(VISIT)));
    assert_eq!(ask(&agent, &office, monday("10:00")), Some(Reason::OutsideHours));
    assert_eq!(office.types().map(|kind| kind.code.as_str()).collect::<Vec<_>>(), [CALL]);
    assert_eq!(office.retired_types().map(|kind| kind.code.as_str()).collect::<Vec<_>>(), [VISIT]);
    office.define_type(visit());
    assert_eq!(ask(&agent, &office, monday("10:00")), None);
}

#[test]
fn a_time_beyond_the_calendar_is_past_or_beyond_the_horizon() {
    let (agent, office) = (agent(Santiago, "00:00", "24:00"), office(Santiago));
    for (start, reason) in [
        (DateTime::<Utc>::MIN_UTC, Reason::Past),
        (DateTime::<Utc>::MAX_UTC, Reason::BeyondHorizon),
        (at("9000-01-01T00:00:00Z"), Reason::BeyondHorizon),
    ] {
        assert_eq!(ask(&agent, &office, start), Some(reason));
    }
    let ever = check(&agent, &office, &request(&code(VISIT), monday("10:00")), DateTime::<Utc>::MAX_UTC);
    assert_eq!(ever, Err(Reason::Past));
    let never = check(&agent, &office, &request(&code(VISIT), monday("10:00")), DateTime::<Utc>::MIN_UTC);
    assert_eq!(never, Err(Reason::BeyondHorizon));
}

#[test]
fn blocks_of_the_agent_and_of_the_office() {
    let lunch = block(1, Santiago, "2026-12-14T13:00:00", "2026-12-14T14:00:00");
    let (mut blocked, mut closed) = (agent(Santiago, "09:00", "18:00"), office(Santiago));
    blocked.block(lunch.clone());
    for start in ["12:30", "13:00", "13:30"] {
        assert_eq!(ask(&blocked, &office(Santiago), monday(start)), Some(Reason::Blocked), "{start}");
    }
    for start in ["12:00", "14:00"] {
        assert_eq!(ask(&blocked, &office(Santiago), monday(start)), None, "{start}");
    }
    closed.block(lunch.clone());
    let plain = agent(Santiago, "09:00", "18:00");
    assert_eq!(ask(&plain, &closed, monday("13:00")), Some(Reason::Blocked));
    assert_eq!(closed.unblock(lunch.block_id), Some(lunch.clone()));
    assert_eq!(ask(&plain, &closed, monday("13:00")), None);
    assert_eq!(blocked.unblock(lunch.block_id), Some(lunch));
    assert_eq!(ask(&blocked, &closed, monday("13:00")), None);
}

#[test]
fn external_busy_time_until_it_is_removed() {
    let busy_id = BusyId::parse("event-1").unwrap();
    let mut agent = agent(Santiago, "09:00", "18:00");
    let time = interval("2026-12-14T13:00:00Z", "2026-12-14T14:00:00Z");
    agent.record_busy(ExternalBusy { busy_id: busy_id.clone(), start: time.start, end: time.end });
    assert_eq!(ask(&agent, &office(Santiago), monday("10:00")), Some(Reason::ExternalBusy));
    agent.record_busy(ExternalBusy {
        busy_id: busy_id.clone(),
        start: time.end,
        end: time.end + TimeDelta::hours(1),
    });
    assert_eq!(ask(&agent, &office(Santiago), monday("10:00")), None);
    assert_eq!(ask(&agent, &office(Santiago), monday("11:00")), Some(Reason::ExternalBusy));
    assert!(agent.remove_busy(&busy_id).is_some() && agent.remove_busy(&busy_id).is_none());
    assert_eq!(ask(&agent, &office(Santiago), monday("11:00")), None);
}

#[test]
fn a_hold_counts_until_it_expires_and_never_against_its_own_lead() {
    let mut agent = agent(Santiago, "09:00", "18:00");
    agent.hold(hold(7, &visit(), monday("10:00"), monday("08:05")));
    let office = office(Santiago);
    let visits = code(VISIT);
    let ask = |start, lead_id, now| {
        let request = SlotRequest { lead_id, ..request(&visits, start) };
        check(&agent, &office, &request, now).err()
    };
    let (own, other) = (lead(7), lead(8));
    let just_before = monday("08:05") - TimeDelta::nanoseconds(1);
    assert_eq!(ask(monday("10:00"), None, just_before), Some(Reason::Held));
    assert_eq!(ask(monday("10:00"), Some(&other), just_before), Some(Reason::Held));
    assert_eq!(ask(monday("10:00"), Some(&own), just_before), None);
    assert_eq!(ask(monday("10:30"), Some(&own), just_before), Some(Reason::Held));
    assert_eq!(ask(monday("10:00"), None, monday("08:05")), None);
    let calls = code(CALL);
    let as_call = SlotRequest { lead_id: Some(&own), ..request(&calls, monday("10:00")) };
    assert_eq!(check(&agent, &office, &as_call, just_before).err(), Some(Reason::Held));
}

#[test]
fn an_explanation_names_everything_in_the_way_in_order() {
    let mut agent = agent(Santiago, "09:00", "18:00");
    agent.block(block(1, Santiago, "2026-12-14T10:15:00", "2026-12-14T10:30:00"));
    agent.book(booking(2, &visit(), monday("10:00")));
    agent.hold(hold(3, &visit(), monday("10:30"), monday("23:00")));
    let mut office = office(Santiago);
    office.define_type(AppointmentType { min_notice_minutes: 600, daily_limit: Some(1), ..visit() });
    let findings = explain(&agent, &office, &request(&code(VISIT), monday("10:10")), monday("08:00"));
    let reasons: Vec<_> = findings.iter().map(|finding| finding.reason.as_str()).collect();
    assert_eq!(reasons, ["too_soon", "off_grid", "blocked", "already_booked", "held", "daily_limit"]);
    let cause = &findings[2].cause;
    let own = interval("2026-12-14T13:15:00Z", "2026-12-14T13:30:00Z");
    assert!(matches!(cause, Cause::AgentBlock { interval, .. } if *interval == own));
    let earliest = monday("18:00");
    assert_eq!(findings[0].cause, Cause::Notice { earliest });
    assert!(matches!(findings[1].cause, Cause::Grid { slot_step_minutes: 30, .. }));
}

#[test]
fn findings_are_told_apart_in_json_by_their_kind() {
    let office = office(Santiago);
    let closed = AgentCalendar::new(Santiago, false);
    let findings = explain(&closed, &office, &request(&code(VISIT), monday("10:00")), monday("08:00"));
    assert_eq!(
        serde_json::to_value(&findings).unwrap(),
        serde_json::json!([{ "reason": "outside_hours", "cause": { "kind": "hours", "hours": [] } }])
    );
}

/// What no agent escapes is named before what is one agent's own.
#[test]
fn time_and_grid_are_named_before_the_calendar() {
    let (mut agent, mut office) = (agent(Santiago, "09:00", "18:00"), office(Santiago));
    office.define_type(AppointmentType { min_notice_minutes: 60, horizon_days: 1, ..visit() });
    agent.block(block(1, Santiago, "2026-12-14T00:00:00", "2026-12-17T00:00:00"));
    let reasons = |start, now| {
        let findings = explain(&agent, &office, &request(&code(VISIT), start), now);
        findings.iter().map(|finding| finding.reason.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(reasons(monday("10:10"), monday("10:11")), ["past", "off_grid", "blocked"]);
    assert_eq!(reasons(monday("10:00"), monday("10:00")), ["too_soon", "blocked"]);
    assert_eq!(reasons(monday("20:00"), monday("21:00")), ["past", "outside_hours", "blocked"]);
    let late = at("2026-12-16T10:10:00-03:00");
    assert_eq!(reasons(late, monday("10:00")), ["beyond_horizon", "off_grid", "blocked"]);
}

#[test]
fn notice_ends_exactly_at_its_minute() {
    let (agent, mut office) = (agent(Santiago, "09:00", "18:00"), office(Santiago));
    office.define_type(AppointmentType { min_notice_minutes: 120, ..visit() });
    assert_eq!(ask(&agent, &office, monday("10:00")), None);
    let later = monday("08:00") + TimeDelta::nanoseconds(1);
    let visits: AppointmentTypeCode = code(VISIT);
    let late = check(&agent, &office, &request(&visits, monday("10:00")), later);
    assert_eq!(late, Err(Reason::TooSoon));
}

#[test]
fn the_horizon_is_counted_in_dates_of_the_agent() {
    let (agent, mut office) = (agent(Santiago, "00:00", "24:00"), office(Santiago));
    office.define_type(AppointmentType { horizon_days: 1, ..visit() });
    let visits = code(VISIT);
    // 23:00 on Monday in Santiago is Tuesday in UTC.
    let ask = |start| check(&agent, &office, &request(&visits, start), monday("23:00")).err();
    assert_eq!(ask(at("2026-12-15T23:00:00-03:00")), None);
    assert_eq!(ask(at("2026-12-16T00:00:00-03:00")), Some(Reason::BeyondHorizon));
}

#[test]
fn the_daily_limit_counts_appointments_and_live_holds_of_the_type_on_the_date() {
    let (mut agent, mut office) = (agent(Santiago, "00:00", "24:00"), office(Santiago));
    office.define_type(AppointmentType { daily_limit: Some(2), ..visit() });
    agent.book(booking(1, &visit(), monday("21:00")));
    agent.book(booking(2, &call(), monday("16:00")));
    let visits = code(VISIT);
    let ask =
        |agent: &AgentCalendar, request: SlotRequest<'_>, now| check(agent, &office, &request, now).err();
    let noon = request(&visits, monday("12:00"));
    assert_eq!(ask(&agent, noon, monday("08:00")), None);
    agent.hold(hold(3, &visit(), monday("14:00"), monday("09:00")));
    assert_eq!(ask(&agent, noon, monday("08:00")), Some(Reason::DailyLimit));
    assert_eq!(ask(&agent, noon, monday("09:00")), None);
    let held = SlotRequest { lead_id: Some(&lead(3)), start: monday("14:00"), ..noon };
    assert_eq!(ask(&agent, held, monday("08:00")), None);
    let moved = SlotRequest { moving: Some(schemas::AppointmentId::new(crate::support::uuid(1))), ..noon };
    assert_eq!(ask(&agent, moved, monday("08:00")), None);
    // 21:00 on Monday in Santiago is Tuesday in UTC, and still counts on Monday.
    let tuesday = SlotRequest { start: at("2026-12-15T12:00:00-03:00"), ..noon };
    assert_eq!(ask(&agent, tuesday, monday("08:00")), None);
}

#[test]
fn a_reason_is_written_as_it_is_in_json() {
    for reason in
        [Reason::Past, Reason::OffGrid, Reason::OutsideHours, Reason::SlotFull, Reason::BeyondHorizon]
    {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.to_string());
    }
}

#[test]
fn whoever_asks_for_no_slots_gets_none() {
    let (agent, office, visits) = (agent(Santiago, "09:00", "18:00"), office(Santiago), code(VISIT));
    let query = |limit| SlotQuery { limit, ..query(&visits, "2026-12-14T00:00:00Z", "2026-12-15T00:00:00Z") };
    assert_eq!(slots(&agent, &office, &query(0), monday("00:00")), []);
    assert_eq!(slots(&agent, &office, &query(1), monday("00:00"))[0].start, monday("09:00"));
}
