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
