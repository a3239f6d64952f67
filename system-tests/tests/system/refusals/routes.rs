//! Every address that the program answers at, with the methods that it takes there.

/// Stands for an id that nothing has.
pub(super) const MISSING: &str = "01890000-0000-7000-8000-000000000000";

const READ: &[&str] = &["GET", "HEAD"];

/// Who has no token is answered here all the same.
pub(super) const OPEN: &[&str] = &["/livez", "/readyz"];

pub(super) const ROUTES: &[(&str, &[&str])] = &[
    ("/livez", READ),
    ("/readyz", READ),
    ("/metrics", READ),
    ("/v1/slots", READ),
    ("/v1/agents", READ),
    ("/v1/agents/7", &["GET", "HEAD", "PUT"]),
    ("/v1/agents/7/calendar", READ),
    ("/v1/agents/7/availability", READ),
    ("/v1/agents/7/deactivate", &["POST"]),
    ("/v1/agents/7/weekly-hours", &["PUT"]),
    ("/v1/agents/7/availability-rules", &["POST"]),
    ("/v1/agents/7/availability-rules/{}", &["DELETE"]),
    ("/v1/agents/7/exceptions/2026-12-24", &["PUT", "DELETE"]),
    ("/v1/agents/7/blocks", &["POST"]),
    ("/v1/agents/7/blocks/{}", &["DELETE"]),
    ("/v1/leads/55/context", READ),
    ("/v1/office", &["GET", "HEAD", "PUT"]),
    ("/v1/office/appointment-types/visit", &["PUT", "DELETE"]),
    ("/v1/office/weekly-hours", &["PUT"]),
    ("/v1/office/blocks", &["POST"]),
    ("/v1/office/blocks/{}", &["DELETE"]),
    ("/v1/holds", &["POST"]),
    ("/v1/holds/{}", &["DELETE"]),
    ("/v1/appointments", &["GET", "HEAD", "POST"]),
    ("/v1/appointments/{}", READ),
    ("/v1/appointments/{}/history", READ),
    ("/v1/appointments/{}/confirm", &["POST"]),
    ("/v1/appointments/{}/cancel", &["POST"]),
    ("/v1/appointments/{}/reschedule", &["POST"]),
    ("/v1/appointments/{}/reassign", &["POST"]),
    ("/v1/appointments/{}/complete", &["POST"]),
    ("/v1/appointments/{}/no-show", &["POST"]),
];

/// Every path, with an id in it that nothing has, and its methods.
pub(super) fn paths() -> impl Iterator<Item = (String, &'static [&'static str])> {
    ROUTES.iter().map(|(path, methods)| (path.replace("{}", MISSING), *methods))
}

/// The paths of every question.
pub(super) fn questions() -> impl Iterator<Item = String> {
    paths()
        .filter(|(path, methods)| path.starts_with("/v1/") && methods.contains(&"GET"))
        .map(|(path, _)| path)
}

/// Every command that takes no body.
pub(super) fn deletions() -> impl Iterator<Item = String> {
    paths().filter(|(_, methods)| methods.contains(&"DELETE")).map(|(path, _)| path)
}
