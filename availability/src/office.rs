use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use schemas::value::{AppointmentType, AvailabilityRule, Block, LocationKind, OfficePolicy};
use schemas::{AppointmentTypeCode, BlockId, RuleId};
use serde::{Deserialize, Serialize};

use crate::block::Blocks;

/// The office's calendar, which applies to every agent: zone, travel time, types, hours and blocks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfficeCalendar {
    time_zone: Tz,
    travel_minutes: u16,
    types: BTreeMap<AppointmentTypeCode, DefinedType>,
    rules: BTreeMap<RuleId, AvailabilityRule>,
    blocks: Blocks,
}

/// A retired type is kept: its appointments remain, and whether they need travel time still matters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct DefinedType {
    #[serde(flatten)]
    appointment_type: AppointmentType,
    retired: bool,
}

impl OfficeCalendar {
    /// An office with a policy and nothing else.
    pub fn new(policy: &OfficePolicy) -> Self {
        Self {
            time_zone: policy.time_zone,
            travel_minutes: policy.travel_minutes,
            types: BTreeMap::new(),
            rules: BTreeMap::new(),
            blocks: Blocks::default(),
        }
    }

    /// Replaces the policy; hours and recurring blocks are read in its zone from now on.
    pub fn set_policy(&mut self, policy: &OfficePolicy) {
        self.time_zone = policy.time_zone;
        self.blocks.move_to_zone(policy.time_zone);
        self.travel_minutes = policy.travel_minutes;
    }

    /// The zone in which office hours are read.
    pub const fn time_zone(&self) -> Tz {
        self.time_zone
    }

    /// Least gap between two visits of one agent at different properties, in minutes.
    pub const fn travel_minutes(&self) -> u16 {
        self.travel_minutes
    }

    /// Defines or redefines a type; a retired one can be booked again.
    pub fn define_type(&mut self, appointment_type: AppointmentType) {
        let code = appointment_type.code.clone();
        self.types.insert(code, DefinedType { appointment_type, retired: false });
    }

    /// Retires a type. Returns whether it was in use.
    pub fn retire_type(&mut self, code: &AppointmentTypeCode) -> bool {
        self.types.get_mut(code).is_some_and(|defined| !std::mem::replace(&mut defined.retired, true))
    }

    /// The type of this code, if it can be booked.
    pub fn appointment_type(&self, code: &AppointmentTypeCode) -> Option<&AppointmentType> {
        self.types.get(code).filter(|defined| !defined.retired).map(|defined| &defined.appointment_type)
    }

    /// The types that can be booked, by code.
    pub fn types(&self) -> impl Iterator<Item = &AppointmentType> {
        self.types.values().filter(|defined| !defined.retired).map(|defined| &defined.appointment_type)
    }

    /// The types that can no longer be booked, by code.
    pub fn retired_types(&self) -> impl Iterator<Item = &AppointmentType> {
        self.types.values().filter(|defined| defined.retired).map(|defined| &defined.appointment_type)
    }

    /// Adds hours for every agent that inherits the office's; a rule with the same id is replaced.
    pub fn add_rule(&mut self, rule: AvailabilityRule) {
        self.rules.insert(rule.rule_id, rule);
    }

    /// Removes hours and returns them.
    pub fn remove_rule(&mut self, rule_id: RuleId) -> Option<AvailabilityRule> {
        self.rules.remove(&rule_id)
    }

    /// Replaces all hours.
    pub fn replace_rules(&mut self, rules: impl IntoIterator<Item = AvailabilityRule>) {
        self.rules = rules.into_iter().map(|rule| (rule.rule_id, rule)).collect();
    }

    /// The hours, by id.
    pub fn rules(&self) -> impl Iterator<Item = &AvailabilityRule> {
        self.rules.values()
    }

    /// Blocks time for every agent, or for those it names; a block with the same id is replaced.
    pub fn block(&mut self, block: Block) {
        self.blocks.insert(block);
    }

    /// Removes a block and returns it.
    pub fn unblock(&mut self, block_id: BlockId) -> Option<Block> {
        self.blocks.remove(block_id)
    }

    /// Leaves out the occurrence of a recurring block that begins on this date.
    pub fn skip_occurrence(&mut self, block_id: BlockId, date: NaiveDate) {
        self.blocks.skip(block_id, date);
    }

    /// The block of this id.
    pub fn find_block(&self, block_id: BlockId) -> Option<&Block> {
        self.blocks.get(block_id)
    }

    /// How many of the blocks recur.
    pub fn recurring_blocks(&self) -> usize {
        self.blocks.recurring()
    }

    /// The blocks: single ones by start, then recurring ones.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter()
    }

    /// The type of this code and whether it was retired.
    pub fn defined_type(&self, code: &AppointmentTypeCode) -> Option<(&AppointmentType, bool)> {
        self.types.get(code).map(|defined| (&defined.appointment_type, defined.retired))
    }

    pub(crate) const fn stored_blocks(&self) -> &Blocks {
        &self.blocks
    }

    /// Whether appointments of this type take place at a property; known for retired types too.
    pub(crate) fn is_at_property(&self, code: &AppointmentTypeCode) -> bool {
        let defined = self.types.get(code);
        defined.is_some_and(|defined| defined.appointment_type.location_kind == LocationKind::Property)
    }
}
