use std::collections::BTreeMap;

use availability::OfficeCalendar;
use calendar_fold::fold_office;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use schemas::event::{AppointmentTypeDefined, CommandHadNoEffect, OfficeEvent as Event, OfficePolicySet};
use schemas::value::{AppointmentType, OfficePolicy, PartsOfDay};
use schemas::{AppointmentTypeCode, BlockId, CommandId};
use serde::{Deserialize, Serialize};

use super::{OfficeAnswer, OfficeCommand, OfficeRejection};
use crate::block::moved_with_zone;
use crate::hours::equal_except_id;
use crate::{
    Aggregate, AppointmentTypeAnswer, BlockAnswer, Command, EventContext, PolicyAnswer, Receipts,
    RulesAnswer, StreamTime, ZoneChange,
};

/// The horizon of a type that names none.
pub const DEFAULT_HORIZON_DAYS: u16 = 60;

/// The state of the office, folded from its events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Office {
    pub(super) policy: OfficePolicy,
    pub(super) calendar: OfficeCalendar,
    /// How often anything of the office has changed, its types included.
    version: u64,
    /// How often each type has changed, retired ones included.
    type_versions: BTreeMap<AppointmentTypeCode, u64>,
    time: StreamTime,
    receipts: Receipts<OfficeAnswer>,
    revision: Option<u64>,
}

impl Default for Office {
    /// An office without a policy yet: Chile's zone and language, no travel time.
    fn default() -> Self {
        let policy = OfficePolicy {
            name: String::new(),
            time_zone: Tz::America__Santiago,
            locale: "es-CL".to_owned(),
            travel_minutes: 0,
            max_holds_per_lead: 2,
            meeting_link_template: None,
            parts_of_day: PartsOfDay::default(),
        };
        Self {
            calendar: OfficeCalendar::new(&policy),
            policy,
            version: 0,
            type_versions: BTreeMap::new(),
            time: StreamTime::default(),
            receipts: Receipts::default(),
            revision: None,
        }
    }
}

impl Office {
    /// Types, hours and blocks.
    pub const fn calendar(&self) -> &OfficeCalendar {
        &self.calendar
    }

    /// Zone, language and policies.
    pub const fn policy(&self) -> &OfficePolicy {
        &self.policy
    }

    /// The members of policy or type that this event gives back their default.
    fn reset_by(&self, event: &Event) -> Vec<String> {
        let members = match event {
            Event::OfficePolicySet(OfficePolicySet { policy: after }) => {
                let (before, default) = (&self.policy, Self::default().policy);
                vec![
                    (
                        "time_zone",
                        before.time_zone != after.time_zone && after.time_zone == default.time_zone,
                    ),
                    ("locale", before.locale != after.locale && after.locale == default.locale),
                    ("travel_minutes", before.travel_minutes != 0 && after.travel_minutes == 0),
                    (
                        "max_holds_per_lead",
                        before.max_holds_per_lead != after.max_holds_per_lead
                            && after.max_holds_per_lead == default.max_holds_per_lead,
                    ),
                    (
                        "meeting_link_template",
                        before.meeting_link_template.is_some() && after.meeting_link_template.is_none(),
                    ),
                    (
                        "parts_of_day",
                        before.parts_of_day != after.parts_of_day
                            && after.parts_of_day == default.parts_of_day,
                    ),
                ]
            }
            Event::AppointmentTypeDefined(AppointmentTypeDefined { appointment_type: after }) => {
                let Some(before) = self.calendar.appointment_type(&after.code) else { return Vec::new() };
                let is_new = |before: u16, after: u16, default: u16| before != after && after == default;
                vec![
                    (
                        "slot_step_minutes",
                        is_new(before.slot_step_minutes, after.slot_step_minutes, after.duration_minutes),
                    ),
                    (
                        "buffer_before_minutes",
                        is_new(before.buffer_before_minutes, after.buffer_before_minutes, 0),
                    ),
                    (
                        "buffer_after_minutes",
                        is_new(before.buffer_after_minutes, after.buffer_after_minutes, 0),
                    ),
                    ("min_notice_minutes", before.min_notice_minutes != 0 && after.min_notice_minutes == 0),
                    ("horizon_days", is_new(before.horizon_days, after.horizon_days, DEFAULT_HORIZON_DAYS)),
                    ("daily_limit", before.daily_limit.is_some() && after.daily_limit.is_none()),
                    (
                        "confirm_before_minutes",
                        before.confirm_before_minutes.is_some() && after.confirm_before_minutes.is_none(),
                    ),
                ]
            }
            _ => return Vec::new(),
        };
        members.into_iter().filter(|(_, is_reset)| *is_reset).map(|(member, _)| member.to_owned()).collect()
    }

