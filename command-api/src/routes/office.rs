use std::collections::BTreeMap;

use actix_web::{HttpRequest, web};
use chrono_tz::Tz;
use domain::{Aggregate as _, OfficeCommand};
use http_edge::{Code, Problem, StrictJson, StrictPath, check_length};
use schemas::value::{AppointmentType, LocationKind, OfficePolicy};
use schemas::{AppointmentTypeCode, BlockId};
use serde::{Deserialize, Serialize};

use super::blocks::AddBlock;
use super::weekly_hours::WeeklyHours;
use crate::CommandApi;
use crate::headers::Headers;
use crate::reply::{self, Reply};

const MAX_NAME: usize = 200;
const MAX_LOCALE: usize = 35;
const MAX_NAMES: usize = 20;
const MAX_TRAVEL_MINUTES: u16 = 12 * 60;
const MAX_HOLDS_PER_LEAD: u16 = 100;

/// `PUT /v1/office`; what is left out stays as it is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PutOffice {
    name: Option<String>,
    time_zone: Option<Tz>,
    locale: Option<String>,
    travel_minutes: Option<u16>,
    max_holds_per_lead: Option<u16>,
}

pub(super) async fn put(
    api: web::Data<CommandApi>,
    headers: Headers,
    body: StrictJson<PutOffice>,
) -> Result<Reply, Problem> {
    let content = body.0;
    if content.name.as_ref().is_some_and(|name| name.trim().is_empty()) {
        return Err(Problem::malformed("name", "must not be empty"));
    }
    check_length("name", content.name.as_deref().unwrap_or_default(), MAX_NAME)?;
    check_length("locale", content.locale.as_deref().unwrap_or_default(), MAX_LOCALE)?;
    at_most("travel_minutes", content.travel_minutes, MAX_TRAVEL_MINUTES)?;
    at_most("max_holds_per_lead", content.max_holds_per_lead, MAX_HOLDS_PER_LEAD)?;
    loop {
        let office = api.office_state().await;
        let command = OfficeCommand::SetOfficePolicy { policy: content.changed(office.policy()) };
        // What is left out is taken from what was read, so nothing may have changed since.
        let unchanged_since = Headers { if_match: headers.if_match.or(office.revision()), ..headers.clone() };
        match api.office(&unchanged_since, &content, command).await {
            Err(problem) if problem.code() == Code::StaleVersion && headers.if_match.is_none() => {}
            result => return result.map(|outcome| reply::ok(&outcome)),
        }
    }
}

impl PutOffice {
    fn changed(&self, policy: &OfficePolicy) -> OfficePolicy {
        OfficePolicy {
            name: self.name.clone().unwrap_or_else(|| policy.name.clone()),
            time_zone: self.time_zone.unwrap_or(policy.time_zone),
            locale: self.locale.clone().unwrap_or_else(|| policy.locale.clone()),
            travel_minutes: self.travel_minutes.unwrap_or(policy.travel_minutes),
            max_holds_per_lead: self.max_holds_per_lead.unwrap_or(policy.max_holds_per_lead),
        }
    }
}

fn at_most(field: &str, value: Option<u16>, max: u16) -> Result<(), Problem> {
    if value.is_some_and(|value| value > max) {
        return Err(Problem::malformed(field, format!("may be {max} at most")));
    }
    Ok(())
}

/// `PUT /v1/office/appointment-types/{code}`
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DefineType {
    name: BTreeMap<String, String>,
    duration_minutes: u16,
    slot_step_minutes: Option<u16>,
    #[serde(default)]
    buffer_before_minutes: u16,
    #[serde(default)]
    buffer_after_minutes: u16,
    #[serde(default)]
    min_notice_minutes: u32,
    horizon_days: Option<u16>,
    daily_limit: Option<u16>,
    location_kind: LocationKind,
}

const DEFAULT_HORIZON_DAYS: u16 = 60;

pub(super) async fn define_type(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
    body: StrictJson<DefineType>,
) -> Result<Reply, Problem> {
    let code: AppointmentTypeCode = StrictPath::get(&request, "code")?;
    let content = body.0;
    if content.name.len() > MAX_NAMES {
        return Err(Problem::malformed("name", format!("may be given in {MAX_NAMES} languages at most")));
    }
    for (locale, name) in &content.name {
        check_length("name", locale, MAX_LOCALE)?;
        check_length(&format!("name.{locale}"), name, MAX_NAME)?;
    }
    let appointment_type = AppointmentType {
        code,
        name: content.name.clone(),
        duration_minutes: content.duration_minutes,
        slot_step_minutes: content.slot_step_minutes.unwrap_or(content.duration_minutes),
        buffer_before_minutes: content.buffer_before_minutes,
        buffer_after_minutes: content.buffer_after_minutes,
        min_notice_minutes: content.min_notice_minutes,
        horizon_days: content.horizon_days.unwrap_or(DEFAULT_HORIZON_DAYS),
        daily_limit: content.daily_limit,
        location_kind: content.location_kind,
    };
    let command = OfficeCommand::DefineAppointmentType { appointment_type };
    api.office(&headers, &content, command).await.map(|outcome| reply::ok(&outcome))
}

/// `DELETE /v1/office/appointment-types/{code}`
pub(super) async fn retire_type(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
) -> Result<Reply, Problem> {
    let command = OfficeCommand::RetireAppointmentType { code: StrictPath::get(&request, "code")? };
    api.office(&headers, &(), command).await.map(|outcome| reply::ok(&outcome))
}

/// `PUT /v1/office/weekly-hours`
pub(super) async fn weekly_hours(
    api: web::Data<CommandApi>,
    headers: Headers,
    body: StrictJson<WeeklyHours>,
) -> Result<Reply, Problem> {
    let command = OfficeCommand::ReplaceOfficeHours { rules: body.0.rules(&api) };
    api.office(&headers, &body.0, command).await.map(|outcome| reply::ok(&outcome))
}

/// `POST /v1/office/blocks`
pub(super) async fn add_block(
    api: web::Data<CommandApi>,
    headers: Headers,
    body: StrictJson<AddBlock>,
) -> Result<Reply, Problem> {
    body.0.refuse_on_overlap()?;
    let command = OfficeCommand::BlockOffice { block: body.0.request(&api)? };
    let outcome = api.office(&headers, &body.0, command).await?;
    Ok(reply::created(&outcome, "/v1/office"))
}

/// `DELETE /v1/office/blocks/{block_id}`
pub(super) async fn remove_block(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
) -> Result<Reply, Problem> {
    let block_id: BlockId = StrictPath::get(&request, "block_id")?;
    api.office(&headers, &(), OfficeCommand::UnblockOffice { block_id })
        .await
        .map(|outcome| reply::ok(&outcome))
}
