use serde_json::json;

use super::commands::commands;
use super::{Unchanged, assert_names};
use crate::addresses::{deletions, queries};
use crate::support::{Given, VISIT, at, book, head, text};

#[expect(clippy::too_many_lines, reason = "one line for each parameter")]
#[tokio::test]
async fn a_parameter_of_the_wrong_form_is_named() {
    let test = Unchanged::new().await;
    let range = format!("from={}&to={}", text(at(0, 0)), text(at(1, 0)));
    let many = "agent_id=7&".repeat(101);
    let slots = format!("/v1/slots?appointment_type={VISIT}");
    for (path, field) in [
        ("/v1/appointments?status=maybe", "status"),
        ("/v1/appointments?agent_id=a%20b", "agent_id"),
        ("/v1/appointments?agent_id=%00", "agent_id"),
        ("/v1/appointments?lead_id=", "lead_id"),
        ("/v1/appointments?lead_id=%ff%fe", "lead_id"),
        ("/v1/appointments?sort=name", "sort"),
        ("/v1/appointments?sort=start&sort=-start", "sort"),
        ("/v1/appointments?limit=0", "limit"),
        ("/v1/appointments?limit=201", "limit"),
        ("/v1/appointments?limit=-1", "limit"),
        ("/v1/appointments?limit=1&limit=2", "limit"),
        ("/v1/appointments?limit=99999999999999999999999", "limit"),
        ("/v1/appointments?cursor=x", "cursor"),
        ("/v1/appointments?cursor=AAAA", "cursor"),
        ("/v1/appointments?cursor=%00%00", "cursor"),
        ("/v1/appointments?cursor=a&cursor=b", "cursor"),
        ("/v1/appointments?min_position=-1", "min_position"),
        ("/v1/appointments?min_position=18446744073709551616", "min_position"),
        ("/v1/appointments?from=yesterday", "from"),
        ("/v1/appointments?from=2026-12-02T14:00:00+01:00", "from"),
        ("/v1/appointments?to=2026-12-02", "to"),
        ("/v1/appointments?from=2026-12-03T00:00:00Z&to=2026-12-02T00:00:00Z", "to"),
        ("/v1/appointments?from=2026-01-01T00:00:00Z&to=2027-01-02T00:00:01Z", "to"),
        ("/v1/appointments?unheard_of=1", "unheard_of"),
        ("/v1/appointments?Status=confirmed", "Status"),
        (&*format!("/v1/appointments?{many}"), "agent_id"),
        ("/v1/agents?cursor=AAAA", "cursor"),
        ("/v1/agents?limit=x", "limit"),
        ("/v1/agents?from=2026-12-03T00:00:00Z", "from"),
        ("/v1/agents/7?unheard_of=1", "unheard_of"),
        (&format!("/v1/agents/7/calendar?{range}&limit=1"), "limit"),
        ("/v1/agents/7/calendar", "from"),
        ("/v1/agents/7/calendar?from=2026-12-03T00:00:00Z", "to"),
        ("/v1/agents/7/calendar?from=2026-01-01T00:00:00Z&to=2027-01-02T00:00:01Z", "to"),
        ("/v1/agents/7/calendar?from=0000-01-01T00:00:00Z&to=9999-01-01T00:00:00Z", "to"),
        ("/v1/agents/7/availability?from=2026-12-03T00:00:00Z&to=2026-12-02T00:00:00Z", "to"),
        ("/v1/calendar", "from"),
        (&format!("/v1/calendar?{range}&layers=weather"), "layers"),
        (&format!("/v1/calendar?{range}&layers=hours,hours"), "layers"),
        (&format!("/v1/calendar?{range}&limit=51"), "limit"),
        (&format!("/v1/calendar?{range}&cursor=AAAA"), "cursor"),
        (&format!("/v1/calendar?{range}&{many}"), "agent_id"),
        ("/v1/calendar?from=2026-12-01T00:00:00Z&to=2027-02-01T00:00:01Z", "to"),
        ("/v1/summary?from=2026-12-03T00:00:00Z", "to"),
        ("/v1/summary?from=2026-01-01T00:00:00Z&to=2027-01-02T00:00:01Z", "to"),
        (&format!("/v1/summary?{range}&by=weather"), "by"),
        (&format!("/v1/summary?{range}&by="), "by"),
        (&format!("/v1/summary?{range}&zone=Mars/Olympus"), "zone"),
        ("/v1/leads?q=a", "q"),
        ("/v1/leads?q=a%40%00", "q"),
        ("/v1/leads?q=ana&q=eva", "q"),
        ("/v1/leads?q=ana&cursor=AAAA", "cursor"),
        ("/v1/leads?limit=0", "limit"),
        ("/v1/leads/55?unheard_of=1", "unheard_of"),
        ("/v1/slots", "appointment_type"),
        ("/v1/slots?appointment_type=", "appointment_type"),
        (&format!("{slots}&appointment_type={VISIT}"), "appointment_type"),
        (&format!("{slots}&zone=Mars/Olympus"), "zone"),
        (&format!("{slots}&explain=maybe"), "explain"),
        (&format!("{slots}&start=2026-12-03T00:00:00Z"), "start"),
        (&format!("{slots}&from=2026-01-01T00:00:00Z&to=2027-01-02T00:00:01Z"), "to"),
        (&format!("{slots}&cursor=AAAA"), "cursor"),
        (&format!("{slots}&{many}"), "agent_id"),
        ("/v1/appointments?status=", "status"),
        ("/v1/appointments?status=Scheduled", "status"),
        ("/v1/appointments?status=scheduled,confirmed", "status"),
        ("/v1/appointments?status=scheduled&status=maybe", "status"),
        ("/v1/appointments?appointment_type=a%20b", "appointment_type"),
        ("/v1/appointments?property_id=%C3%B1", "property_id"),
        ("/v1/appointments?wall_time_changed=maybe", "wall_time_changed"),
        ("/v1/appointments?sort=", "sort"),
        ("/v1/appointments?sort=--start", "sort"),
        ("/v1/appointments?limit=", "limit"),
        ("/v1/appointments?limit=1.5", "limit"),
        ("/v1/appointments?min_position=1.5", "min_position"),
        ("/v1/appointments?min_position=", "min_position"),
        ("/v1/appointments?from=2026-12-02T14:00:00", "from"),
        ("/v1/appointments?from=2026-13-02T14:00:00Z", "from"),
        ("/v1/appointments?from=-9999-01-01T00:00:00Z", "from"),
        ("/v1/appointments?to=%2B99999-01-01T00:00:00Z", "to"),
        ("/v1/agents/7/calendar?from=-9999-01-01T00:00:00Z&to=-9999-01-02T00:00:00Z", "from"),
        ("/v1/agents/7/availability?from=%2B99999-01-01T00:00:00Z&to=%2B99999-01-02T00:00:00Z", "from"),
        (&format!("{slots}&from=-9999-01-01T00:00:00Z"), "from"),
        (&format!("{slots}&explain=true&start=%2B99999-01-01T00:00:00Z"), "start"),
        ("/v1/agents/7/calendar?from=2026-12-03T00:00:00Z&to=tomorrow", "to"),
        ("/v1/agents/7/availability", "from"),
        ("/v1/agents/7/availability?from=2026-01-01T00:00:00Z&to=2027-01-02T00:00:01Z", "to"),
        (&format!("{slots}&agent_id=a%20b"), "agent_id"),
        (&format!("{slots}&lead_id=%00"), "lead_id"),
        (&format!("{slots}&limit=201"), "limit"),
        (&format!("{slots}&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"), "to"),
        (&format!("{slots}&explain=true&from=2026-01-01T00:00:00Z&to=2026-01-15T00:00:01Z"), "to"),
        (&format!("/v1/appointments/{}?as_of=1&unheard_of=1", test.appointment), "unheard_of"),
        (&format!("/v1/appointments/{}/history?min_position=x", test.appointment), "min_position"),
    ] {
        let answer = test.given.client.get(path).answer().await;
        if field == "unheard_of" && path.contains("as_of") {
            answer.refused(400, "malformed_request");
        } else {
            assert_names(&answer, field);
        }
    }
    test.assert_nothing_stored().await;
}

