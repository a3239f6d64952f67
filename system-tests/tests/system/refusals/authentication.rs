use system_tests::Client;

use super::Unchanged;

const MISSING: &str = "01890000-0000-7000-8000-000000000000";

/// Every address there is but `/livez` and `/readyz`.
fn addresses() -> Vec<(&'static str, String)> {
    let mut addresses: Vec<(&str, String)> = [
        ("GET", "/v1/slots?appointment_type=visit"),
        ("GET", "/v1/appointments"),
        ("POST", "/v1/appointments"),
        ("GET", "/v1/agents"),
        ("GET", "/v1/agents/7"),
        ("PUT", "/v1/agents/7"),
        ("GET", "/v1/agents/7/calendar?from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z"),
        ("GET", "/v1/agents/7/availability?from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z"),
        ("POST", "/v1/agents/7/deactivate"),
        ("PUT", "/v1/agents/7/weekly-hours"),
        ("POST", "/v1/agents/7/availability-rules"),
        ("PUT", "/v1/agents/7/exceptions/2026-12-24"),
        ("DELETE", "/v1/agents/7/exceptions/2026-12-24"),
        ("POST", "/v1/agents/7/blocks"),
        ("GET", "/v1/leads/55/context"),
        ("GET", "/v1/office"),
        ("PUT", "/v1/office"),
        ("PUT", "/v1/office/appointment-types/visit"),
        ("DELETE", "/v1/office/appointment-types/visit"),
        ("PUT", "/v1/office/weekly-hours"),
        ("POST", "/v1/office/blocks"),
        ("POST", "/v1/holds"),
        ("GET", "/metrics"),
        ("GET", "/v1/nothing"),
        ("GET", "/"),
    ]
    .map(|(method, path)| (method, path.to_owned()))
    .into();
    for (method, path) in [
        ("DELETE", "/v1/agents/7/availability-rules/{}"),
        ("DELETE", "/v1/agents/7/blocks/{}"),
        ("DELETE", "/v1/office/blocks/{}"),
        ("DELETE", "/v1/holds/{}"),
        ("GET", "/v1/appointments/{}"),
        ("GET", "/v1/appointments/{}/history"),
        ("POST", "/v1/appointments/{}/confirm"),
        ("POST", "/v1/appointments/{}/cancel"),
        ("POST", "/v1/appointments/{}/reschedule"),
        ("POST", "/v1/appointments/{}/reassign"),
        ("POST", "/v1/appointments/{}/complete"),
        ("POST", "/v1/appointments/{}/no-show"),
    ] {
        addresses.push((method, path.replace("{}", MISSING)));
    }
    addresses
}

#[tokio::test]
async fn nobody_is_told_anything_without_a_known_token() {
    let test = Unchanged::new().await;
    let client: &Client = &test.given.client;
    let stranger = client.stranger();
    let (token, bearer) = (client.token(), format!("Bearer {}", client.token()));
    let wrong = [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer wrong".to_owned(),
        format!("Basic {token}"),
        token.to_owned(),
        format!("{bearer}x"),
        bearer[..bearer.len() - 1].to_owned(),
        bearer.to_uppercase(),
        format!("{bearer} {token}"),
    ];
    for (method, path) in addresses() {
        // Even with a body that is wrong as well: who is not known is told nothing of what is wrong with it.
        let missing = stranger.request(method, &path).text("[]").answer().await;
        missing.refused(401, "unauthenticated");
        assert_eq!(missing.header("www-authenticate"), "Bearer");
        for wrong in &wrong {
            let answer = stranger.request(method, &path).header("authorization", wrong).answer().await;
            answer.refused(401, "unauthenticated");
        }
        let garbled =
            stranger.request(method, &path).header("authorization", b"Bearer \xff\xfe").answer().await;
        garbled.refused(401, "unauthenticated");
    }
    for path in ["/livez", "/readyz"] {
        stranger.get(path).ok().await;
    }
    stranger.get("/v1/office").header("authorization", format!("bearer {token}")).ok().await;
    test.assert_nothing_stored().await;
}
