use std::sync::Arc;

use operation::{Access, Code, Found, Nothing, Operation, Problem, Query, QueryCall};
use read_model::{BulkMoveSummary, Limit, Page, PageRequest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::QueryApi;
use crate::parameters::limit;
use crate::query_result::found;

/// Every bulk move, newest first.
pub(crate) struct ListMoves;

/// Which page.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MovePage {
    /// How many entries; by default 50.
    #[serde(default, deserialize_with = "limit")]
    limit: Limit,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

impl Operation for ListMoves {
    const NAME: &'static str = "ListMoves";
    const SUMMARY: &'static str = "Every bulk move, newest first: how far each is, without its visits.";
    const ACCESS: Access = Access::APPOINTMENTS;
    const ERRORS: &'static [Code] = &[];
    type Target = Nothing;
    type Request = MovePage;
    type Answer = Page<BulkMoveSummary>;
}

impl Query for ListMoves {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        _: Nothing,
        MovePage { limit, cursor }: MovePage,
    ) -> Result<Found<Page<BulkMoveSummary>>, Problem> {
        found(api.read_model(call).await?.bulk_moves(&PageRequest { limit, cursor }).await)
    }
}

#[cfg(test)]
mod tests {
    use schemas::event::VisitMoved;
    use serde_json::Value;

    use crate::sample::{Sample, appointment_id};

    #[actix_web::test]
    async fn bulk_moves_come_newest_first_with_their_progress_and_a_page_at_a_time() {
        let mut sample = Sample::new();
        for number in 1..=3 {
            let started = fixtures::bulk_move_started(number, "7", "8", &[1, 2], &[3]);
            sample.bulk_move(started.move_id, started);
        }
        let second = fixtures::bulk_move_started(2, "7", "8", &[], &[]).move_id;
        let to_agent_id = "8".parse().unwrap();
        sample.bulk_move(second, VisitMoved { appointment_id: appointment_id(1), to_agent_id, version: 2 });
        let ids = |body: &Value| -> Vec<Value> {
            body["items"].as_array().unwrap().iter().map(|one| one["move_id"].clone()).collect()
        };
        let whole = sample.get("/v1/moves").await.body;
        let (mut walked, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = sample.get(&format!("/v1/moves?limit=1{cursor}")).await.body;
            walked.extend(ids(&page));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!((walked.len(), &walked), (3, &ids(&whole)));
        let moved = &whole["items"][1];
        let one = sample.get(&format!("/v1/moves/{second}")).await.body;
        assert_eq!(
            moved["counts"],
            serde_json::json!({"visits": 3, "pending": 1, "moved": 1, "not_moved": 1, "moved_back": 0, "not_moved_back": 0})
        );
        for (member, value) in one.as_object().unwrap() {
            let expected = if member == "visits" { &Value::Null } else { value };
            assert_eq!(&moved[member], expected, "{member}");
        }
    }

    #[actix_web::test]
    async fn a_bad_parameter_is_named() {
        let sample = Sample::new();
        for (query, field) in [("limit=0", "limit"), ("cursor=x", "cursor"), ("agent_id=7", "agent_id")] {
            assert_eq!(sample.get(&format!("/v1/moves?{query}")).await.refused_field(), field, "{query}");
        }
        let of_agents = sample.get("/v1/agents?limit=1").await.body;
        let cursor = of_agents["next_cursor"].as_str().unwrap();
        assert_eq!(sample.get(&format!("/v1/moves?cursor={cursor}")).await.refused_field(), "cursor");
    }
}