#[tokio::test]
async fn no_question_takes_a_parameter_that_it_does_not_know_or_a_position_that_is_none() {
    let test = Unchanged::new().await;
    for path in queries() {
        for (parameter, field) in [
            ("unheard_of=1", "unheard_of"),
            ("unheard_of", "unheard_of"),
            ("min_position=-1", "min_position"),
            ("min_position=1&min_position=1", "min_position"),
        ] {
            assert_names(&test.given.client.get(&format!("{path}?{parameter}")).answer().await, field);
        }
    }
    test.assert_nothing_stored().await;
}

#[tokio::test]
async fn no_command_takes_a_parameter() {
    let test = Unchanged::new().await;
    let commands = commands("7", &test.appointment).into_iter();
    let commands = commands.map(|command| (command.method, command.path, command.body));
    let deletions = deletions().into_iter().map(|path| ("DELETE", path, json!({})));
    for (method, path, body) in commands.chain(deletions) {
        for (parameter, field) in [
            ("unheard_of=1", "unheard_of"),
            ("unheard_of", "unheard_of"),
            ("&unheard_of=1", "unheard_of"),
            ("=&unheard_of", ""),
            ("dry_run=true&dry_run=true", "dry_run"),
        ] {
            let path = format!("{path}?{parameter}");
            assert_names(&test.given.client.request(method, &path).body(&body).answer().await, field);
        }
    }
    test.assert_nothing_stored().await;
}

