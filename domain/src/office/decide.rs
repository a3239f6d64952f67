//! Decisions on the office's policy, types, hours and blocks.

use availability::{validate_rule, validate_type};
use schemas::event::{
    AppointmentTypeDefined, AppointmentTypeRetired, OfficeBlocked, OfficeEvent, OfficeHoursReplaced,
    OfficePolicySet, OfficeRuleAdded, OfficeRuleRemoved, OfficeUnblocked,
};
use schemas::value::{AppointmentType, AvailabilityRule, OfficePolicy};
use schemas::{AppointmentTypeCode, BlockId, RuleId};

use super::{Office, OfficeRejection};
use crate::BlockRequest;
use crate::hours::{equal_except_id, same_hours, unknown_type};

const MAX_TYPES: usize = 100;
const MAX_RULES: usize = 200;
const MAX_BLOCKS: usize = 1_000;
/// Every query about a day has to look at each of them, for every agent.
const MAX_RECURRING_BLOCKS: usize = 100;

impl Office {
    pub(super) fn decide_policy(&self, policy: &OfficePolicy) -> Vec<OfficeEvent> {
        if self.policy == *policy {
            return Vec::new();
        }
        vec![OfficePolicySet { policy: policy.clone() }.into()]
    }

    pub(super) fn decide_define(
        &self,
        appointment_type: &AppointmentType,
    ) -> Result<Vec<OfficeEvent>, OfficeRejection> {
        validate_type(appointment_type)?;
        match self.calendar.appointment_type(&appointment_type.code) {
            Some(known) if known == appointment_type => return Ok(Vec::new()),
            Some(_) => {}
            None => check_room("appointment types", self.calendar.types().count() + 1, MAX_TYPES)?,
        }
        Ok(vec![AppointmentTypeDefined { appointment_type: appointment_type.clone() }.into()])
    }

    pub(super) fn decide_retire(
        &self,
        code: &AppointmentTypeCode,
    ) -> Result<Vec<OfficeEvent>, OfficeRejection> {
        if self.calendar.appointment_type(code).is_none() {
            return Err(OfficeRejection::UnknownAppointmentType(code.clone()));
        }
        Ok(vec![AppointmentTypeRetired { code: code.clone() }.into()])
    }

    pub(super) fn decide_add_rule(
        &self,
        rule: &AvailabilityRule,
    ) -> Result<Vec<OfficeEvent>, OfficeRejection> {
        self.check_rule(rule)?;
        if self.calendar.rules().any(|known| equal_except_id(known, rule)) {
            return Ok(Vec::new());
        }
        check_room("office rules", self.calendar.rules().count() + 1, MAX_RULES)?;
        Ok(vec![OfficeRuleAdded { rule: rule.clone() }.into()])
    }

    fn check_rule(&self, rule: &AvailabilityRule) -> Result<(), OfficeRejection> {
        validate_rule(rule)?;
        match unknown_type(rule, &self.calendar) {
            Some(code) => Err(OfficeRejection::UnknownAppointmentType(code.clone())),
            None => Ok(()),
        }
    }

    pub(super) fn decide_remove_rule(&self, rule_id: RuleId) -> Result<Vec<OfficeEvent>, OfficeRejection> {
        if self.calendar.rules().all(|rule| rule.rule_id != rule_id) {
            return Err(OfficeRejection::RuleNotFound);
        }
        Ok(vec![OfficeRuleRemoved { rule_id }.into()])
    }

    pub(super) fn decide_replace_rules(
        &self,
        rules: &[AvailabilityRule],
    ) -> Result<Vec<OfficeEvent>, OfficeRejection> {
        rules.iter().try_for_each(|rule| self.check_rule(rule))?;
        check_room("office rules", rules.len(), MAX_RULES)?;
        if same_hours(self.calendar.rules(), rules) {
            return Ok(Vec::new());
        }
        Ok(vec![OfficeHoursReplaced { rules: rules.to_vec() }.into()])
    }

    pub(super) fn decide_block(&self, request: &BlockRequest) -> Result<Vec<OfficeEvent>, OfficeRejection> {
        let block = request.in_zone(self.policy.time_zone)?;
        if self.calendar.find_block(block.block_id) == Some(&block) {
            return Ok(Vec::new());
        }
        check_room("office blocks", self.calendar.blocks().count() + 1, MAX_BLOCKS)?;
        if block.recurrence.is_some() {
            check_room(
                "office blocks that recur",
                self.calendar.recurring_blocks() + 1,
                MAX_RECURRING_BLOCKS,
            )?;
        }
        Ok(vec![OfficeBlocked { block }.into()])
    }

    pub(super) fn decide_unblock(&self, block_id: BlockId) -> Result<Vec<OfficeEvent>, OfficeRejection> {
        if self.calendar.find_block(block_id).is_none() {
            return Err(OfficeRejection::BlockNotFound);
        }
        Ok(vec![OfficeUnblocked { block_id }.into()])
    }
}

fn check_room(kind: &'static str, wanted: usize, max: usize) -> Result<(), OfficeRejection> {
    if wanted > max { Err(OfficeRejection::CalendarFull { kind, max }) } else { Ok(()) }
}
