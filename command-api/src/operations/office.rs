use std::collections::BTreeMap;
use std::sync::Arc;

use chrono_tz::Tz;
use domain::{
    Aggregate as _, AppointmentTypeAnswer, DEFAULT_HORIZON_DAYS, Office, OfficeAnswer, OfficeCommand,
    OfficeRejection, PolicyAnswer, Refusal,
};
use operation::{
    Accepted, Access, Code, Command, CommandCall, Nothing, Operation, Problem, check_length, check_name,
};
use schemars::JsonSchema;
use schemas::IfMatch;
use schemas::value::{AppointmentType, LocationKind, OfficePolicy};
use serde::{Deserialize, Deserializer, Serialize};

use super::answer::answer;
use super::targets::OfType;
use crate::CommandApi;
use crate::failure::Failure;

const MAX_NAME: usize = 200;
const MAX_LOCALE: usize = 35;
const MAX_NAMES: usize = 20;
const MAX_TRAVEL_MINUTES: u16 = 12 * 60;
const MAX_HOLDS_PER_LEAD: u16 = 100;

/// How often a partial change is tried while other changes come first.
const MAX_ATTEMPTS: usize = 8;

/// Sets the office's name, zone, language and policies.
pub(crate) struct SetOfficePolicy;

/// The office's policies; they replace the former ones as a whole.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    /// The agency's name.
    name: String,
    /// IANA zone in which office hours and office blocks are read; America/Santiago if left out.
    #[schemars(with = "Option<String>")]
    time_zone: Option<Tz>,
    /// BCP 47 language tag of texts for people; es-CL if left out.
    locale: Option<String>,
    /// Least gap between two visits of one agent at different properties; 0 = none, as if left out.
    travel_minutes: Option<u16>,
    /// How many live holds one lead may have; 2 if left out.
    max_holds_per_lead: Option<u16>,
}

/// Changes members of the office's policies.
pub(crate) struct ChangeOfficePolicy;

/// Members that are left out stay as they are.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyChange {
    /// The agency's name.
    name: Option<String>,
    /// IANA zone in which office hours and office blocks are read.
    #[schemars(with = "Option<String>")]
    time_zone: Option<Tz>,
    /// BCP 47 language tag of texts for people.
    locale: Option<String>,
    /// Least gap between two visits of one agent at different properties; 0 = none.
    travel_minutes: Option<u16>,
    /// How many live holds one lead may have.
    max_holds_per_lead: Option<u16>,
}

impl PolicyChange {
    fn check(&self) -> Result<(), Problem> {
        self.name.as_ref().map_or(Ok(()), |name| check_name("name", name, MAX_NAME))?;
        check_length("locale", self.locale.as_deref().unwrap_or_default(), MAX_LOCALE)?;
        at_most("travel_minutes", self.travel_minutes, MAX_TRAVEL_MINUTES)?;
        at_most("max_holds_per_lead", self.max_holds_per_lead, MAX_HOLDS_PER_LEAD)
    }

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

impl Operation for SetOfficePolicy {
    const NAME: &'static str = "SetOfficePolicy";
    const SUMMARY: &'static str = "Sets the office's name, zone, language and policies.";
    const ACCESS: Access = Access::ADMINISTRATION;
    const ERRORS: &'static [Code] = &[];
    type Target = Nothing;
    type Request = Policy;
    type Answer = PolicyAnswer;
}

impl Command for SetOfficePolicy {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        _: Nothing,
        request: Policy,
    ) -> Result<Accepted<PolicyAnswer>, Problem> {
        let Policy { name, time_zone, locale, travel_minutes, max_holds_per_lead } = request;
        let set = PolicyChange { name: Some(name), time_zone, locale, travel_minutes, max_holds_per_lead };
        set.check()?;
        let policy = set.changed(Office::default().policy());
        answer(api.send_to_office(call, OfficeCommand::SetOfficePolicy { policy }).await?)
    }
}

impl Operation for ChangeOfficePolicy {
    const NAME: &'static str = "ChangeOfficePolicy";
    const SUMMARY: &'static str = "Changes the members of the office's policies that it names.";
    const ACCESS: Access = Access::ADMINISTRATION;
    const ERRORS: &'static [Code] = &[];
    type Target = Nothing;
    type Request = PolicyChange;
    type Answer = PolicyAnswer;
}

impl Command for ChangeOfficePolicy {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        _: Nothing,
        request: PolicyChange,
    ) -> Result<Accepted<PolicyAnswer>, Problem> {
        request.check()?;
        let changed =
            |office: &Office| Ok(OfficeCommand::SetOfficePolicy { policy: request.changed(office.policy()) });
        answer(complete(api, call, changed).await?)
    }
}