/// A cursor goes on with the list that gave it, in its order.
#[tokio::test]
async fn a_cursor_of_another_list_or_order_is_refused() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7", "8"]).await;
    for slot in 0..2 {
        book(&client, "7", "55", at(3, slot * 30)).await;
    }
    let position = head(&client).await;
    let slots = format!("/v1/slots?appointment_type={VISIT}");
    let mut cursors = Vec::new();
    let calendar = format!("/v1/calendar?from={}&to={}", text(at(3, 0)), text(at(4, 0)));
    for list in
        ["/v1/agents?", &calendar, "/v1/appointments?sort=start", "/v1/appointments?sort=-created_at", &slots]
    {
        let page = client.get(&format!("{list}&limit=1&min_position={position}")).ok().await;
        cursors.push((list, page["next_cursor"].as_str().unwrap().to_owned()));
    }
    for (list, _) in &cursors {
        for (of, cursor) in &cursors {
            let request = client.get(&format!("{list}&cursor={cursor}"));
            if list == of {
                request.ok().await;
                let cut = &cursor[..cursor.len() - 1];
                for wrong in [format!("{cursor}A"), format!("{cursor}="), cut.to_owned()] {
                    assert_names(&client.get(&format!("{list}&cursor={wrong}")).answer().await, "cursor");
                }
            } else {
                assert_names(&request.answer().await, "cursor");
            }
        }
    }
}

#[tokio::test]
async fn ends_of_time_are_answered_or_refused_and_never_break_anything() {
    let test = Unchanged::new().await;
    let instants = [
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00%2B23:59",
        "1883-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "2026-12-31T23:59:60Z",
        "2026-12-31T23:59:59.999999999Z",
        "9999-12-31T23:59:59-23:59",
    ];
    for from in instants {
        for to in instants {
            for path in [
                format!("/v1/appointments?from={from}&to={to}"),
                format!("/v1/slots?appointment_type={VISIT}&from={from}&to={to}"),
                format!("/v1/agents/7/calendar?from={from}&to={to}"),
                format!("/v1/agents/7/availability?from={from}&to={to}"),
                format!("/v1/calendar?from={from}&to={to}"),
                format!("/v1/summary?from={from}&to={to}"),
                format!("/v1/conflicts?from={from}&to={to}"),
            ] {
                let answer = test.given.client.get(&path).answer().await;
                if !answer.status.is_success() {
                    answer.problem();
                }
            }
        }
        let explained = format!("/v1/slots?appointment_type={VISIT}&explain=true&start={from}");
        test.given.client.get(&explained).ok().await;
    }
    test.assert_nothing_stored().await;
}
