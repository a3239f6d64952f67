use std::sync::Arc;

use chrono_tz::Tz;
use domain::{Office, OfficeCommand, PolicyAnswer};
use operation::{
    Accepted, Access, Code, Command, CommandCall, Nothing, Operation, Problem, check_length, check_name,
};
use schemars::JsonSchema;
use schemas::value::OfficePolicy;
use serde::{Deserialize, Serialize};

use super::answer::answer;
use super::office_change::complete;
use crate::CommandApi;

const MAX_NAME: usize = 200;
const MAX_LOCALE: usize = 35;
const MAX_TRAVEL_MINUTES: u16 = 12 * 60;
const MAX_HOLDS_PER_LEAD: u16 = 100;

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
