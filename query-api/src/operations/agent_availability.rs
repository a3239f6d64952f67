use std::sync::Arc;

use operation::{Access, Code, Found, Operation, Problem, Query, QueryCall};
use read_model::AvailabilityAnswer;

use super::targets::OfAgent;
use crate::QueryApi;
use crate::parameters::Range;
use crate::query_result::found;

/// When one agent is free and busy between two instants.
pub(crate) struct GetAgentAvailability;

impl Operation for GetAgentAvailability {
    const NAME: &'static str = "GetAgentAvailability";
    const SUMMARY: &'static str = "When one agent is free and busy between two instants.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent];
    type Target = OfAgent;
    type Request = Range;
    type Answer = AvailabilityAnswer;
}

impl Query for GetAgentAvailability {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        OfAgent { agent_id }: OfAgent,
        range: Range,
    ) -> Result<Found<AvailabilityAnswer>, Problem> {
        let range = range.interval()?;
        found(api.read_model(call).await?.agent_availability(&agent_id, range, api.now()).await)
    }
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
