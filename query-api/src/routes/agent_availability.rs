use actix_web::{HttpRequest, HttpResponse, web};
use http_edge::{Principal, Problem, StrictPath, StrictQuery};
use serde::Deserialize;

use crate::answer::answer;
use crate::parameters::{Instant, position, whole_range};
use crate::service::QueryApi;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    from: Option<Instant>,
    to: Option<Instant>,
    #[serde(default, deserialize_with = "position")]
    min_position: u64,
}

/// When one agent is free and busy between two instants.
pub(super) async fn availability(
    _: Principal,
    request: HttpRequest,
    api: web::Data<QueryApi>,
    StrictQuery(query): StrictQuery<Query>,
) -> Result<HttpResponse, Problem> {
    let agent_id = StrictPath::get(&request, "agent_id")?;
    let range = whole_range(query.from, query.to)?;
    api.wait_for(query.min_position).await?;
    answer(api.read_model.agent_availability(&agent_id, range, api.now()).await)
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;

    use crate::sample::Sample;

    const DAY: &str = "from=2026-12-02T03:00:00Z&to=2026-12-03T03:00:00Z";

    #[actix_web::test]
    async fn free_and_busy_together_are_the_hours() {
        let mut sample = Sample::new();
        sample.book(1, "7", "55", "2026-12-02T13:00:00Z");
        let body = sample.get(&format!("/v1/agents/7/availability?{DAY}")).await.body;
        let interval = |start: &str, end: &str| serde_json::json!({"start": start, "end": end});
        assert_eq!(
            body["busy"],
            serde_json::json!([interval("2026-12-02T13:00:00Z", "2026-12-02T13:30:00Z")])
        );
        let free = [
            interval("2026-12-02T12:00:00Z", "2026-12-02T13:00:00Z"),
            interval("2026-12-02T13:30:00Z", "2026-12-02T16:00:00Z"),
        ];
        assert_eq!(body["free"], serde_json::json!(free));
    }

    #[actix_web::test]
    async fn an_unknown_agent_has_no_availability_and_a_range_is_needed() {
        let sample = Sample::new();
        let answered = sample.get(&format!("/v1/agents/9/availability?{DAY}")).await;
        assert_eq!((answered.status, answered.code()), (StatusCode::NOT_FOUND, "unknown_agent"));
        assert_eq!(sample.get("/v1/agents/7/availability").await.refused_field(), "from");
    }
}
