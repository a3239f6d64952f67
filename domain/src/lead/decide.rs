//! Decisions on a lead.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use schemas::LeadId;
use schemas::event::{ConsentGiven, ConsentWithdrawn, LeadEvent as Event, LeadRegistered, LeadUpdated};
use schemas::value::LeadProfile;

use super::{ConsentStatement, Lead, LeadChange, LeadCommand, LeadRejection};

/// How far ahead of ours a sender's clock may be.
const CLOCKS_DIFFER_BY: TimeDelta = TimeDelta::minutes(5);

impl Lead {
    pub(super) fn decide_command(
        &self,
        command: &LeadCommand,
        now: DateTime<Utc>,
    ) -> Result<Vec<Event>, LeadRejection> {
        match command {
            LeadCommand::RegisterLead { lead_id, profile } => {
                Ok(self.decide_profile(lead_id, profile.clone()))
            }
            LeadCommand::UpdateLead { lead_id, change } => {
                Ok(self.decide_profile(lead_id, change.applied_to(&self.profile)))
            }
            LeadCommand::GiveConsent { lead_id, statement } => {
                self.decide_consent(lead_id, statement, true, now)
            }
            LeadCommand::WithdrawConsent { lead_id, statement } => {
                self.decide_consent(lead_id, statement, false, now)
            }
        }
    }

    fn decide_profile(&self, lead_id: &LeadId, profile: LeadProfile) -> Vec<Event> {
        let lead_id = lead_id.clone();
        if !self.registered {
            vec![LeadRegistered { lead_id, profile }.into()]
        } else if self.profile == profile {
            Vec::new()
        } else {
            vec![LeadUpdated { lead_id, profile }.into()]
        }
    }

    /// The latest that the lead said stands: what it said before that changes nothing, whenever it is heard of.
    fn decide_consent(
        &self,
        lead_id: &LeadId,
        statement: &ConsentStatement,
        given: bool,
        now: DateTime<Utc>,
    ) -> Result<Vec<Event>, LeadRejection> {
        // As precise as what is stored.
        let (said_at, now) = (statement.at.map(|at| at.trunc_subsecs(6)), now.trunc_subsecs(6));
        if said_at.is_some_and(|at| now + CLOCKS_DIFFER_BY < at) {
            return Err(LeadRejection::SaidInTheFuture);
        }
        let ConsentStatement { purpose, channel, source, wording, .. } = statement.clone();
        let source = Some(source);
        if let Some(known) = self.consents.get(&(purpose, channel)) {
            let is_the_same = (known.given, &known.source, &known.wording) == (given, &source, &wording);
            let is_no_news = match said_at {
                Some(at) => at < known.at || at == known.at && is_the_same,
                None => is_the_same,
            };
            if is_no_news {
                return Ok(Vec::new());
            }
        }
        // A sender whose clock is ahead may have said something before.
        let known_at = self.consents.get(&(purpose, channel)).map(|known| known.at);
        let at = said_at.unwrap_or_else(|| known_at.map_or(now, |known| known.max(now)));
        let lead_id = lead_id.clone();
        Ok(vec![if given {
            ConsentGiven { lead_id, purpose, channel, at, source, wording }.into()
        } else {
            ConsentWithdrawn { lead_id, purpose, channel, at, source, wording }.into()
        }])
    }

    /// The members of the contact that this event leaves without a value.
    pub(super) fn reset_by(&self, event: &Event) -> Vec<String> {
        let (Event::LeadRegistered(LeadRegistered { profile: after, .. })
        | Event::LeadUpdated(LeadUpdated { profile: after, .. })) = event
        else {
            return Vec::new();
        };
        let before = &self.profile;
        let members = [
            ("name", before.name.is_some() && after.name.is_none()),
            ("email", before.email.is_some() && after.email.is_none()),
            ("phone", before.phone.is_some() && after.phone.is_none()),
            ("locale", before.locale.is_some() && after.locale.is_none()),
            ("preferred_channel", before.preferred_channel.is_some() && after.preferred_channel.is_none()),
        ];
        members.into_iter().filter(|(_, is_reset)| *is_reset).map(|(member, _)| member.to_owned()).collect()
    }
}

impl LeadChange {
    fn applied_to(&self, profile: &LeadProfile) -> LeadProfile {
        LeadProfile {
            name: self.name.applied_to(profile.name.as_ref()),
            email: self.email.applied_to(profile.email.as_ref()),
            phone: self.phone.applied_to(profile.phone.as_ref()),
            locale: self.locale.applied_to(profile.locale.as_ref()),
            preferred_channel: self.preferred_channel.applied_to(profile.preferred_channel.as_ref()),
        }
    }
}
