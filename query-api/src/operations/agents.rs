use std::sync::Arc;

use operation::{Access, Code, Found, Nothing, Operation, Problem, Query, QueryCall};
use read_model::{AgentRow, Limit, Page, PageRequest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::QueryApi;
use crate::parameters::limit;
use crate::query_result::found;

/// Every agent, by id.
pub(crate) struct ListAgents;

/// Which page.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgentPage {
    /// How many entries; by default 50.
    #[serde(default, deserialize_with = "limit")]
    limit: Limit,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

impl Operation for ListAgents {
    const NAME: &'static str = "ListAgents";
    const SUMMARY: &'static str = "Every agent, active or not, by id.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[];
    type Target = Nothing;
    type Request = AgentPage;
    type Answer = Page<AgentRow>;
}

impl Query for ListAgents {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        _: Nothing,
        AgentPage { limit, cursor }: AgentPage,
    ) -> Result<Found<Page<AgentRow>>, Problem> {
        found(api.read_model(call).await?.agents(&PageRequest { limit, cursor }).await)
    }
}

#[cfg(test)]
mod tests {
    use crate::sample::Sample;

    #[actix_web::test]
    async fn agents_come_by_id_a_page_at_a_time() {
        let mut sample = Sample::new();
        let first = sample.get("/v1/agents?limit=1").await.body;
        assert_eq!(first["items"][0]["agent_id"], "7");
        assert_eq!(first["items"][0]["name"], "Ana Pérez");
        assert_eq!(first["items"][0]["active"], true);
        sample.register("70", "Dora Soto");
        sample.register("1", "Elías Rojas");
        let cursor = first["next_cursor"].as_str().unwrap();
        let rest = sample.get(&format!("/v1/agents?cursor={cursor}")).await.body;
        let ids: Vec<_> = rest["items"].as_array().unwrap().iter().map(|item| &item["agent_id"]).collect();
        assert_eq!(ids, ["70", "8"]);
        assert_eq!(rest["next_cursor"], serde_json::Value::Null);
    }

    #[actix_web::test]
    async fn a_bad_parameter_is_named() {
        let sample = Sample::new();
        for (query, field) in [("limit=0", "limit"), ("cursor=%20", "cursor"), ("active=true", "active")] {
            assert_eq!(sample.get(&format!("/v1/agents?{query}")).await.refused_field(), field);
        }
    }
}
