//! Weekly hours and date exceptions of an agent.

use availability::{validate_exception, validate_rule};
use chrono::NaiveDate;
use schemas::RuleId;
use schemas::event::{
    AgentEvent, AvailabilityRuleAdded, AvailabilityRuleRemoved, DateExceptionRemoved, DateExceptionSet,
    WeeklyHoursReplaced,
};
use schemas::value::{AvailabilityRule, DateException};

use super::{Agent, AgentRejection};
use crate::Office;
use crate::hours::{equal_except_id, same_hours, unknown_type};

const MAX_RULES: usize = 200;
const MAX_EXCEPTIONS: usize = 1_000;

impl Agent {
    pub(super) fn decide_add_rule(
        &self,
        rule: &AvailabilityRule,
        office: &Office,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        self.registered()?;
        check_rule(rule, office)?;
        if self.calendar.rules().any(|known| equal_except_id(known, rule)) {
            return Ok(Vec::new());
        }
        check_room("availability rules", self.calendar.rules().count() + 1, MAX_RULES)?;
        Ok(vec![AvailabilityRuleAdded { rule: rule.clone() }.into()])
    }

    pub(super) fn decide_remove_rule(&self, rule_id: RuleId) -> Result<Vec<AgentEvent>, AgentRejection> {
        self.registered()?;
        if self.calendar.rules().all(|rule| rule.rule_id != rule_id) {
            return Err(AgentRejection::RuleNotFound);
        }
        Ok(vec![AvailabilityRuleRemoved { rule_id }.into()])
    }

    pub(super) fn decide_replace_rules(
        &self,
        rules: &[AvailabilityRule],
        office: &Office,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        self.registered()?;
        rules.iter().try_for_each(|rule| check_rule(rule, office))?;
        check_room("availability rules", rules.len(), MAX_RULES)?;
        if same_hours(self.calendar.rules(), rules) {
            return Ok(Vec::new());
        }
        Ok(vec![WeeklyHoursReplaced { rules: rules.to_vec() }.into()])
    }

    pub(super) fn decide_set_exception(
        &self,
        exception: &DateException,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        self.registered()?;
        validate_exception(exception)?;
        match self.calendar.exception(exception.date) {
            Some(known) if known == exception => Ok(Vec::new()),
            Some(_) => Ok(vec![DateExceptionSet { exception: exception.clone() }.into()]),
            None => {
                check_room("date exceptions", self.calendar.exceptions().count() + 1, MAX_EXCEPTIONS)?;
                Ok(vec![DateExceptionSet { exception: exception.clone() }.into()])
            }
        }
    }

    pub(super) fn decide_remove_exception(&self, date: NaiveDate) -> Result<Vec<AgentEvent>, AgentRejection> {
        self.registered()?;
        if self.calendar.exception(date).is_none() {
            return Err(AgentRejection::ExceptionNotFound);
        }
        Ok(vec![DateExceptionRemoved { date }.into()])
    }
}

fn check_rule(rule: &AvailabilityRule, office: &Office) -> Result<(), AgentRejection> {
    validate_rule(rule)?;
    match unknown_type(rule, office.calendar()) {
        Some(code) => Err(AgentRejection::UnknownAppointmentType(code.clone())),
        None => Ok(()),
    }
}

pub(super) fn check_room(kind: &'static str, wanted: usize, max: usize) -> Result<(), AgentRejection> {
    if wanted > max { Err(AgentRejection::CalendarFull { kind, max }) } else { Ok(()) }
}
