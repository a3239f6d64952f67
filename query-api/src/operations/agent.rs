use std::sync::Arc;

use operation::{Access, Code, Found, Nothing, Operation, Problem, Query, QueryCall};
use read_model::AgentDetail;

use super::targets::OfAgent;
use crate::QueryApi;
use crate::query_result::versioned;

/// One agent: profile, own hours, exceptions, whether active.
pub(crate) struct GetAgent;

impl Operation for GetAgent {
    const NAME: &'static str = "GetAgent";
    const SUMMARY: &'static str = "One agent: profile, own hours, exceptions, whether active.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent];
    type Target = OfAgent;
    type Request = Nothing;
    type Answer = AgentDetail;
}

impl Query for GetAgent {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        OfAgent { agent_id }: OfAgent,
        _: Nothing,
    ) -> Result<Found<AgentDetail>, Problem> {
        versioned(api.read_model(call).await?.agent(&agent_id).await, |detail| detail.agent.version)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use schemas::event::{AgentDeactivated, DateExceptionSet};
    use schemas::value::DateException;

    use crate::sample::Sample;

    #[actix_web::test]
    async fn an_agent_has_its_own_hours_and_says_whether_it_is_active() {
        let mut sample = Sample::new();
        let date = "2026-12-24".parse().unwrap();
        sample.agent("7", DateExceptionSet { exception: DateException { date, intervals: Vec::new() } });
        sample.agent("7", AgentDeactivated { agent_id: "7".parse().unwrap() });
        let answered = sample.get("/v1/agents/7").await;
        assert_eq!(answered.body["name"], "Ana Pérez");
        assert_eq!(answered.body["time_zone"], "America/Santiago");
        assert_eq!(answered.body["active"], false);
        assert_eq!(answered.body["rules"], serde_json::json!([]));
        assert_eq!(answered.body["exceptions"], serde_json::json!([{"date": "2026-12-24", "intervals": []}]));
        assert_eq!(answered.body["version"], 3);
        assert_eq!(answered.tagged_version(), 3);
    }

    #[actix_web::test]
    async fn an_unknown_agent_is_not_found_and_a_bad_id_is_named() {
        let sample = Sample::new();
        let answered = sample.get("/v1/agents/9").await;
        assert_eq!((answered.status, answered.code()), (StatusCode::NOT_FOUND, "unknown_agent"));
        assert_eq!(sample.get("/v1/agents/a%20b").await.refused_field(), "agent_id");
        assert_eq!(sample.get("/v1/agents/7?from=x").await.refused_field(), "from");
    }
}
