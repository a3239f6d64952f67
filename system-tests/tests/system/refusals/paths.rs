use serde_json::json;

use super::{Unchanged, assert_names};
use crate::addresses::paths;

#[tokio::test]
async fn an_id_of_the_wrong_form_is_named() {
    let test = Unchanged::new().await;
    let client = &test.given.client;
    let long = "x".repeat(65);
    for id in ["a%20b", "%00", "%ff", "%C3%B1", "a%2Fb", "%2e%2e%2f", "a%0ab", "$", "%25", &long] {
        for path in ["", "/calendar", "/availability"] {
            let answer = client.get(&format!("/v1/agents/{id}{path}")).answer().await;
            let problem = answer.problem();
            assert!([400, 404].contains(&answer.status.as_u16()), "{id}: {problem}");
        }
        let profile = json!({"name": "x", "time_zone": "UTC"});
        client.put(&format!("/v1/agents/{id}")).body(&profile).answer().await.problem();
        client.post(&format!("/v1/agents/{id}/deactivate")).answer().await.problem();
        client.get(&format!("/v1/leads/{id}/context")).answer().await.problem();
        let path = format!("/v1/office/appointment-types/{id}");
        client.put(&path).body(&crate::support::type_of(30)).answer().await.problem();
        client.delete(&path).answer().await.problem();
    }
    for id in ["1", "not-a-uuid", "%00", "01890000-0000-7000-8000-00000000000g", &long] {
        assert_names(&client.get(&format!("/v1/appointments/{id}")).answer().await, "appointment_id");
        assert_names(&client.get(&format!("/v1/appointments/{id}/history")).answer().await, "appointment_id");
        for verb in ["confirm", "cancel", "reinstate", "complete", "no-show"] {
            let answer = client.post(&format!("/v1/appointments/{id}/{verb}")).answer().await;
            assert_names(&answer, "appointment_id");
        }
        for (path, name) in [
            (format!("/v1/holds/{id}"), "hold_id"),
            (format!("/v1/agents/7/blocks/{id}"), "block_id"),
            (format!("/v1/agents/7/availability-rules/{id}"), "rule_id"),
            (format!("/v1/office/blocks/{id}"), "block_id"),
        ] {
            assert_names(&client.delete(&path).answer().await, name);
        }
    }
    test.assert_nothing_stored().await;
}

#[tokio::test]
async fn what_is_not_there_is_not_found_whatever_it_is_called() {
    let test = Unchanged::new().await;
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v1/agents/",
        "/v1/agents//calendar",
        "/v1/nothing",
        "/V1/office",
        "/v1/office/",
        "/v2/office",
        "/v1/%6fffice/x",
        "/%00",
        "/%ff%ff",
        "/v1/appointments/x/y/z",
        "//v1/office",
        "/etc/passwd",
    ] {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let answer = test.given.client.request(method, path).answer().await;
            answer.refused(404, "not_found");
        }
    }
    test.assert_nothing_stored().await;
}

#[tokio::test]
async fn a_method_that_a_path_does_not_take_is_refused_and_the_others_are_named() {
    let test = Unchanged::new().await;
    for (path, methods, _) in paths() {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "BREW"] {
            if methods.contains(&method) {
                continue;
            }
            let answer = test.given.client.request(method, &path).text("[]").answer().await;
            assert_eq!(answer.status, 405, "{answer:?}");
            assert_eq!(answer.header("allow"), methods.join(", "), "{answer:?}");
            if method != "HEAD" {
                answer.refused(405, "method_not_allowed");
            }
        }
    }
    // Whoever makes up methods makes no counters.
    let metrics = test.given.client.get("/metrics").answer().await.text;
    assert!(metrics.contains("method=\"other\"") && !metrics.contains("BREW"), "{metrics}");
    test.assert_nothing_stored().await;
}
