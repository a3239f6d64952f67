use std::collections::HashMap;

use actix_web::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use event_store::StreamFilter;
use futures::future::{join, join_all};
use operation::Clock;
use schemas::stream;
use serde_json::json;

use crate::store::{Store, api_through};
use crate::support::{BOOK, NOW, agency, hour, send, server};

fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

#[actix_web::test]
async fn a_booking_that_names_no_agent_goes_to_the_least_loaded_that_day() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b", "c"]).await;
    for (number, agent) in ["a", "a", "b"].iter().enumerate() {
        let start = hour(2 + i64::try_from(number).unwrap());
        let booked =
            send(&server, BOOK, &format!("loaded {number}"), store.booking(Some(agent), start)).await;
        assert_eq!(booked.status, 201, "{booked:?}");
    }

    let booked = send(&server, BOOK, "any", store.booking(None, hour(8))).await;
    assert_eq!((booked.status, &booked.body["agent_id"]), (201, &json!(store.name("c"))));
    // b and c have one each now; b has waited longer for it.
    let booked = send(&server, BOOK, "any 2", store.booking(None, hour(9))).await;
    assert_eq!((booked.status, &booked.body["agent_id"]), (201, &json!(store.name("b"))));
    // Another day, nobody has any: a, whose last booking was the first.
    let booked = send(&server, BOOK, "any 3", store.booking(None, hour(48))).await;
    assert_eq!((booked.status, &booked.body["agent_id"]), (201, &json!(store.name("a"))));
}

#[actix_web::test]
async fn a_lost_race_goes_to_the_next_agent_until_nobody_is_left() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    let agents = ["a", "b", "c"];
    agency(&server, &agents).await;

    let leads: Vec<String> = (0..10).map(|number| format!("lead-{number}")).collect();
    let answers =
        join_all(leads.iter().map(|lead| send(&server, BOOK, lead, store.booking_of(lead, None, hour(5)))))
            .await;

    let mut booked_by: HashMap<String, usize> = HashMap::new();
    for answer in &answers {
        match answer.status {
            201 => *booked_by.entry(answer.body["agent_id"].as_str().unwrap().to_owned()).or_default() += 1,
            409 => {
                assert_eq!(answer.body["reason"], "already_booked");
                let alternatives = answer.body["alternatives"].as_array().unwrap();
                assert_eq!(alternatives.len(), 3);
                assert!(alternatives.iter().all(|slot| slot["agent_id"].is_string()));
            }
            status => panic!("{status}: {:?}", answer.body),
        }
    }
    assert_eq!(booked_by, agents.map(|agent| (store.name(agent), 1)).into());
}

/// Sent to one agent, the second would be fenced there once, the third twice, and so on.
#[actix_web::test]
async fn many_who_ask_at_once_are_sent_to_different_agents() {
    let store = Store::own("counts what is written for agents that nobody else books").await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    let agents = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    agency(&server, &agents).await;

    let leads: Vec<String> = (0..agents.len()).map(|number| format!("lead-{number}")).collect();
    let asked = leads.iter().map(|lead| send(&server, BOOK, lead, store.booking_of(lead, None, hour(5))));
    let answers = join_all(asked).await;
    assert!(answers.iter().all(|answer| answer.status == 201), "{answers:?}");
    let streams = agents.map(|agent| stream::agent(&store.name(agent).parse().unwrap()));
    let written =
        join_all(streams.iter().map(async |stream| store.client().load(stream, None).await.unwrap()));
    let written: Vec<_> = written.await.into_iter().flatten().map(|event| event.event_type).collect();
    let count = |event_type: &str| written.iter().filter(|written| *written == event_type).count();
    assert_eq!(count("AppointmentBooked"), agents.len());
    assert!(count("ReservationFenced") < agents.len(), "{} fences", count("ReservationFenced"));
}

#[actix_web::test]
async fn the_same_request_many_times_at_once_is_booked_once() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b", "c"]).await;

    let answers = join_all((0..8).map(|_| send(&server, BOOK, "once", store.booking(None, hour(5))))).await;
    let first = &answers[0].body;
    assert!(answers.iter().all(|answer| answer.status == 201 && answer.body == *first), "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);

    let other = send(&server, BOOK, "once", store.booking(None, hour(6))).await;
    assert_eq!((other.status, &other.body["code"]), (422, &json!("idempotency_mismatch")));
}

