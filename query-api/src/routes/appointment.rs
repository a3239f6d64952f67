use actix_web::{HttpRequest, HttpResponse, web};
use http_edge::{Principal, Problem, StrictPath, StrictQuery};

use crate::answer::versioned;
use crate::parameters::Freshness;
use crate::service::QueryApi;

/// One appointment.
pub(super) async fn appointment(
    _: Principal,
    request: HttpRequest,
    api: web::Data<QueryApi>,
    StrictQuery(query): StrictQuery<Freshness>,
) -> Result<HttpResponse, Problem> {
    let appointment_id = StrictPath::get(&request, "appointment_id")?;
    api.wait_for(query.min_position).await?;
    versioned(api.read_model.appointment(appointment_id).await, |row| row.version)
}
