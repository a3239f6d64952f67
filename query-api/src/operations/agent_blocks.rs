use std::sync::Arc;

use operation::{Access, Code, Found, Nothing, Operation, Problem, Query, QueryCall};
use read_model::{BlockRow, Page, PageRequest};

use super::block_page::BlockPage;
use super::targets::{OfAgent, OfBlock};
use crate::QueryApi;
use crate::query_result::{found, versioned};

/// One block of an agent.
pub(crate) struct GetAgentBlock;

impl Operation for GetAgentBlock {
    const NAME: &'static str = "GetAgentBlock";
    const SUMMARY: &'static str = "One block of an agent.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent, Code::BlockNotFound];
    type Target = OfBlock;
    type Request = Nothing;
    type Answer = BlockRow;
}

impl Query for GetAgentBlock {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        OfBlock { agent_id, block_id }: OfBlock,
        _: Nothing,
    ) -> Result<Found<BlockRow>, Problem> {
        let block = api.read_model(call).await?.agent_block(&agent_id, block_id).await;
        versioned(block, |block| block.version)
    }
}

/// The blocks of an agent.
pub(crate) struct ListAgentBlocks;

impl Operation for ListAgentBlocks {
    const NAME: &'static str = "ListAgentBlocks";
    const SUMMARY: &'static str = "The blocks of an agent, by id.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent];
    type Target = OfAgent;
    type Request = BlockPage;
    type Answer = Page<BlockRow>;
}

impl Query for ListAgentBlocks {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        OfAgent { agent_id }: OfAgent,
        BlockPage { limit, cursor }: BlockPage,
    ) -> Result<Found<Page<BlockRow>>, Problem> {
        let page = PageRequest { limit, cursor };
        found(api.read_model(call).await?.agent_blocks(&agent_id, &page).await)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use schemas::BlockId;
    use schemas::event::{OfficeBlocked, TimeBlocked, TimeUnblocked};
    use uuid::Uuid;

    use crate::sample::Sample;

    #[actix_web::test]
    async fn a_block_is_found_at_its_agent_until_it_is_removed() {
        let mut sample = Sample::new();
        let [start, end] = ["2026-12-03T13:00:00Z", "2026-12-03T14:00:00Z"].map(|text| text.parse().unwrap());
        let block =
            |number| fixtures::block(BlockId::new(Uuid::from_u128(number)), fixtures::ZONE, start, end);
        sample.agent("7", TimeBlocked { block: block(1) });
        sample.office(OfficeBlocked { block: block(2) });
        let path = |agent: &str, number| format!("/v1/agents/{agent}/blocks/{}", Uuid::from_u128(number));
        let answered = sample.get(&path("7", 1)).await;
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.body);
        let mut expected = serde_json::to_value(block(1)).unwrap();
        expected["version"] = 2.into();
        expected["local"] = "2026-12-03T10:00".into();
        expected["weekday"] = "jueves".into();
        expected["zone"] = "America/Santiago".into();
        expected["text"] = "jueves 3 de diciembre, 10:00 a 11:00".into();
        assert_eq!(answered.body, expected);
        assert_eq!(answered.tagged_version(), 2, "the agent's");
        for (agent, number, code) in
            [("7", 2, "block_not_found"), ("8", 1, "block_not_found"), ("9", 1, "unknown_agent")]
        {
            let answered = sample.get(&path(agent, number)).await;
            assert_eq!((answered.status, answered.code()), (StatusCode::NOT_FOUND, code));
        }
        sample.agent("7", TimeUnblocked { block_id: block(1).block_id, date: None });
        assert_eq!(sample.get(&path("7", 1)).await.status, StatusCode::NOT_FOUND);
    }

    #[actix_web::test]
    async fn the_blocks_of_an_agent_come_by_id_a_page_at_a_time() {
        let mut sample = Sample::new();
        let [start, end] = ["2026-12-03T13:00:00Z", "2026-12-03T14:00:00Z"].map(|text| text.parse().unwrap());
        for number in [3, 1, 2] {
            let block_id = BlockId::new(Uuid::from_u128(number));
            sample.agent("7", TimeBlocked { block: fixtures::block(block_id, fixtures::ZONE, start, end) });
        }
        let first = sample.get("/v1/agents/7/blocks?limit=2").await.body;
        let ids = |body: &serde_json::Value| {
            let items = body["items"].as_array().unwrap().iter();
            items.map(|item| item["block_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(ids(&first), [1, 2].map(|number| Uuid::from_u128(number).to_string()));
        let cursor = first["next_cursor"].as_str().unwrap();
        let rest = sample.get(&format!("/v1/agents/7/blocks?cursor={cursor}")).await.body;
        assert_eq!(ids(&rest), [Uuid::from_u128(3).to_string()]);
        assert_eq!(rest["next_cursor"], serde_json::Value::Null);
        assert_eq!(sample.get("/v1/agents/8/blocks").await.body["items"], serde_json::json!([]));
        assert_eq!(sample.get("/v1/agents/9/blocks").await.code(), "unknown_agent");
        assert_eq!(sample.get("/v1/agents/7/blocks?cursor=%20").await.refused_field(), "cursor");
    }
}
