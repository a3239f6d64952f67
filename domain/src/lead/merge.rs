//! Leads that turn out to be one: the one that stays takes over what it lacks, then the other is closed.
//!
//! In this order, each step may be repeated: a merge that broke off is completed by sending it again.

use chrono::{DateTime, Utc};
use schemas::event::{ConsentGiven, ConsentWithdrawn, LeadEvent as Event, LeadsMerged};
use schemas::value::{ConsentPurpose, ContactChannel, LeadProfile};
use schemas::{LeadId, Personal};

use super::state::Consent;
use super::{Lead, LeadCommand, LeadRejection};
use crate::visit_time::VisitTimeCommand;

/// What a lead has said, for the lead that it is merged into.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LeadLegacy {
    profile: LeadProfile,
    consents: Vec<(ConsentPurpose, ContactChannel, Consent)>,
}

impl Lead {
    /// The lead that it was merged into.
    pub const fn merged_into(&self) -> Option<&LeadId> {
        self.merged_into.as_ref()
    }

    /// What it leaves to the lead that it is merged into.
    pub fn legacy(&self, into: &LeadId) -> LeadLegacy {
        let of =
            |value: &Option<Personal<String>>| value.clone().map(|value| value.passed_on_to(into.clone()));
        let LeadProfile { name, email, phone, locale, preferred_channel } = &self.profile;
        let consents = self.consents.iter().map(|((purpose, channel), consent)| {
            let Consent { given, at, source, wording } = consent;
            let consent = Consent { given: *given, at: *at, source: of(source), wording: of(wording) };
            (*purpose, *channel, consent)
        });
        LeadLegacy {
            profile: LeadProfile {
                name: of(name),
                email: of(email),
                phone: of(phone),
                locale: of(locale),
                preferred_channel: *preferred_channel,
            },
            consents: consents.collect(),
        }
    }

    /// Refuses what a lead that is closed takes no more: everything but letting go of its time, moving what it has, and being
    /// closed again.
    pub(super) fn check_open(&self, command: &LeadCommand) -> Result<(), LeadRejection> {
        let Some(into) = &self.merged_into else { return Ok(()) };
        match command {
            LeadCommand::MergeLeads { into: wanted, .. } if wanted == into => Ok(()),
            LeadCommand::TakeTime {
                command: VisitTimeCommand::Repoint { .. } | VisitTimeCommand::Release { .. },
                ..
            } => Ok(()),
            LeadCommand::TakeTime { command: VisitTimeCommand::Reserve(_, limits), .. } if limits.is_move => {
                Ok(())
            }
            _ => Err(LeadRejection::Merged { into: into.clone() }),
        }
    }

    pub(super) fn decide_merge(&self, lead_id: &LeadId, into: &LeadId) -> Result<Vec<Event>, LeadRejection> {
        if lead_id == into {
            return Err(LeadRejection::MergedIntoItself);
        }
        if self.merged_into.is_some() {
            return Ok(Vec::new());
        }
        Ok(vec![LeadsMerged { lead_id: lead_id.clone(), into: into.clone() }.into()])
    }

    /// Its own contact stays, and is completed. Of each purpose and channel it agrees only if neither has withdrawn.
    pub(super) fn decide_take_over(&self, lead_id: &LeadId, legacy: &LeadLegacy) -> Vec<Event> {
        let filled = LeadProfile {
            name: self.profile.name.clone().or_else(|| legacy.profile.name.clone()),
            email: self.profile.email.clone().or_else(|| legacy.profile.email.clone()),
            phone: self.profile.phone.clone().or_else(|| legacy.profile.phone.clone()),
            locale: self.profile.locale.clone().or_else(|| legacy.profile.locale.clone()),
            preferred_channel: self.profile.preferred_channel.or(legacy.profile.preferred_channel),
        };
        let mut events =
            if filled == self.profile { Vec::new() } else { self.decide_profile(lead_id, filled) };
        events.extend(legacy.consents.iter().filter_map(|(purpose, channel, theirs)| {
            let known = self.consents.get(&(*purpose, *channel));
            let is_told = known.is_none_or(|known| known.given && !theirs.given);
            // The latest that is recorded stands, so it must not seem to come before what it takes the place of.
            let at = known.map_or(theirs.at, |known| known.at.max(theirs.at));
            is_told.then(|| told(lead_id, (*purpose, *channel), theirs, at))
        }));
        events
    }
}

fn told(
    lead_id: &LeadId,
    (purpose, channel): (ConsentPurpose, ContactChannel),
    consent: &Consent,
    at: DateTime<Utc>,
) -> Event {
    let (lead_id, source, wording) = (lead_id.clone(), consent.source.clone(), consent.wording.clone());
    if consent.given {
        ConsentGiven { lead_id, purpose, channel, at, source, wording }.into()
    } else {
        ConsentWithdrawn { lead_id, purpose, channel, at, source, wording }.into()
    }
}