#[actix_web::test]
async fn an_office_without_agents_says_so() {
    let store = Store::own("is about an office in which nobody is active").await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["gone"]).await;
    let path = format!("/v1/agents/{}/deactivate", store.name("gone"));
    send(&server, (Method::POST, &path), "bye", json!({})).await;

    let refused = send(&server, BOOK, "any", store.booking(None, hour(5))).await;
    assert_eq!((refused.status, &refused.body["code"]), (409, &json!("slot_unavailable")));
    assert_eq!(refused.body["detail"], "There is no active agent.");
}

/// The first process tries an agent who then gets a booking, so that the second would try another agent first.
#[actix_web::test]
async fn the_same_request_to_two_processes_at_once_is_booked_with_one_agent() {
    let (store, proxy) = Store::behind_a_wire().await;
    let (held_up, api) = (api_through(&proxy).await, store.api().await);
    let (held_up, server) = (server(&store, &held_up).await, server(&store, &api).await);
    agency(&server, &["a", "b"]).await;

    proxy.keep_next_booking_back();
    let first = send(&held_up, BOOK, "once", store.booking(None, hour(5)));
    let meanwhile = async {
        proxy.has_one().await;
        let other = send(&server, BOOK, "other", store.booking(Some("a"), hour(9))).await;
        assert_eq!(other.status, 201, "{other:?}");
        let second = send(&server, BOOK, "once", store.booking(None, hour(5))).await;
        proxy.open();
        second
    };
    let (first, second) = join(first, meanwhile).await;
    assert_eq!((second.status, &second.body["agent_id"]), (201, &json!(store.name("a"))), "{second:?}");
    assert_eq!(
        (first.status, first.replayed, &first.body["appointment_id"]),
        (201, true, &second.body["appointment_id"])
    );
}

/// A proposal that another process has stored binds every later request with the same key.
#[actix_web::test]
async fn a_key_that_is_under_way_elsewhere_cannot_be_used_for_another_request() {
    let (store, proxy) = Store::behind_a_wire().await;
    let (held_up, api) = (api_through(&proxy).await, store.api().await);
    let (held_up, server) = (server(&store, &held_up).await, server(&store, &api).await);
    agency(&server, &["a"]).await;

    proxy.keep_next_booking_back();
    let first = send(&held_up, BOOK, "once", store.booking(None, hour(5)));
    let meanwhile = async {
        proxy.has_one().await;
        let other = send(&server, BOOK, "once", store.booking(None, hour(6))).await;
        proxy.open();
        other
    };
    let (first, other) = join(first, meanwhile).await;
    assert_eq!((first.status, first.replayed), (201, false), "{first:?}");
    assert_eq!((other.status, &other.body["code"]), (422, &json!("idempotency_mismatch")));
}

/// The log is read once for all candidates; a slot that another process has freed before is found all the same.
#[actix_web::test]
async fn an_agent_whom_another_process_has_just_freed_is_found() {
    let store = Store::start().await;
    let apis = [store.api().await, store.api().await];
    let servers = [server(&store, &apis[0]).await, server(&store, &apis[1]).await];
    agency(&servers[0], &["a", "b"]).await;
    for round in 0..5 {
        let start = hour(5 + round);
        let taken = async |agent: &str| {
            let key = format!("{round} {agent}");
            let booked = send(&servers[0], BOOK, &key, store.booking(Some(agent), start)).await;
            format!("/v1/appointments/{}/cancel", booked.body["appointment_id"].as_str().unwrap())
        };
        let (cancel, _) = (taken("a").await, taken("b").await);
        // By this the other process knows both, as taken.
        let refused = send(&servers[1], BOOK, &format!("{round} early"), store.booking(None, start)).await;
        assert_eq!((refused.status, &refused.body["reason"]), (409, &json!("already_booked")));
        assert_eq!(refused.body["alternatives"].as_array().unwrap().len(), 3);
        send(&servers[0], (Method::POST, &cancel), &format!("{round} cancel"), json!({})).await;
        let booked = send(&servers[1], BOOK, &format!("{round} late"), store.booking(None, start)).await;
        assert_eq!((booked.status, &booked.body["agent_id"]), (201, &json!(store.name("a"))), "{booked:?}");
    }
}

