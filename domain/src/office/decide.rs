//! Decisions on the office's policy, types, hours and blocks.

use availability::{validate_rule, validate_type};
use chrono::NaiveDate;
use schemas::event::{
    AppointmentTypeDefined, AppointmentTypeRetired, BlockChanged, OfficeBlocked, OfficeEvent,
    OfficeHoursReplaced, OfficePolicySet, OfficeRuleAdded, OfficeRuleRemoved, OfficeUnblocked,
};
use schemas::value::{AppointmentType, AvailabilityRule, Block, OfficePolicy};
use schemas::{AppointmentTypeCode, BlockId, RuleId};

use super::{Office, OfficeRejection};
use crate::block::{MAX_EXCEPTIONS, OccurrenceRefusal, leaves_out, with_moved};
use crate::hours::{equal_except_id, same_hours, unknown_type};
use crate::{BlockRequest, BlockedTime};

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

    pub(super) fn decide_change_block(
        &self,
        request: &BlockRequest,
    ) -> Result<Vec<OfficeEvent>, OfficeRejection> {
        let known = self.block(request.block_id)?;
        let block = request.replacing(known, self.policy.time_zone)?;
        if block.recurrence.is_some() && known.recurrence.is_none() {
            let recurring = self.calendar.recurring_blocks();
            check_room("office blocks that recur", recurring + 1, MAX_RECURRING_BLOCKS)?;
        }
        Ok(changed(known, block))
    }

    pub(super) fn decide_move_occurrence(
        &self,
        block_id: BlockId,
        date: NaiveDate,
        time: &BlockedTime,
    ) -> Result<Vec<OfficeEvent>, OfficeRejection> {
        let known = self.block(block_id)?;
        let block = with_moved(known, date, time).map_err(|refusal| of_occurrence(refusal, date))?;
        Ok(changed(known, block))
    }

    pub(super) fn decide_skip_occurrence(
        &self,
        block_id: BlockId,
        date: NaiveDate,
    ) -> Result<Vec<OfficeEvent>, OfficeRejection> {
        let is_new =
            leaves_out(self.block(block_id)?, date).map_err(|refusal| of_occurrence(refusal, date))?;
        let event = is_new.then(|| OfficeUnblocked { block_id, date: Some(date) }.into());
        Ok(event.into_iter().collect())
    }

    fn block(&self, block_id: BlockId) -> Result<&Block, OfficeRejection> {
        self.calendar.find_block(block_id).ok_or(OfficeRejection::BlockNotFound)
    }

    pub(super) fn decide_unblock(&self, block_id: BlockId) -> Result<Vec<OfficeEvent>, OfficeRejection> {
        self.block(block_id)?;
        Ok(vec![OfficeUnblocked { block_id, date: None }.into()])
    }
}

fn check_room(kind: &'static str, wanted: usize, max: usize) -> Result<(), OfficeRejection> {
    if wanted > max { Err(OfficeRejection::CalendarFull { kind, max }) } else { Ok(()) }
}

fn changed(known: &Block, block: Block) -> Vec<OfficeEvent> {
    if *known == block { Vec::new() } else { vec![BlockChanged { block }.into()] }
}

fn of_occurrence(refusal: OccurrenceRefusal, date: NaiveDate) -> OfficeRejection {
    match refusal {
        OccurrenceRefusal::NotFound => OfficeRejection::OccurrenceNotFound(date),
        OccurrenceRefusal::TooMany => {
            OfficeRejection::CalendarFull { kind: "exceptions of one block", max: MAX_EXCEPTIONS }
        }
        OccurrenceRefusal::Invalid(invalid) => invalid.into(),
    }
}
