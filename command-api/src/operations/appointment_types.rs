//! Appointment types: their rules, and the end of one.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{AppointmentTypeAnswer, DEFAULT_HORIZON_DAYS, Office, OfficeCommand, OfficeRejection, Refusal};
use operation::{Accepted, Access, Code, Command, CommandCall, Nothing, Operation, Problem, check_name};
use schemars::JsonSchema;
use schemas::value::{AppointmentType, LocationKind};
use serde::{Deserialize, Serialize};

use super::answer::foreseen;
use super::named::{Named, given, named};
use super::office_change::complete;
use super::targets::OfType;
use crate::CommandApi;
use crate::failure::Failure;
use crate::impact::Foreseen;

const MAX_NAME: usize = 200;
const MAX_LOCALE: usize = 35;
const MAX_NAMES: usize = 20;

/// Creates or replaces an appointment type.
pub(crate) struct DefineAppointmentType;

/// The rules that the slots of a type follow. Lengths are in minutes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypeDefinition {
    /// The displayed name by BCP 47 language tag.
    name: BTreeMap<String, String>,
    /// How long it takes.
    duration_minutes: u16,
    /// Starts lie on this grid; the duration if left out.
    slot_step_minutes: Option<u16>,
    /// Time the agent needs free before it.
    #[serde(default)]
    buffer_before_minutes: u16,
    /// Time the agent needs free after it.
    #[serde(default)]
    buffer_after_minutes: u16,
    /// How long before its start a slot stops being offered.
    #[serde(default)]
    min_notice_minutes: u32,
    /// The last bookable date is today plus this many days; 60 if left out.
    horizon_days: Option<u16>,
    /// How many of this type an agent takes on one local date.
    daily_limit: Option<u16>,
    /// Where it takes place.
    location_kind: LocationKind,
    /// How long before its start it is released unless the lead has confirmed it by then; never if left out.
    confirm_before_minutes: Option<u32>,
}

fn check_names(names: &BTreeMap<String, String>) -> Result<(), Problem> {
    if names.is_empty() {
        return Err(Problem::malformed("name", "must be given in one language at least"));
    }
    if names.len() > MAX_NAMES {
        return Err(Problem::malformed("name", format!("may be given in {MAX_NAMES} languages at most")));
    }
    names.iter().try_for_each(|(locale, name)| {
        check_name("name", locale, MAX_LOCALE)?;
        check_name(&format!("name.{locale}"), name, MAX_NAME)
    })
}

impl Operation for DefineAppointmentType {
    const NAME: &'static str = "DefineAppointmentType";
    const SUMMARY: &'static str = "Creates or replaces an appointment type.";
    const ACCESS: Access = Access::ADMINISTRATION;
    const ERRORS: &'static [Code] = &[Code::InvalidType, Code::CalendarFull];
    type Target = OfType;
    type Request = TypeDefinition;
    type Answer = Foreseen<AppointmentTypeAnswer>;
}

impl Command for DefineAppointmentType {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfType { code }: OfType,
        request: TypeDefinition,
    ) -> Result<Accepted<Foreseen<AppointmentTypeAnswer>>, Problem> {
        check_names(&request.name)?;
        let appointment_type = AppointmentType {
            code,
            name: request.name,
            duration_minutes: request.duration_minutes,
            slot_step_minutes: request.slot_step_minutes.unwrap_or(request.duration_minutes),
            buffer_before_minutes: request.buffer_before_minutes,
            buffer_after_minutes: request.buffer_after_minutes,
            min_notice_minutes: request.min_notice_minutes,
            horizon_days: request.horizon_days.unwrap_or(DEFAULT_HORIZON_DAYS),
            daily_limit: request.daily_limit,
            location_kind: request.location_kind,
            confirm_before_minutes: request.confirm_before_minutes,
        };
        foreseen(
            api.send_to_every_calendar(call, OfficeCommand::DefineAppointmentType { appointment_type })
                .await?,
        )
    }
}

/// Changes members of an appointment type.
pub(crate) struct ChangeAppointmentType;

