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
