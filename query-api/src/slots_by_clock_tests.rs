//! Free slots by dates, weekdays and parts of the day; one for each start; and a few far apart.

use std::collections::BTreeSet;

use schemas::event::{AgentRegistered, OfficePolicySet};
use schemas::value::{AgentProfile, LocalInterval, OfficePolicy, PartOfDay, PartsOfDay};
use serde_json::{Value, json};

use crate::sample::Sample;

const VISITS: &str = "/v1/slots?appointment_type=visita_propiedad";
const MOVING: &str = "/v1/slots?moving=00000000-0000-0000-0000-000000000001";

/// Local start and agent of each slot.
async fn offered(sample: &Sample, query: &str) -> Vec<(String, String)> {
    let uri = match query.strip_prefix("&moving") {
        Some(rest) => format!("/v1/slots?moving{rest}"),
        None => format!("{VISITS}{query}"),
    };
    let answered = sample.get(&uri).await;
    assert!(answered.status.is_success(), "{query}: {}", answered.body);
    let text = |item: &Value, member: &str| item[member].as_str().unwrap().to_owned();
    let items = answered.body["items"].as_array().unwrap();
    items.iter().map(|item| (text(item, "local"), text(item, "agent_id"))).collect()
}

async fn locals(sample: &Sample, query: &str) -> Vec<String> {
    offered(sample, query).await.into_iter().map(|(local, _)| local).collect()
}

async fn dates(sample: &Sample, query: &str) -> BTreeSet<String> {
    locals(sample, &format!("&limit=200&agent_id=7{query}"))
        .await
        .iter()
        .map(|local| local[..10].to_owned())
        .collect()
}

fn set(dates: &[&str]) -> BTreeSet<String> {
    dates.iter().map(|date| format!("2026-12-{date}")).collect()
}

#[actix_web::test]
async fn one_date_has_the_slots_that_start_on_it() {
    let sample = Sample::new();
    let starts = locals(&sample, "&agent_id=7&date=2026-12-02").await;
    assert_eq!((starts.len(), &starts[0][..], &starts[7][..]), (8, "2026-12-02T09:00", "2026-12-02T12:30"));
    for nothing in ["2026-11-30", "2026-12-05", "2027-06-01", "1950-01-01", "8999-12-31"] {
        let answered = sample.get(&format!("{VISITS}&date={nothing}")).await;
        assert_eq!(answered.body, json!({"items": [], "next_cursor": null}), "{nothing}");
    }
}

#[actix_web::test]
async fn dates_are_those_of_the_zone_asked_for_or_of_the_only_agent_or_of_the_office() {
    let mut sample = Sample::new();
    let profile = AgentProfile { time_zone: chrono_tz::Pacific::Easter, ..fixtures::profile("Rapa") };
    sample.agent("9", AgentRegistered { agent_id: "9".parse().unwrap(), profile });
    // In Tokyo noon in Santiago is midnight.
    let tokyo = locals(&sample, "&agent_id=7&date=2026-12-02&zone=Asia/Tokyo").await;
    assert_eq!((tokyo.len(), &tokyo[0][..]), (8, "2026-12-02T00:00"));
    let easter = locals(&sample, "&agent_id=9&date=2026-12-02&part_of_day=morning").await;
    assert_eq!((easter.len(), &easter[0][..]), (8, "2026-12-02T07:00"));
    for several in ["&agent_id=9&agent_id=7", ""] {
        let office = locals(&sample, &format!("{several}&date=2026-12-02&part_of_day=morning")).await;
        assert_eq!((&office[0][..], &office[office.len() - 1][..]), ("2026-12-02T09:00", "2026-12-02T11:30"));
    }
}

