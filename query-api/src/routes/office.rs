use actix_web::{HttpResponse, web};
use http_edge::{Principal, Problem, StrictQuery};

use crate::answer::versioned;
use crate::parameters::Freshness;
use crate::service::QueryApi;

/// Zone, policies, types, office hours and blocks.
pub(super) async fn office(
    _: Principal,
    api: web::Data<QueryApi>,
    StrictQuery(query): StrictQuery<Freshness>,
) -> Result<HttpResponse, Problem> {
    api.wait_for(query.min_position).await?;
    versioned(api.read_model.office().await, |office| office.version)
}