/// Members that are left out stay as they are.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypeChange {
    /// The displayed name by BCP 47 language tag; all of them.
    #[serde(default, deserialize_with = "given")]
    name: Option<BTreeMap<String, String>>,
    /// How long it takes.
    #[serde(default, deserialize_with = "given")]
    duration_minutes: Option<u16>,
    /// Starts lie on this grid.
    #[serde(default, deserialize_with = "given")]
    slot_step_minutes: Option<u16>,
    /// Time the agent needs free before it.
    #[serde(default, deserialize_with = "given")]
    buffer_before_minutes: Option<u16>,
    /// Time the agent needs free after it.
    #[serde(default, deserialize_with = "given")]
    buffer_after_minutes: Option<u16>,
    /// How long before its start a slot stops being offered.
    #[serde(default, deserialize_with = "given")]
    min_notice_minutes: Option<u32>,
    /// The last bookable date is today plus this many days.
    #[serde(default, deserialize_with = "given")]
    horizon_days: Option<u16>,
    /// How many of this type an agent takes on one local date; null = any number.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "named")]
    #[schemars(with = "Option<u16>")]
    daily_limit: Option<Named<u16>>,
    /// Where it takes place.
    #[serde(default, deserialize_with = "given")]
    location_kind: Option<LocationKind>,
    /// How long before its start it is released unless the lead has confirmed it by then; null = never.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "named")]
    #[schemars(with = "Option<u32>")]
    confirm_before_minutes: Option<Named<u32>>,
}

impl TypeChange {
    fn changed(&self, known: &AppointmentType) -> AppointmentType {
        AppointmentType {
            code: known.code.clone(),
            name: self.name.as_ref().unwrap_or(&known.name).clone(),
            duration_minutes: self.duration_minutes.unwrap_or(known.duration_minutes),
            slot_step_minutes: self.slot_step_minutes.unwrap_or(known.slot_step_minutes),
            buffer_before_minutes: self.buffer_before_minutes.unwrap_or(known.buffer_before_minutes),
            buffer_after_minutes: self.buffer_after_minutes.unwrap_or(known.buffer_after_minutes),
            min_notice_minutes: self.min_notice_minutes.unwrap_or(known.min_notice_minutes),
            horizon_days: self.horizon_days.unwrap_or(known.horizon_days),
            daily_limit: self.daily_limit.map_or(known.daily_limit, |Named(limit)| limit),
            location_kind: self.location_kind.unwrap_or(known.location_kind),
            confirm_before_minutes: self
                .confirm_before_minutes
                .map_or(known.confirm_before_minutes, |Named(limit)| limit),
        }
    }
}

impl Operation for ChangeAppointmentType {
    const NAME: &'static str = "ChangeAppointmentType";
    const SUMMARY: &'static str = "Changes the members of an appointment type that it names.";
    const ACCESS: Access = Access::ADMINISTRATION;
    const ERRORS: &'static [Code] = &[Code::UnknownAppointmentType, Code::InvalidType, Code::CalendarFull];
    type Target = OfType;
    type Request = TypeChange;
    type Answer = Foreseen<AppointmentTypeAnswer>;
}

impl Command for ChangeAppointmentType {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfType { code }: OfType,
        request: TypeChange,
    ) -> Result<Accepted<Foreseen<AppointmentTypeAnswer>>, Problem> {
        request.name.as_ref().map_or(Ok(()), check_names)?;
        let changed = |office: &Office| {
            let known = office.calendar().appointment_type(&code).ok_or_else(|| {
                let unknown = OfficeRejection::UnknownAppointmentType(code.clone());
                Problem::from(Failure::Refused(Refusal::Rejected(unknown)))
            })?;
            Ok(OfficeCommand::DefineAppointmentType { appointment_type: request.changed(known) })
        };
        foreseen(complete(api, call, changed).await?)
    }
}

/// Retires an appointment type, which can then no longer be booked.
pub(crate) struct RetireAppointmentType;

impl Operation for RetireAppointmentType {
    const NAME: &'static str = "RetireAppointmentType";
    const SUMMARY: &'static str = "Retires an appointment type, which can then no longer be booked.";
    const ACCESS: Access = Access::ADMINISTRATION;
    const ERRORS: &'static [Code] = &[Code::UnknownAppointmentType];
    type Target = OfType;
    type Request = Nothing;
    type Answer = Foreseen<AppointmentTypeAnswer>;
}

impl Command for RetireAppointmentType {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfType { code }: OfType,
        _: Nothing,
    ) -> Result<Accepted<Foreseen<AppointmentTypeAnswer>>, Problem> {
        foreseen(api.send_to_every_calendar(call, OfficeCommand::RetireAppointmentType { code }).await?)
    }
}
