use actix_web::{HttpRequest, HttpResponse, web};
use http_edge::{Principal, Problem, StrictPath, StrictQuery};

use crate::answer::versioned;
use crate::parameters::Freshness;
use crate::service::QueryApi;

/// One agent: profile, own hours, exceptions, whether active.
pub(super) async fn agent(
    _: Principal,
    request: HttpRequest,
    api: web::Data<QueryApi>,
    StrictQuery(query): StrictQuery<Freshness>,
) -> Result<HttpResponse, Problem> {
    let agent_id = StrictPath::get(&request, "agent_id")?;
    api.wait_for(query.min_position).await?;
    versioned(api.read_model.agent(&agent_id).await, |detail| detail.agent.version)
}
