use std::sync::Arc;

use domain::{AgentCommand, RulesAnswer};
use operation::{Accepted, Access, Code, Command, CommandCall, Nothing, Object, Operation, Problem};
use schemars::JsonSchema;
use schemas::value::AvailabilityRule;
use schemas::{AppointmentTypeCode, DayOfWeek, LocalTime, RuleId};
use serde::{Deserialize, Serialize};

use super::answer::foreseen;
use super::targets::{OfAgent, OfRule};
use crate::CommandApi;
use crate::impact::Foreseen;
use crate::time_problems::Date;

/// Weekly hours, or the hours of one date, in the owner's zone.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// The day of the week on which it begins: 0 Monday to 6 Sunday.
    day_of_week: DayOfWeek,
    /// The start.
    start_time: LocalTime,
    /// The end; if before `start_time`, on the next date.
    end_time: LocalTime,
    /// The only type that can be booked in these hours; every type if left out.
    appointment_type: Option<AppointmentTypeCode>,
    /// The first date on which it begins.
    valid_from: Option<Date>,
    /// The last date on which it begins.
    valid_until: Option<Date>,
    /// False if it begins on the date `valid_from` only; true if left out.
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

/// The new weekly hours.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WeeklyHours {
    /// Replace all former rules.
    rules: Vec<Object<Rule>>,
}

impl WeeklyHours {
    pub(super) fn rules(self, api: &CommandApi) -> Vec<AvailabilityRule> {
        self.rules.into_iter().map(|Object(rule)| rule.with_id(RuleId::new(api.new_id()))).collect()
    }
}

/// Replaces all weekly hours of an agent.
pub(crate) struct ReplaceWeeklyHours;

impl Operation for ReplaceWeeklyHours {
    const NAME: &'static str = "ReplaceWeeklyHours";
    const SUMMARY: &'static str = "Replaces all weekly hours of an agent.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] =
        &[Code::UnknownAgent, Code::UnknownAppointmentType, Code::InvalidRule, Code::CalendarFull];
    type Target = OfAgent;
    type Request = WeeklyHours;
    type Answer = Foreseen<RulesAnswer>;
}

impl Command for ReplaceWeeklyHours {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAgent { agent_id }: OfAgent,
        request: WeeklyHours,
    ) -> Result<Accepted<Foreseen<RulesAnswer>>, Problem> {
        let command = AgentCommand::ReplaceWeeklyHours { rules: request.rules(api) };
        foreseen(api.send_to_calendar(call, &agent_id, command).await?)
    }
}

/// Adds one rule to an agent's weekly hours.
pub(crate) struct AddAvailabilityRule;

impl Operation for AddAvailabilityRule {
    const NAME: &'static str = "AddAvailabilityRule";
    const SUMMARY: &'static str = "Adds one rule to an agent's weekly hours.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] =
        &[Code::UnknownAgent, Code::UnknownAppointmentType, Code::InvalidRule, Code::CalendarFull];
    type Target = OfAgent;
    type Request = Rule;
    type Answer = Foreseen<RulesAnswer>;
}

impl Command for AddAvailabilityRule {
    type Api = CommandApi;
    const CREATES: bool = true;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAgent { agent_id }: OfAgent,
        request: Rule,
    ) -> Result<Accepted<Foreseen<RulesAnswer>>, Problem> {
        let rule = request.with_id(RuleId::new(api.new_id()));
        foreseen(api.send_to_calendar(call, &agent_id, AgentCommand::AddAvailabilityRule { rule }).await?)
    }
}

/// Removes one rule from an agent's weekly hours.
pub(crate) struct RemoveAvailabilityRule;

impl Operation for RemoveAvailabilityRule {
    const NAME: &'static str = "RemoveAvailabilityRule";
    const SUMMARY: &'static str = "Removes one rule from an agent's weekly hours.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent, Code::RuleNotFound];
    type Target = OfRule;
    type Request = Nothing;
    type Answer = Foreseen<RulesAnswer>;
}

impl Command for RemoveAvailabilityRule {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfRule { agent_id, rule_id }: OfRule,
        _: Nothing,
    ) -> Result<Accepted<Foreseen<RulesAnswer>>, Problem> {
        foreseen(
            api.send_to_calendar(call, &agent_id, AgentCommand::RemoveAvailabilityRule { rule_id }).await?,
        )
    }
}
