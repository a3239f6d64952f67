use actix_web::{HttpRequest, HttpResponse, web};
use http_edge::{Principal, Problem, StrictPath, StrictQuery};
use schemas::LeadId;

use crate::answer::answer;
use crate::parameters::Freshness;
use crate::service::QueryApi;

/// What a conversation with a lead should know.
pub(super) async fn context(
    _: Principal,
    request: HttpRequest,
    api: web::Data<QueryApi>,
    StrictQuery(query): StrictQuery<Freshness>,
) -> Result<HttpResponse, Problem> {
    let lead_id: LeadId = StrictPath::get(&request, "lead_id")?;
    api.wait_for(query.min_position).await?;
    answer(api.read_model.lead_context(&lead_id, api.now()).await)
}
