use actix_web::{HttpResponse, web};
use http_edge::{Principal, Problem, StrictQuery};
use read_model::{AppointmentFilter, AppointmentSort, Limit, PageRequest};
use schemas::value::AppointmentStatus;
use schemas::{AgentId, AppointmentTypeCode, LeadId, PropertyId};
use serde::Deserialize;

use crate::answer::answer;
use crate::parameters::{Instant, check_range, check_repeats, limit, position};
use crate::service::QueryApi;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    #[serde(default)]
    agent_id: Vec<AgentId>,
    #[serde(default)]
    lead_id: Vec<LeadId>,
    #[serde(default)]
    status: Vec<AppointmentStatus>,
    #[serde(default)]
    appointment_type: Vec<AppointmentTypeCode>,
    #[serde(default)]
    property_id: Vec<PropertyId>,
    from: Option<Instant>,
    to: Option<Instant>,
    #[serde(default)]
    sort: AppointmentSort,
    #[serde(default, deserialize_with = "limit")]
    limit: Limit,
    cursor: Option<String>,
    #[serde(default, deserialize_with = "position")]
    min_position: u64,
}

/// The appointments that every filter admits, a page at a time.
pub(super) async fn appointments(
    _: Principal,
    api: web::Data<QueryApi>,
    StrictQuery(query): StrictQuery<Query>,
) -> Result<HttpResponse, Problem> {
    check_range(query.from, query.to)?;
    check_repeats("agent_id", &query.agent_id)?;
    check_repeats("lead_id", &query.lead_id)?;
    check_repeats("status", &query.status)?;
    check_repeats("appointment_type", &query.appointment_type)?;
    check_repeats("property_id", &query.property_id)?;
    let filter = AppointmentFilter {
        agent_ids: query.agent_id,
        lead_ids: query.lead_id,
        statuses: query.status,
        appointment_types: query.appointment_type,
        property_ids: query.property_id,
        from: query.from.map(|Instant(from)| from),
        to: query.to.map(|Instant(to)| to),
    };
    let page = PageRequest { limit: query.limit, cursor: query.cursor };
    api.wait_for(query.min_position).await?;
    answer(api.read_model.appointments(&filter, query.sort, &page).await)
}