#[actix_web::test]
async fn several_dates_are_named_by_the_first_and_the_last_or_counted_from_today() {
    let sample = Sample::new();
    assert_eq!(dates(&sample, "&date_from=2026-12-03&date_to=2026-12-07").await, set(&["03", "04", "07"]));
    assert_eq!(dates(&sample, "&date_to=2026-12-02").await, set(&["01", "02"]));
    let two_weeks = dates(&sample, "&date_from=2026-12-07").await;
    assert_eq!((two_weeks.len(), two_weeks.last().unwrap().as_str()), (10, "2026-12-18"));
    assert_eq!(dates(&sample, "&days_ahead=0").await, set(&["01"]));
    assert_eq!(dates(&sample, "&days_ahead=3").await, set(&["01", "02", "03", "04"]));
    // The notice is one hour, and it is nine.
    assert_eq!(locals(&sample, "&agent_id=7&days_ahead=0").await[0], "2026-12-01T10:00");
}

#[actix_web::test]
async fn weekdays_and_parts_of_the_day_leave_out_the_others() {
    let sample = Sample::new();
    let range = "&date_from=2026-12-01&date_to=2026-12-12";
    let english = dates(&sample, &format!("{range}&weekday=monday&weekday=thursday")).await;
    assert_eq!(english, set(&["03", "07", "10"]));
    // As answers write them.
    let spanish = dates(&sample, &format!("{range}&weekday=lunes&weekday=mi%C3%A9rcoles")).await;
    assert_eq!(spanish, set(&["02", "07", "09"]));
    // As people write them.
    let written = dates(&sample, &format!("{range}&weekday=MARTES&weekday=Mi%C3%89RCOLES")).await;
    assert_eq!(written, dates(&sample, &format!("{range}&weekday=Tuesday&weekday=miercoles")).await);
    assert_eq!(written, set(&["01", "02", "08", "09"]));
    assert_eq!(dates(&sample, "&weekday=saturday").await, set(&[]));
    let noon = locals(&sample, "&agent_id=7&days_ahead=2&part_of_day=afternoon&part_of_day=evening").await;
    let expected = ["01T12:00", "01T12:30", "02T12:00", "02T12:30", "03T12:00", "03T12:30"];
    assert_eq!(noon, expected.map(|start| format!("2026-12-{start}")));
}

#[actix_web::test]
async fn parts_of_the_day_are_the_offices_own() {
    let mut sample = Sample::new();
    let midday = LocalInterval { start_time: "10:30".parse().unwrap(), end_time: "11:15".parse().unwrap() };
    let parts_of_day = PartsOfDay::new([(PartOfDay::Midday, midday)].into());
    sample.office(OfficePolicySet { policy: OfficePolicy { parts_of_day, ..fixtures::policy() } });
    let midday = locals(&sample, "&agent_id=7&date=2026-12-02&part_of_day=midday").await;
    assert_eq!(midday, ["2026-12-02T10:30", "2026-12-02T11:00"]);
    let answered = sample.get(&format!("{VISITS}&part_of_day=morning")).await;
    assert_eq!(answered.refused_field(), "part_of_day");
    assert!(answered.body["detail"].as_str().unwrap().contains("midday"), "{}", answered.body);
    let office = sample.get("/v1/office").await;
    assert_eq!(office.body["parts_of_day"], json!({"midday": {"start_time": "10:30", "end_time": "11:15"}}));
}

#[actix_web::test]
async fn pages_of_some_weekdays_and_parts_are_full_and_leave_nothing_out() {
    let sample = Sample::new();
    for filter in [
        "&weekday=tuesday&weekday=friday&part_of_day=morning",
        "&date_from=2026-12-01&date_to=2026-12-20&part_of_day=afternoon&distinct=start",
        "&days_ahead=9&weekday=wednesday&distinct=start",
    ] {
        let whole = sample.get(&format!("{VISITS}{filter}&limit=200")).await.body;
        assert_eq!(whole["next_cursor"], Value::Null);
        let whole = whole["items"].as_array().unwrap();
        for limit in [1, 3, 7] {
            let (mut walked, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = sample.get(&format!("{VISITS}{filter}&limit={limit}{cursor}")).await.body;
                let items = page["items"].as_array().unwrap();
                walked.extend(items.clone());
                let Some(next) = page["next_cursor"].as_str() else { break };
                assert_eq!(items.len(), limit);
                cursor = format!("&cursor={next}");
            }
            assert_eq!(&walked, whole, "{filter}, {limit} at a time");
        }
        assert!(whole.len() > 7, "{filter}");
    }
}