    /// The version of what an event has just changed.
    fn version_after(&self, event: &Event) -> u64 {
        let code = match event {
            Event::AppointmentTypeDefined(event) => &event.appointment_type.code,
            Event::AppointmentTypeRetired(event) => &event.code,
            Event::CommandHadNoEffect(event) => return event.version,
            _ => return self.version,
        };
        self.type_versions.get(code).copied().unwrap_or(0)
    }

    /// What this event touches by moving the office to another zone.
    fn zone_change_by(&self, event: &Event) -> Option<ZoneChange> {
        let Event::OfficePolicySet(OfficePolicySet { policy: after }) = event else { return None };
        let (from, to) = (self.calendar.time_zone(), after.time_zone);
        (self.version > 0 && from != to).then(|| ZoneChange {
            from,
            to,
            rule_ids: self.calendar.rules().map(|rule| rule.rule_id).collect(),
            exceptions: Vec::new(),
            block_ids: moved_with_zone(self.calendar.blocks()),
            appointment_ids: Vec::new(),
        })
    }

    fn answer(&self, event: &Event) -> OfficeAnswer {
        match event {
            Event::OfficePolicySet(_) => self.policy_answer(),
            Event::AppointmentTypeDefined(event) => of_type(&event.appointment_type),
            Event::AppointmentTypeRetired(event) => match self.calendar.defined_type(&event.code) {
                Some((retired, _)) => of_type(retired),
                None => self.policy_answer(),
            },
            Event::OfficeRuleAdded(event) => {
                OfficeAnswer::Rules(RulesAnswer { rule_ids: vec![event.rule.rule_id] })
            }
            Event::OfficeRuleRemoved(_) => OfficeAnswer::Rules(RulesAnswer { rule_ids: Vec::new() }),
            Event::OfficeHoursReplaced(event) => OfficeAnswer::Rules(RulesAnswer {
                rule_ids: event.rules.iter().map(|rule| rule.rule_id).collect(),
            }),
            Event::OfficeBlocked(event) => {
                OfficeAnswer::Block(BlockAnswer { block: Box::new(event.block.clone()) })
            }
            Event::BlockChanged(event) => {
                OfficeAnswer::Block(BlockAnswer { block: Box::new(event.block.clone()) })
            }
            Event::OfficeUnblocked(event) => self.block_answer(event.block_id),
            // One that another release has written is not told.
            Event::CommandHadNoEffect(event) => {
                serde_json::from_value(event.answer.clone()).unwrap_or_else(|_| self.policy_answer())
            }
        }
    }

    fn policy_answer(&self) -> OfficeAnswer {
        let policy = self.policy.clone();
        OfficeAnswer::Policy(PolicyAnswer { policy, reset: Vec::new(), zone_change: None })
    }

    fn block_answer(&self, block_id: BlockId) -> OfficeAnswer {
        match self.calendar.find_block(block_id) {
            Some(block) => OfficeAnswer::Block(BlockAnswer { block: Box::new(block.clone()) }),
            None => self.policy_answer(),
        }
    }
}

fn of_type(appointment_type: &AppointmentType) -> OfficeAnswer {
    let (appointment_type, reset) = (appointment_type.clone(), Vec::new());
    OfficeAnswer::AppointmentType(AppointmentTypeAnswer { appointment_type, reset })
}

impl Aggregate for Office {
    type Command = OfficeCommand;
    type Event = Event;
    type Answer = OfficeAnswer;
    type Rejection = OfficeRejection;
    type Context = ();

    const SNAPSHOT_VERSION: u16 = 7;