#[actix_web::test]
async fn a_booking_that_nobody_takes_leaves_nothing_in_the_store() {
    let store = Store::own("counts everything in it").await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    assert_eq!(send(&server, BOOK, "taken", store.booking(Some("a"), hour(5))).await.status, 201);
    let proposals = async || {
        let filter = StreamFilter::prefixes(["claimed-"]);
        store.client().head_of(&filter).await.unwrap()
    };
    for number in 0..5 {
        let refused = send(&server, BOOK, &format!("refused {number}"), store.booking(None, hour(5))).await;
        assert_eq!(refused.status, 409, "{refused:?}");
    }
    assert_eq!(proposals().await, None);
    assert_eq!(send(&server, BOOK, "accepted", store.booking(None, hour(6))).await.status, 201);
    assert!(proposals().await.is_some(), "the name is right");
}

/// The first process has agreed on an agent the day before, and books only now.
#[actix_web::test]
async fn the_same_request_over_midnight_is_booked_once() {
    let (store, proxy) = Store::behind_a_wire().await;
    let held_up = api_through(&proxy).await;
    let next_day = store.api_by(Clock::fixed(now() + TimeDelta::hours(13))).await;
    let (held_up, server) = (server(&store, &held_up).await, server(&store, &next_day).await);
    agency(&server, &["a", "b"]).await;

    proxy.keep_next_booking_back();
    let first = send(&held_up, BOOK, "once", store.booking(None, hour(40)));
    let meanwhile = async {
        proxy.has_one().await;
        let other = send(&server, BOOK, "other", store.booking(Some("a"), hour(50))).await;
        assert_eq!(other.status, 201, "{other:?}");
        let second = send(&server, BOOK, "once", store.booking(None, hour(40))).await;
        proxy.open();
        second
    };
    let (first, second) = join(first, meanwhile).await;
    assert_eq!((second.status, &second.body["agent_id"]), (201, &json!(store.name("a"))), "{second:?}");
    assert_eq!((first.replayed, &first.body), (true, &second.body), "{first:?}");
}

#[actix_web::test]
async fn the_claims_of_days_long_over_are_let_go_of_as_a_whole() {
    let store = Store::own("lets go of the claims of a day, which are everybody's").await;
    let streams = [0, 1, 2].map(|days| stream::claimed((now() + TimeDelta::days(days)).date_naive()));
    for days in 0..3 {
        let api = store.api_by(Clock::fixed(now() + TimeDelta::days(days))).await;
        let server = server(&store, &api).await;
        agency(&server, &["a"]).await;
        let booking = store.booking(None, hour(60 + days));
        assert_eq!(send(&server, BOOK, &format!("on day {days}"), booking).await.status, 201);
    }
    let kept = join_all(streams.iter().map(async |stream| store.client().load(stream, None).await.unwrap()));
    let kept: Vec<Vec<String>> = kept
        .await
        .into_iter()
        .map(|events| events.into_iter().map(|event| event.event_type).collect())
        .collect();
    assert_eq!(kept, [vec![], vec!["CommandClaimed", "ClaimsClosed"], vec!["CommandClaimed"]]);
}

/// Whoever is claimed for and refuses is ruled out before the next is asked; what all refuse leaves no claim.
#[actix_web::test]
async fn a_claim_goes_on_to_the_next_agent_and_is_given_up_after_the_last() {
    let (store, proxy) = Store::behind_a_wire().await;
    let (held_up, api) = (api_through(&proxy).await, store.api().await);
    let (held_up, server) = (server(&store, &held_up).await, server(&store, &api).await);
    agency(&server, &["a", "b"]).await;
    for (key, taken, expected) in [("one", vec!["a"], 201), ("none", vec!["a", "b"], 409)] {
        let start = hour(if key == "one" { 5 } else { 7 });
        proxy.keep_next_booking_back();
        let any = send(&held_up, BOOK, key, store.booking(None, start));
        let meanwhile = async {
            proxy.has_one().await;
            for agent in taken {
                let key = format!("{key} {agent}");
                let rival = send(&server, BOOK, &key, store.booking(Some(agent), start));
                assert_eq!(rival.await.status, 201);
            }
            proxy.open();
        };
        let (answer, ()) = join(any, meanwhile).await;
        assert_eq!(answer.status, expected, "{answer:?}");
        let again = send(&server, BOOK, key, store.booking(None, start)).await;
        assert_eq!((again.status, again.replayed), (expected, expected == 201), "{again:?}");
    }
}
