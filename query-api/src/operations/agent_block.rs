use std::sync::Arc;

use operation::{Access, Code, Found, Nothing, Operation, Problem, Query, QueryCall};
use read_model::AgentBlock;

use super::targets::OfBlock;
use crate::QueryApi;
use crate::query_result::versioned;

/// One block of an agent.
pub(crate) struct GetAgentBlock;

impl Operation for GetAgentBlock {
    const NAME: &'static str = "GetAgentBlock";
    const SUMMARY: &'static str = "One block of an agent.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent, Code::BlockNotFound];
    type Target = OfBlock;
    type Request = Nothing;
    type Answer = AgentBlock;
}

impl Query for GetAgentBlock {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        OfBlock { agent_id, block_id }: OfBlock,
        _: Nothing,
    ) -> Result<Found<AgentBlock>, Problem> {
        let block = api.read_model(call).await?.agent_block(&agent_id, block_id).await;
        versioned(block, |block| block.version)
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
        assert_eq!(answered.body, expected);
        assert_eq!(answered.header("etag"), "\"2\"", "the agent's");
        for (agent, number, code) in
            [("7", 2, "block_not_found"), ("8", 1, "block_not_found"), ("9", 1, "unknown_agent")]
        {
            let answered = sample.get(&path(agent, number)).await;
            assert_eq!((answered.status, answered.code()), (StatusCode::NOT_FOUND, code));
        }
        sample.agent("7", TimeUnblocked { block_id: block(1).block_id });
        assert_eq!(sample.get(&path("7", 1)).await.status, StatusCode::NOT_FOUND);
    }
}
