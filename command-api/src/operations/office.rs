use std::collections::BTreeMap;
use std::sync::Arc;

use chrono_tz::Tz;
use domain::{Office, OfficeCommand, PolicyAnswer, check_meeting_link_template};
use operation::{
    Accepted, Access, Code, Command, CommandCall, Nothing, Operation, Problem, check_length, check_name,
};
use schemars::JsonSchema;
use schemas::value::{LocalInterval, OfficePolicy, PartOfDay, PartsOfDay};
use serde::{Deserialize, Serialize};

use super::answer::foreseen;
use super::named::{Named, given, named};
use super::office_change::complete;
use crate::CommandApi;
use crate::impact::Foreseen;

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
    /// The link of a video call with an agent who has no room, an https address with `{appointment_id}` in it; none if
    /// left out.
    meeting_link_template: Option<String>,
    /// What the office means by each part of the day, by the wall clock; morning from 06:00, afternoon from 12:00 and
    /// evening from 19:00 to 22:00 if left out.
    parts_of_day: Option<BTreeMap<PartOfDay, LocalInterval>>,
}

/// Changes members of the office's policies.
pub(crate) struct ChangeOfficePolicy;

/// Members that are left out stay as they are.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyChange {
    /// The agency's name.
    #[serde(default, deserialize_with = "given")]
    name: Option<String>,
    /// IANA zone in which office hours and office blocks are read.
    #[schemars(with = "Option<String>")]
    #[serde(default, deserialize_with = "given")]
    time_zone: Option<Tz>,
    /// BCP 47 language tag of texts for people.
    #[serde(default, deserialize_with = "given")]
    locale: Option<String>,
    /// Least gap between two visits of one agent at different properties; 0 = none.
    #[serde(default, deserialize_with = "given")]
    travel_minutes: Option<u16>,
    /// How many live holds one lead may have.
    #[serde(default, deserialize_with = "given")]
    max_holds_per_lead: Option<u16>,
    /// The link of a video call with an agent who has no room, an https address with `{appointment_id}` in it; null =
    /// none any more.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "named")]
    #[schemars(with = "Option<String>")]
    meeting_link_template: Option<Named<String>>,
    /// What the office means by each part of the day, by the wall clock. Replaces all of them: a part that it does not
    /// name cannot be asked for.
    #[serde(default, deserialize_with = "given")]
    parts_of_day: Option<BTreeMap<PartOfDay, LocalInterval>>,
}

impl PolicyChange {
    fn check(&self) -> Result<(), Problem> {
        self.name.as_ref().map_or(Ok(()), |name| check_name("name", name, MAX_NAME))?;
        check_length("locale", self.locale.as_deref().unwrap_or_default(), MAX_LOCALE)?;
        at_most("travel_minutes", self.travel_minutes, MAX_TRAVEL_MINUTES)?;
        at_most("max_holds_per_lead", self.max_holds_per_lead, MAX_HOLDS_PER_LEAD)?;
        check_parts_of_day(self.parts_of_day.iter().flatten())?;
        let Some(Named(Some(template))) = &self.meeting_link_template else { return Ok(()) };
        check_meeting_link_template(template)
            .map_err(|invalid| Problem::malformed("meeting_link_template", invalid.to_string()))
    }

    fn changed(&self, policy: &OfficePolicy) -> OfficePolicy {
        OfficePolicy {
            name: self.name.clone().unwrap_or_else(|| policy.name.clone()),
            time_zone: self.time_zone.unwrap_or(policy.time_zone),
            locale: self.locale.clone().unwrap_or_else(|| policy.locale.clone()),
            travel_minutes: self.travel_minutes.unwrap_or(policy.travel_minutes),
            max_holds_per_lead: self.max_holds_per_lead.unwrap_or(policy.max_holds_per_lead),
            meeting_link_template: match &self.meeting_link_template {
                Some(Named(template)) => template.clone(),
                None => policy.meeting_link_template.clone(),
            },
            parts_of_day: match &self.parts_of_day {
                Some(bounds) => PartsOfDay::new(bounds.clone()),
                None => policy.parts_of_day.clone(),
            },
        }
    }
}

fn at_most(field: &str, value: Option<u16>, max: u16) -> Result<(), Problem> {
    if value.is_some_and(|value| value > max) {
        return Err(Problem::malformed(field, format!("may be {max} at most")));
    }
    Ok(())
}

fn check_parts_of_day<'a>(
    mut parts: impl Iterator<Item = (&'a PartOfDay, &'a LocalInterval)>,
) -> Result<(), Problem> {
    match parts.find(|(_, bounds)| bounds.start_time >= bounds.end_time) {
        Some((part, _)) => {
            let detail = format!("must have a start_time before its end_time for {part}");
            Err(Problem::malformed("parts_of_day", detail))
        }
        None => Ok(()),
    }
}

impl Operation for SetOfficePolicy {
    const NAME: &'static str = "SetOfficePolicy";
    const SUMMARY: &'static str = "Sets the office's name, zone, language and policies.";
    const ACCESS: Access = Access::ADMINISTRATION;
    const ERRORS: &'static [Code] = &[];
    type Target = Nothing;
    type Request = Policy;
    type Answer = Foreseen<PolicyAnswer>;
}

impl Command for SetOfficePolicy {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        _: Nothing,
        request: Policy,
    ) -> Result<Accepted<Foreseen<PolicyAnswer>>, Problem> {
        let set = PolicyChange {
            name: Some(request.name),
            time_zone: request.time_zone,
            locale: request.locale,
            travel_minutes: request.travel_minutes,
            max_holds_per_lead: request.max_holds_per_lead,
            meeting_link_template: Some(Named(request.meeting_link_template)),
            parts_of_day: request.parts_of_day,
        };
        set.check()?;
        let policy = set.changed(Office::default().policy());
        foreseen(api.send_to_every_calendar(call, OfficeCommand::SetOfficePolicy { policy }).await?)
    }
}

impl Operation for ChangeOfficePolicy {
    const NAME: &'static str = "ChangeOfficePolicy";
    const SUMMARY: &'static str = "Changes the members of the office's policies that it names.";
    const ACCESS: Access = Access::ADMINISTRATION;
    const ERRORS: &'static [Code] = &[];
    type Target = Nothing;
    type Request = PolicyChange;
    type Answer = Foreseen<PolicyAnswer>;
}

impl Command for ChangeOfficePolicy {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        _: Nothing,
        request: PolicyChange,
    ) -> Result<Accepted<Foreseen<PolicyAnswer>>, Problem> {
        request.check()?;
        let changed =
            |office: &Office| Ok(OfficeCommand::SetOfficePolicy { policy: request.changed(office.policy()) });
        foreseen(complete(api, call, changed).await?)
    }
}