    fn evolve(&mut self, event: &Event, context: &EventContext) {
        let (reset, zone_change) = (self.reset_by(event), self.zone_change_by(event));
        let unblocked = match event {
            Event::OfficeUnblocked(event) => self.calendar.find_block(event.block_id).cloned(),
            _ => None,
        };
        match event {
            Event::OfficePolicySet(event) => self.policy = event.policy.clone(),
            Event::AppointmentTypeDefined(event) => {
                *self.type_versions.entry(event.appointment_type.code.clone()).or_default() += 1;
            }
            Event::AppointmentTypeRetired(event) => {
                *self.type_versions.entry(event.code.clone()).or_default() += 1;
            }
            Event::OfficeRuleAdded(_)
            | Event::OfficeRuleRemoved(_)
            | Event::OfficeHoursReplaced(_)
            | Event::OfficeBlocked(_)
            | Event::BlockChanged(_)
            | Event::OfficeUnblocked(_)
            | Event::CommandHadNoEffect(_) => {}
        }
        if !matches!(event, Event::CommandHadNoEffect(_)) {
            self.version += 1;
        }
        self.time.observe(context.clock_showed, context.recorded_at);
        fold_office(&mut self.calendar, event);
        self.revision = Some(context.revision);
        let mut receipts = std::mem::take(&mut self.receipts);
        let mut answer = self.answer(event);
        if let Some(block) = unblocked.filter(|block| self.calendar.find_block(block.block_id).is_none()) {
            answer = OfficeAnswer::Block(BlockAnswer { block: Box::new(block) });
        }
        match &mut answer {
            OfficeAnswer::Policy(answer) if !reset.is_empty() || zone_change.is_some() => {
                (answer.reset, answer.zone_change) = (reset, zone_change);
            }
            OfficeAnswer::AppointmentType(answer) => answer.reset = reset,
            _ => {}
        }
        receipts.note(context, self.time.passed(), answer, self.version_after(event));
        self.receipts = receipts;
    }

    fn decide(
        &self,
        command: &Command<OfficeCommand>,
        (): &(),
        _now: DateTime<Utc>,
    ) -> Result<Vec<Event>, OfficeRejection> {
        match &command.body {
            OfficeCommand::SetOfficePolicy { policy } => Ok(self.decide_policy(policy)),
            OfficeCommand::DefineAppointmentType { appointment_type } => self.decide_define(appointment_type),
            OfficeCommand::RetireAppointmentType { code } => self.decide_retire(code),
            OfficeCommand::AddOfficeRule { rule } => self.decide_add_rule(rule),
            OfficeCommand::RemoveOfficeRule { rule_id } => self.decide_remove_rule(*rule_id),
            OfficeCommand::ReplaceOfficeHours { rules } => self.decide_replace_rules(rules),
            OfficeCommand::BlockOffice { block } => self.decide_block(block),
            OfficeCommand::ChangeBlock { block } => self.decide_change_block(block),
            OfficeCommand::UnblockOffice { block_id } => self.decide_unblock(*block_id),
            OfficeCommand::MoveOccurrence { block_id, date, time } => {
                self.decide_move_occurrence(*block_id, *date, time)
            }
            OfficeCommand::SkipOccurrence { block_id, date } => self.decide_skip_occurrence(*block_id, *date),
        }
    }

    fn answer_unchanged(&self, command: &OfficeCommand) -> OfficeAnswer {
        match command {
            OfficeCommand::DefineAppointmentType { appointment_type } => of_type(appointment_type),
            OfficeCommand::AddOfficeRule { rule } => {
                let known = self.calendar.rules().filter(|known| equal_except_id(known, rule));
                OfficeAnswer::Rules(RulesAnswer { rule_ids: known.map(|known| known.rule_id).collect() })
            }
            OfficeCommand::BlockOffice { block } | OfficeCommand::ChangeBlock { block } => {
                self.block_answer(block.block_id)
            }
            OfficeCommand::MoveOccurrence { block_id, .. }
            | OfficeCommand::SkipOccurrence { block_id, .. } => self.block_answer(*block_id),
            OfficeCommand::ReplaceOfficeHours { .. } => OfficeAnswer::Rules(RulesAnswer {
                rule_ids: self.calendar.rules().map(|rule| rule.rule_id).collect(),
            }),
            _ => self.policy_answer(),
        }
    }

    fn no_effect(event: CommandHadNoEffect) -> Option<Event> {
        Some(event.into())
    }

    fn version_of(&self, command: &OfficeCommand) -> Option<u64> {
        match command {
            OfficeCommand::DefineAppointmentType { appointment_type } => {
                self.type_versions.get(&appointment_type.code).copied()
            }
            OfficeCommand::RetireAppointmentType { code } => self.type_versions.get(code).copied(),
            _ => (self.version > 0).then_some(self.version),
        }
    }

    fn time(&self) -> &StreamTime {
        &self.time
    }

    fn receipts(&self) -> &Receipts<OfficeAnswer> {
        &self.receipts
    }

    fn record_position(&mut self, command_id: CommandId, position: u64) {
        self.receipts.set_position(command_id, position);
    }

    fn revision(&self) -> Option<u64> {
        self.revision
    }
}
