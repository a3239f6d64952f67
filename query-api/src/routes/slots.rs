use actix_web::{HttpResponse, web};
use chrono::TimeDelta;
use chrono_tz::Tz;
use http_edge::{Principal, Problem, StrictQuery};
use read_model::{Answer, Limit, OfferedSlot, PageRequest, SlotsQuestion};
use schemas::{AgentId, AppointmentTypeCode, LeadId, PropertyId};
use serde::{Deserialize, Serialize};

use crate::answer::answer;
use crate::parameters::{Instant, check_range, check_repeats, limit, position};
use crate::service::QueryApi;

/// How far ahead is looked if it is not said how far.
const DEFAULT_RANGE: TimeDelta = TimeDelta::days(14);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    appointment_type: Option<AppointmentTypeCode>,
    from: Option<Instant>,
    to: Option<Instant>,
    #[serde(default)]
    agent_id: Vec<AgentId>,
    property_id: Option<PropertyId>,
    lead_id: Option<LeadId>,
    zone: Option<Tz>,
    #[serde(default)]
    explain: bool,
    start: Option<Instant>,
    #[serde(default, deserialize_with = "limit")]
    limit: Limit,
    cursor: Option<String>,
    #[serde(default, deserialize_with = "position")]
    min_position: u64,
}

#[derive(Debug, Serialize)]
struct Item {
    slot_ref: String,
    #[serde(flatten)]
    slot: OfferedSlot,
}

/// Free slots, earliest first; with `explain=true&start=…` also what speaks against that start.
pub(super) async fn slots(
    _: Principal,
    api: web::Data<QueryApi>,
    StrictQuery(query): StrictQuery<Query>,
) -> Result<HttpResponse, Problem> {
    let min_position = query.min_position;
    let now = api.now();
    let from = query.from.unwrap_or(Instant(now));
    let to = query.to.unwrap_or_else(|| Instant(from.0.checked_add_signed(DEFAULT_RANGE).unwrap_or(from.0)));
    check_range(Some(from), Some(to))?;
    check_repeats("agent_id", &query.agent_id)?;
    let explain = match (query.explain, query.start) {
        (true, Some(Instant(start))) => Some(start),
        (true, None) => return Err(Problem::malformed("start", "is needed with explain=true")),
        (false, Some(_)) => {
            return Err(Problem::malformed("start", "is for explain=true; use from otherwise"));
        }
        (false, None) => None,
    };
    let appointment_type = query.appointment_type.ok_or_else(|| {
        Problem::malformed("appointment_type", "is needed: the code of an appointment type")
    })?;
    let question = SlotsQuestion {
        appointment_type,
        from: from.0,
        to: to.0,
        agent_ids: query.agent_id,
        property_id: query.property_id,
        lead_id: query.lead_id,
        zone: query.zone,
        explain,
        page: PageRequest { limit: query.limit, cursor: query.cursor },
    };
    api.wait_for(min_position).await?;
    let found = api.read_model.slots(&question, now).await;
    answer(found.map(|Answer { position, value }| Answer {
        position,
        value: value.map(|slot| Item {
            slot_ref: api.slot_refs.issue(&slot.agent_id, &slot.appointment_type, slot.start, now),
            slot,
        }),
    }))
}
