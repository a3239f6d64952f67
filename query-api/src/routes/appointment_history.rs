use actix_web::{HttpRequest, HttpResponse, web};
use http_edge::{Principal, Problem, StrictPath, StrictQuery};
use read_model::{Answer, HistoryEntry, Page};

use crate::answer::answer;
use crate::parameters::Freshness;
use crate::service::QueryApi;

/// Every event of one appointment, in order, on one page.
pub(super) async fn history(
    _: Principal,
    request: HttpRequest,
    api: web::Data<QueryApi>,
    StrictQuery(query): StrictQuery<Freshness>,
) -> Result<HttpResponse, Problem> {
    let appointment_id = StrictPath::get(&request, "appointment_id")?;
    api.wait_for(query.min_position).await?;
    let found = api.read_model.history(appointment_id).await;
    answer(found.map(|Answer { position, value }| Answer {
        position,
        value: Page::<HistoryEntry> { items: value, next_cursor: None },
    }))
}
