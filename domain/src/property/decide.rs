//! Decisions on the property itself.

use chrono::{DateTime, Utc};
use schemas::PropertyId;
use schemas::event::{
    PropertyEvent as Event, PropertyRegistered, PropertyRelisted, PropertyUpdated, PropertyWithdrawn,
};
use schemas::value::PropertyProfile;

use super::state::Registration;
use super::{Property, PropertyChange, PropertyCommand, PropertyRejection};
use crate::ZoneChange;
use crate::block::moved_with_zone;
use crate::visit_time::{VisitTimeEvent, of_property};

impl From<VisitTimeEvent> for Event {
    fn from(event: VisitTimeEvent) -> Self {
        match event {
            VisitTimeEvent::Reserved(event) => event.into(),
            VisitTimeEvent::Repointed(event) => event.into(),
            VisitTimeEvent::Released(event) => event.into(),
        }
    }
}

impl Property {
    pub(super) fn decide_command(
        &self,
        command: &PropertyCommand,
        now: DateTime<Utc>,
    ) -> Result<Vec<Event>, PropertyRejection> {
        match command {
            PropertyCommand::RegisterProperty { property_id, profile, active } => {
                Ok(self.decide_register(property_id, profile, *active))
            }
            PropertyCommand::UpdateProperty { change } => {
                let known = self.registered()?;
                let active = change.active.unwrap_or(self.calendar.is_active());
                Ok(self.decide_replace_profile(known, change.applied_to(&known.profile), active))
            }
            PropertyCommand::ReplaceVisitHours { rules } => self.decide_replace_hours(rules),
            PropertyCommand::SetDateException { exception } => self.decide_set_exception(exception),
            PropertyCommand::RemoveDateException { date } => self.decide_remove_exception(*date),
            PropertyCommand::BlockTime { block, on_overlap } => self.decide_block(block, *on_overlap, now),
            PropertyCommand::ChangeBlock { block, on_overlap } => {
                self.decide_change_block(block, *on_overlap, now)
            }
            PropertyCommand::UnblockTime { block_id } => self.decide_unblock(*block_id),
            PropertyCommand::MoveOccurrence { block_id, date, time, on_overlap } => {
                self.decide_move_occurrence(*block_id, *date, time, *on_overlap, now)
            }
            PropertyCommand::SkipOccurrence { block_id, date } => {
                self.decide_skip_occurrence(*block_id, *date)
            }
            PropertyCommand::PlaceKey { at } => self.decide_place_key(at),
            PropertyCommand::TakeKey { agent_id } => self.decide_take_key(agent_id),
            PropertyCommand::ReturnKey { agent_id, at } => self.decide_return_key(agent_id.as_ref(), at),
            PropertyCommand::TakeTime { command } => {
                let decided = self.visits.decide(command, |wanted, terms, others| {
                    of_property::judge(wanted, terms, others, &self.calendar, now)
                });
                Ok(decided?.into_iter().map(Event::from).collect())
            }
            PropertyCommand::ReadAccessInstructions { visit } => {
                self.decide_read_access_instructions(visit, now)
            }
        }
    }

    fn decide_register(
        &self,
        property_id: &PropertyId,
        profile: &PropertyProfile,
        active: bool,
    ) -> Vec<Event> {
        if let Some(known) = &self.registration {
            return self.decide_replace_profile(known, profile.clone(), active);
        }
        let property_id = property_id.clone();
        let withdrawn = (!active).then(|| PropertyWithdrawn { property_id: property_id.clone() }.into());
        let registered = PropertyRegistered { property_id, profile: profile.clone() }.into();
        [registered].into_iter().chain(withdrawn).collect()
    }

    /// The change of the profile comes last: its answer tells what it reset.
    fn decide_replace_profile(
        &self,
        known: &Registration,
        profile: PropertyProfile,
        active: bool,
    ) -> Vec<Event> {
        let property_id = known.property_id.clone();
        let mut events = Vec::new();
        if self.calendar.is_active() != active {
            let property_id = property_id.clone();
            events.push(if active {
                PropertyRelisted { property_id }.into()
            } else {
                PropertyWithdrawn { property_id }.into()
            });
        }
        if known.profile != profile {
            events.push(PropertyUpdated { property_id, profile }.into());
        }
        events
    }

    /// The members of the profile that this event gives back their default.
    pub(super) fn reset_by(&self, event: &Event) -> Vec<String> {
        let (Event::PropertyUpdated(PropertyUpdated { profile: after, .. }), Some(known)) =
            (event, &self.registration)
        else {
            return Vec::new();
        };
        let before = &known.profile;
        let both = |was_set: bool, is_default: bool| was_set && is_default;
        let members = [
            ("coordinates", both(before.coordinates.is_some(), after.coordinates.is_none())),
            ("agent_ids", both(!before.agent_ids.is_empty(), after.agent_ids.is_empty())),
            ("notice_minutes", both(before.notice_minutes != 0, after.notice_minutes == 0)),
            ("overlap", is_reset(&before.overlap, &after.overlap)),
            ("caps", is_reset(&before.caps, &after.caps)),
            ("approval", both(before.approval.is_some(), after.approval.is_none())),
            (
                "access_instructions",
                both(before.access_instructions.is_some(), after.access_instructions.is_none()),
            ),
        ];
        members.into_iter().filter(|(_, is_reset)| *is_reset).map(|(member, _)| member.to_owned()).collect()
    }

    /// What this event touches by moving the property to another zone.
    pub(super) fn zone_change_by(&self, event: &Event) -> Option<ZoneChange> {
        let Event::PropertyUpdated(PropertyUpdated { profile: after, .. }) = event else { return None };
        let (from, to) = (self.calendar.time_zone(), after.time_zone);
        (from != to).then(|| ZoneChange {
            from,
            to,
            rule_ids: self.calendar.rules().map(|rule| rule.rule_id).collect(),
            exceptions: self.calendar.exceptions().map(|exception| exception.date).collect(),
            block_ids: moved_with_zone(self.calendar.blocks()),
            appointment_ids: Vec::new(),
        })
    }
}

fn is_reset<T: Default + PartialEq>(before: &T, after: &T) -> bool {
    before != after && *after == T::default()
}

impl PropertyChange {
    fn applied_to(&self, known: &PropertyProfile) -> PropertyProfile {
        let mut profile = known.clone();
        if let Some(area) = &self.area {
            // Named again as it is, it says nothing about a zone of the property's own.
            if area.comuna_code != known.comuna_code {
                profile.time_zone = area.time_zone;
            }
            profile.comuna.clone_from(&area.comuna);
            profile.comuna_code.clone_from(&area.comuna_code);
            profile.region.clone_from(&area.region);
        }
        PropertyProfile {
            title: self.title.clone().unwrap_or(profile.title),
            address: self.address.clone().unwrap_or(profile.address),
            time_zone: self.time_zone.unwrap_or(profile.time_zone),
            coordinates: self.coordinates.applied_to(known.coordinates.as_ref()),
            agent_ids: self.agent_ids.clone().unwrap_or(profile.agent_ids),
            notice_minutes: self.notice_minutes.unwrap_or(profile.notice_minutes),
            overlap: self.overlap.unwrap_or(profile.overlap),
            caps: self.caps.unwrap_or(profile.caps),
            approval: self.approval.applied_to(known.approval.as_ref()),
            access_instructions: self.access_instructions.applied_to(known.access_instructions.as_ref()),
            comuna: profile.comuna,
            comuna_code: profile.comuna_code,
            region: profile.region,
        }
    }
}