#[actix_web::test]
async fn one_slot_for_each_start_is_that_of_the_agent_with_the_least_id_who_is_free() {
    let mut sample = Sample::new();
    sample.book(1, "7", "55", "2026-12-02T12:30:00Z");
    let first = offered(&sample, "&date=2026-12-02&distinct=start&limit=3").await;
    let expected = [("2026-12-02T09:00", "7"), ("2026-12-02T09:30", "8"), ("2026-12-02T10:00", "7")];
    assert_eq!(first, expected.map(|(local, agent)| (local.to_owned(), agent.to_owned())));
    assert_eq!(offered(&sample, "&date=2026-12-02&distinct=start").await.len(), 8);
    // A cursor of the list with every agent would hide or repeat starts.
    let cursor =
        sample.get(&format!("{VISITS}&limit=1")).await.body["next_cursor"].as_str().unwrap().to_owned();
    let answered = sample.get(&format!("{VISITS}&distinct=start&cursor={cursor}")).await;
    assert_eq!(answered.refused_field(), "cursor");
}

#[actix_web::test]
async fn spread_slots_take_each_day_in_turn_and_its_part_that_was_taken_least() {
    let sample = Sample::new();
    let spread = offered(&sample, "&spread=true").await;
    let expected = ["01T10:00", "02T12:00", "03T09:00", "04T12:00", "07T09:00"];
    assert_eq!(spread, expected.map(|start| (format!("2026-12-{start}"), "7".to_owned())));
    let page = sample.get(&format!("{VISITS}&spread=true&limit=2")).await.body;
    assert_eq!((page["items"].as_array().unwrap().len(), &page["next_cursor"]), (2, &Value::Null));

    // Too few days give a second slot each, and none of them two of one part.
    let two_days = locals(&sample, "&spread=true&date_from=2026-12-02&date_to=2026-12-03").await;
    let expected = ["02T09:00", "02T12:00", "03T09:00", "03T12:00"];
    assert_eq!(two_days, expected.map(|start| format!("2026-12-{start}")));
    let afternoons = locals(&sample, "&spread=true&part_of_day=afternoon&limit=20&weekday=friday").await;
    assert_eq!(afternoons, ["2026-12-04T12:00", "2026-12-11T12:00"]);
    let distinct = locals(&sample, "&spread=true&distinct=start&date=2026-12-02").await;
    // One day gives as many as are an hour apart, those at its ends first.
    assert_eq!(distinct, ["09:00", "10:00", "11:00", "12:00"].map(|time| format!("2026-12-02T{time}")));
    let two = locals(&sample, "&spread=true&limit=2&date=2026-12-02").await;
    assert_eq!(two, ["2026-12-02T09:00", "2026-12-02T12:00"]);
    let one_part = locals(&sample, "&spread=true&part_of_day=morning&date=2026-12-02").await;
    assert_eq!(one_part, ["09:00", "10:00", "11:00"].map(|time| format!("2026-12-02T{time}")));
}

