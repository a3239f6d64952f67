use std::sync::Arc;

use domain::{AgentCommand, RulesAnswer};
use operation::{Accepted, Access, Code, Command, CommandCall, Nothing, Object, Operation, Problem};
use schemars::JsonSchema;
use schemas::value::AvailabilityRule;
use schemas::{AppointmentTypeCode, DayOfWeek, LocalTime, RuleId};
use serde::{Deserialize, Serialize};

use super::answer::answer;
use super::targets::{OfAgent, OfRule};
use crate::CommandApi;
use crate::time::Date;

/// Weekly hours, or the hours of one date, in the owner's zone.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// On which day of the week: 0 Monday to 6 Sunday.
    day_of_week: DayOfWeek,
    /// From when.
    start_time: LocalTime,
    /// Until when, later than `start_time`.
    end_time: LocalTime,
    /// The one type it is for; every type if left out.
    appointment_type: Option<AppointmentTypeCode>,
    /// The first date it holds on.
    valid_from: Option<Date>,
    /// The last date it holds on.
    valid_until: Option<Date>,
    /// False means the one date `valid_from`; true if left out.
    is_recurring: Option<bool>,
    /// How many appointments of one type and property may share a slot; 1 if left out.
    max_appointments_per_slot: Option<u16>,
}

impl Rule {
    fn with_id(self, rule_id: RuleId) -> AvailabilityRule {
        AvailabilityRule {
            rule_id,
            day_of_week: self.day_of_week,
            start_time: self.start_time,
            end_time: self.end_time,
            is_recurring: self.is_recurring.unwrap_or(true),
            valid_from: self.valid_from.map(Into::into),
            valid_until: self.valid_until.map(Into::into),
            appointment_type: self.appointment_type,
            max_appointments_per_slot: self.max_appointments_per_slot.unwrap_or(1),
        }
    }
}

/// All hours that there are from now on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WeeklyHours {
    /// In place of all rules before.
    rules: Vec<Object<Rule>>,
}

impl WeeklyHours {
    pub(super) fn rules(self, api: &CommandApi) -> Vec<AvailabilityRule> {
        self.rules.into_iter().map(|Object(rule)| rule.with_id(RuleId::new(api.new_id()))).collect()
    }
}

/// Puts these hours in the place of all that an agent has.
pub(crate) struct ReplaceWeeklyHours;

impl Operation for ReplaceWeeklyHours {
    const NAME: &'static str = "ReplaceWeeklyHours";
    const SUMMARY: &'static str = "Puts these hours in the place of all that an agent has.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent, Code::InvalidRule, Code::CalendarFull];
    type Target = OfAgent;
    type Request = WeeklyHours;
    type Answer = RulesAnswer;
}

impl Command for ReplaceWeeklyHours {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAgent { agent_id }: OfAgent,
        request: WeeklyHours,
    ) -> Result<Accepted<RulesAnswer>, Problem> {
        let command = AgentCommand::ReplaceWeeklyHours { rules: request.rules(api) };
        answer(api.send_to_agent(call, &agent_id, command).await?)
    }
}

/// Adds hours to those of an agent.
pub(crate) struct AddAvailabilityRule;

impl Operation for AddAvailabilityRule {
    const NAME: &'static str = "AddAvailabilityRule";
    const SUMMARY: &'static str = "Adds hours to those of an agent.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent, Code::InvalidRule, Code::CalendarFull];
    type Target = OfAgent;
    type Request = Rule;
    type Answer = RulesAnswer;
}

impl Command for AddAvailabilityRule {
    type Api = CommandApi;
    const CREATES: bool = true;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAgent { agent_id }: OfAgent,
        request: Rule,
    ) -> Result<Accepted<RulesAnswer>, Problem> {
        let rule = request.with_id(RuleId::new(api.new_id()));
        answer(api.send_to_agent(call, &agent_id, AgentCommand::AddAvailabilityRule { rule }).await?)
    }
}

/// Takes hours away from an agent.
pub(crate) struct RemoveAvailabilityRule;

impl Operation for RemoveAvailabilityRule {
    const NAME: &'static str = "RemoveAvailabilityRule";
    const SUMMARY: &'static str = "Takes hours away from an agent.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent, Code::RuleNotFound];
    type Target = OfRule;
    type Request = Nothing;
    type Answer = RulesAnswer;
}

impl Command for RemoveAvailabilityRule {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfRule { agent_id, rule_id }: OfRule,
        _: Nothing,
    ) -> Result<Accepted<RulesAnswer>, Problem> {
        answer(api.send_to_agent(call, &agent_id, AgentCommand::RemoveAvailabilityRule { rule_id }).await?)
    }
}
