use std::sync::Arc;

use operation::{Access, Code, Found, Nothing, Operation, Problem, Query, QueryCall};
use read_model::{BlockRow, Page, PageRequest};

use super::block_page::BlockPage;
use super::targets::OfOfficeBlock;
use crate::QueryApi;
use crate::query_result::{found, versioned};

/// One block of the office.
pub(crate) struct GetOfficeBlock;

impl Operation for GetOfficeBlock {
    const NAME: &'static str = "GetOfficeBlock";
    const SUMMARY: &'static str = "One block of the office.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[Code::BlockNotFound];
    type Target = OfOfficeBlock;
    type Request = Nothing;
    type Answer = BlockRow;
}

impl Query for GetOfficeBlock {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        OfOfficeBlock { block_id }: OfOfficeBlock,
        _: Nothing,
    ) -> Result<Found<BlockRow>, Problem> {
        versioned(api.read_model(call).await?.office_block(block_id).await, |block| block.version)
    }
}

/// The blocks of the office.
pub(crate) struct ListOfficeBlocks;

impl Operation for ListOfficeBlocks {
    const NAME: &'static str = "ListOfficeBlocks";
    const SUMMARY: &'static str = "The blocks of the office, by id.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[];
    type Target = Nothing;
    type Request = BlockPage;
    type Answer = Page<BlockRow>;
}

impl Query for ListOfficeBlocks {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        _: Nothing,
        BlockPage { limit, cursor }: BlockPage,
    ) -> Result<Found<Page<BlockRow>>, Problem> {
        let page = PageRequest { limit, cursor };
        found(api.read_model(call).await?.office_blocks(&page).await)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use schemas::BlockId;
    use schemas::event::{BlockChanged, OfficeBlocked, OfficeUnblocked};
    use schemas::value::BlockSource;
    use uuid::Uuid;

    use crate::sample::Sample;

    #[actix_web::test]
    async fn a_block_of_the_office_is_found_as_it_is_until_it_is_removed() {
        let mut sample = Sample::new();
        let [start, end] = ["2026-12-08T03:00:00Z", "2026-12-09T03:00:00Z"].map(|text| text.parse().unwrap());
        let id = Uuid::from_u128(2);
        let mut block = fixtures::block(BlockId::new(id), fixtures::ZONE, start, end);
        block.date = Some("2026-12-08".parse().unwrap());
        block.regions = vec!["Ñuble".to_owned()];
        block.source = Some(BlockSource { rule: "Ley 2.977".to_owned(), version: "2026-1".to_owned() });
        sample.office(OfficeBlocked { block: block.clone() });
        let path = format!("/v1/office/blocks/{id}");
        let answered = sample.get(&path).await;
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.body);
        assert_eq!(answered.body["date"], "2026-12-08");
        assert_eq!(answered.body["source"]["rule"], "Ley 2.977");
        assert_eq!(answered.tagged_version(), 8, "the office's");
        let list = sample.get("/v1/office/blocks").await.body;
        assert_eq!(list["items"][0], answered.body);
        block.reason = "Inmaculada Concepción".to_owned();
        sample.office(BlockChanged { block: block.clone() });
        assert_eq!(sample.get(&path).await.body["reason"], "Inmaculada Concepción");
        sample.office(OfficeUnblocked { block_id: block.block_id, date: None });
        let answered = sample.get(&path).await;
        assert_eq!((answered.status, answered.code()), (StatusCode::NOT_FOUND, "block_not_found"));
    }
}