#[actix_web::test]
async fn the_times_to_move_to_can_be_asked_for_in_the_same_ways() {
    let mut sample = Sample::new();
    sample.book(1, "7", "55", "2026-12-02T12:00:00Z");
    let moving = MOVING.trim_start_matches("/v1/slots?");
    // Where it is, another agent has it; elsewhere the first agent.
    let day = offered(&sample, &format!("&{moving}&date=2026-12-02&distinct=start&limit=2")).await;
    let expected = [("2026-12-02T09:00", "8"), ("2026-12-02T09:30", "7")];
    assert_eq!(day, expected.map(|(local, agent)| (local.to_owned(), agent.to_owned())));
    let spread = offered(&sample, &format!("&{moving}&date=2026-12-02&spread=true")).await;
    let expected = [("09:00", "8"), ("10:00", "7"), ("11:00", "7"), ("12:00", "7")]
        .map(|(time, agent)| (format!("2026-12-02T{time}"), agent));
    let expected = expected.each_ref().map(|(local, agent)| (&**local, *agent));
    assert_eq!(spread, expected.map(|(local, agent)| (local.to_owned(), agent.to_owned())));
    let noon = locals(&sample, &format!("&{moving}&agent_id=7&date=2026-12-02&part_of_day=afternoon")).await;
    assert_eq!(noon, ["2026-12-02T12:00", "2026-12-02T12:30"]);
    let whole = sample.get(&format!("{MOVING}&days_ahead=1&distinct=start")).await.body;
    let (mut walked, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = sample.get(&format!("{MOVING}&days_ahead=1&distinct=start&limit=2{cursor}")).await.body;
        walked.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(&walked, whole["items"].as_array().unwrap());
}

#[actix_web::test]
async fn an_explanation_counts_the_starts_that_were_asked_for() {
    let mut sample = Sample::new();
    sample.book(1, "7", "55", "2026-12-02T15:00:00Z");
    let query = "&agent_id=7&explain=true&date=2026-12-02&part_of_day=afternoon";
    let body = sample.get(&format!("{VISITS}{query}")).await.body;
    let summary = &body["summaries"][0];
    assert_eq!(summary["hours"], json!([{"start": "2026-12-02T15:00:00Z", "end": "2026-12-02T16:00:00Z"}]));
    assert_eq!((&summary["starts"], &summary["free"]), (&2.into(), &1.into()));
    assert_eq!(summary["reasons"][0]["reason"], "already_booked");
}

#[actix_web::test]
async fn what_contradicts_itself_or_cannot_be_read_is_refused_by_name() {
    let sample = Sample::new();
    for (query, field) in [
        ("date=2026-02-30", "date"),
        ("date=2-12-2026", "date"),
        ("date=1899-12-31", "date"),
        ("date=9000-01-01", "date"),
        ("date=2026-12-02&date=2026-12-03", "date"),
        ("date=2026-12-02&from=2026-12-02T00:00:00Z", "from"),
        ("date=2026-12-02&to=2026-12-02T00:00:00Z", "to"),
        ("date=2026-12-02&date_from=2026-12-02", "date_from"),
        ("date=2026-12-02&date_to=2026-12-02", "date_to"),
        ("date=2026-12-02&days_ahead=1", "days_ahead"),
        ("date_to=2026-12-02&days_ahead=1", "days_ahead"),
        ("date_from=2026-12-02&to=2026-12-02T00:00:00Z", "to"),
        ("days_ahead=1&from=2026-12-02T00:00:00Z", "from"),
        ("date_from=2026-12-03&date_to=2026-12-02", "date_to"),
        ("date_from=2026-12-03&date_to=2027-12-05", "date_to"),
        ("date_to=2028-01-01", "date_to"),
        ("days_ahead=367", "days_ahead"),
        ("days_ahead=-1", "days_ahead"),
        ("days_ahead=soon", "days_ahead"),
        ("weekday=funday", "weekday"),
        ("weekday=1", "weekday"),
        ("date=2026-12-02&weekday=tuesday", "weekday"),
        ("date_from=2026-12-02&date_to=2026-12-04&weekday=sunday", "weekday"),
        ("part_of_day=night", "part_of_day"),
        ("part_of_day=midday", "part_of_day"),
        ("spread=perhaps", "spread"),
        ("spread=true&cursor=AAAA", "cursor"),
        ("spread=true&limit=21", "limit"),
        ("spread=true&limit=0", "limit"),
        ("distinct=agent", "distinct"),
        ("explain=true&days_ahead=14", "days_ahead"),
        ("explain=true&date_from=2026-12-01&date_to=2026-12-15", "date_to"),
    ] {
        assert_eq!(sample.get(&format!("{VISITS}&{query}")).await.refused_field(), field, "{query}");
    }
    for query in ["date_from=2026-12-03&date_to=2027-12-04", "days_ahead=366", "explain=true&days_ahead=13"] {
        let answered = sample.get(&format!("{VISITS}&{query}&agent_id=7")).await;
        assert!(answered.status.is_success(), "{query}: {}", answered.body);
    }
}
