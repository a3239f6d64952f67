use actix_web::{HttpResponse, web};
use http_edge::{Principal, Problem, StrictQuery};
use read_model::{Limit, PageRequest};
use serde::Deserialize;

use crate::answer::answer;
use crate::parameters::{limit, position};
use crate::service::QueryApi;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    #[serde(default, deserialize_with = "limit")]
    limit: Limit,
    cursor: Option<String>,
    #[serde(default, deserialize_with = "position")]
    min_position: u64,
}

/// Every agent, by id.
pub(super) async fn agents(
    _: Principal,
    api: web::Data<QueryApi>,
    StrictQuery(query): StrictQuery<Query>,
) -> Result<HttpResponse, Problem> {
    api.wait_for(query.min_position).await?;
    answer(api.read_model.agents(&PageRequest { limit: query.limit, cursor: query.cursor }).await)
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