/// Sends a command that is completed from the office as it is, which must not have changed until it is decided.
async fn complete(
    api: &Arc<CommandApi>,
    call: &CommandCall,
    completed: impl Fn(&Office) -> Result<OfficeCommand, Problem>,
) -> Result<Accepted<OfficeAnswer>, Problem> {
    let names_version = matches!(call.delivery.if_match, Some(IfMatch::OneOf(_)));
    let attempt = || async {
        let office = api.refresh_office().await;
        let command = completed(&office)?;
        let mut since_read = call.clone();
        if !names_version {
            let version = office.version_of(&command).map(IfMatch::version);
            since_read.delivery.if_match = version.or_else(|| call.delivery.if_match.clone());
        }
        api.send_to_office(&since_read, command).await
    };
    // A caller that names a version means that one, so there is no retry.
    if names_version {
        return unless_stale(1, attempt).await;
    }
    // Within this process one change waits for the other, so that only other processes make an attempt stale.
    let _turn = api.policy_change.lock().await;
    unless_stale(MAX_ATTEMPTS, attempt).await
}

/// Retries while the version is stale, up to `max` attempts.
async fn unless_stale<T, Attempt>(max: usize, attempt: impl Fn() -> Attempt) -> Result<T, Problem>
where
    Attempt: Future<Output = Result<T, Problem>>,
{
    for _ in 1..max {
        match attempt().await {
            Err(problem) if problem.code() == Code::StaleVersion => {}
            result => return result,
        }
    }
    attempt().await.map_err(|problem| match problem.code() {
        Code::StaleVersion if max > 1 => Problem::new(
            Code::Overloaded,
            "The office is being changed by other requests; nothing was done. Send it again in a moment.",
        ),
        _ => problem,
    })
}

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
    type Answer = AppointmentTypeAnswer;
}

impl Command for DefineAppointmentType {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfType { code }: OfType,
        request: TypeDefinition,
    ) -> Result<Accepted<AppointmentTypeAnswer>, Problem> {
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
        };
        answer(api.send_to_office(call, OfficeCommand::DefineAppointmentType { appointment_type }).await?)
    }
}

/// Changes members of an appointment type.
pub(crate) struct ChangeAppointmentType;

/// Members that are left out stay as they are.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypeChange {
    /// The displayed name by BCP 47 language tag; all of them.
    name: Option<BTreeMap<String, String>>,
    /// How long it takes.
    duration_minutes: Option<u16>,
    /// Starts lie on this grid.
    slot_step_minutes: Option<u16>,
    /// Time the agent needs free before it.
    buffer_before_minutes: Option<u16>,
    /// Time the agent needs free after it.
    buffer_after_minutes: Option<u16>,
    /// How long before its start a slot stops being offered.
    min_notice_minutes: Option<u32>,
    /// The last bookable date is today plus this many days.
    horizon_days: Option<u16>,
    /// How many of this type an agent takes on one local date; null = any number.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "named_limit")]
    #[schemars(with = "Option<u16>")]
    daily_limit: Option<NamedLimit>,
    /// Where it takes place.
    location_kind: Option<LocationKind>,
}

/// A limit as a change names it, of which null is one.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
struct NamedLimit(Option<u16>);

/// Reads a member that is there: null too.
fn named_limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NamedLimit>, D::Error> {
    NamedLimit::deserialize(deserializer).map(Some)
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
            daily_limit: self.daily_limit.map_or(known.daily_limit, |NamedLimit(limit)| limit),
            location_kind: self.location_kind.unwrap_or(known.location_kind),
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
    type Answer = AppointmentTypeAnswer;
}

impl Command for ChangeAppointmentType {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfType { code }: OfType,
        request: TypeChange,
    ) -> Result<Accepted<AppointmentTypeAnswer>, Problem> {
        request.name.as_ref().map_or(Ok(()), check_names)?;
        let changed = |office: &Office| {
            let known = office.calendar().appointment_type(&code).ok_or_else(|| {
                let unknown = OfficeRejection::UnknownAppointmentType(code.clone());
                Problem::from(Failure::Refused(Refusal::Rejected(unknown)))
            })?;
            Ok(OfficeCommand::DefineAppointmentType { appointment_type: request.changed(known) })
        };
        answer(complete(api, call, changed).await?)
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
    type Answer = AppointmentTypeAnswer;
}

impl Command for RetireAppointmentType {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfType { code }: OfType,
        _: Nothing,
    ) -> Result<Accepted<AppointmentTypeAnswer>, Problem> {
        answer(api.send_to_office(call, OfficeCommand::RetireAppointmentType { code }).await?)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Fails with a stale version `stale` times, then succeeds. Returns the result and the number of attempts.
    async fn after(stale: usize, max: usize) -> (Result<(), Code>, usize) {
        let attempts = Cell::new(0);
        let attempt = || async {
            attempts.set(attempts.get() + 1);
            if attempts.get() > stale {
                Ok(())
            } else {
                Err(Problem::new(Code::StaleVersion, "another was first"))
            }
        };
        (unless_stale(max, attempt).await.map_err(|problem| problem.code()), attempts.get())
    }

    #[tokio::test]
    async fn a_change_that_others_are_always_before_is_given_up() {
        assert_eq!(after(7, MAX_ATTEMPTS).await, (Ok(()), 8));
        assert_eq!(after(usize::MAX, MAX_ATTEMPTS).await, (Err(Code::Overloaded), 8));
        assert_eq!(after(usize::MAX, 1).await, (Err(Code::StaleVersion), 1), "a version was named");
    }
}
