//! Leads in a history: what they say of themselves, while their bookings tell of them too.

use chrono::TimeDelta;
use domain::{
    Aggregate as _, Change, ConsentStatement, Decision, EventContext, Lead, LeadChange, LeadCommand,
};
use read_model::Event;
use schemas::value::{ConsentPurpose, ContactChannel, LeadProfile};
use schemas::{LeadId, Personal};

use super::{History, LEADS, accepted};

impl History {
    /// Registers a lead, changes its contact or records what it agrees to, as the numbers say.
    pub(super) fn say_of_lead(&mut self, which: u8, slot: u8) {
        let lead_id: LeadId = LEADS[usize::from(which) % LEADS.len()].parse().unwrap();
        let personal = |text: &str| Personal::new(lead_id.clone(), text.to_owned());
        let name = ["Zoraida Núñez", "Ana Ñandú", "Anabel Anaya"][usize::from(slot % 3)];
        let channel = [ContactChannel::Email, ContactChannel::Whatsapp][usize::from(which % 2)];
        let statement = ConsentStatement {
            purpose: [ConsentPurpose::Reminders, ConsentPurpose::Promotion][usize::from(slot % 2)],
            channel,
            at: (slot % 4 == 1).then(|| self.now - TimeDelta::hours(i64::from(which))),
            source: personal("Chat"),
            wording: slot.is_multiple_of(3).then(|| personal("Sí, gracias")),
        };
        let lead_id = lead_id.clone();
        let body = match slot / 5 {
            0 | 1 => LeadCommand::RegisterLead {
                profile: LeadProfile {
                    name: (which > 2).then(|| personal(name)),
                    email: Some(personal("Zora.Nunez@example.org")),
                    phone: (which < 9).then(|| personal("+56977712345")),
                    locale: Some(personal("es-CL")),
                    preferred_channel: Some(channel),
                },
                lead_id,
            },
            2..=4 => LeadCommand::UpdateLead {
                change: LeadChange {
                    name: if which < 4 { Change::Removed } else { Change::Set(personal(name)) },
                    phone: if which < 9 { Change::Kept } else { Change::Set(personal("+56900012345")) },
                    ..LeadChange::default()
                },
                lead_id,
            },
            5 => LeadCommand::WithdrawConsent { lead_id, statement },
            _ => LeadCommand::GiveConsent { lead_id, statement },
        };
        let (lead_id, command) = (body.lead_id().clone(), self.command(body));
        let state: &mut Lead = self.leads.entry(lead_id.clone()).or_default();
        for event in accepted(Decision::of(state, &command, &(), self.now)) {
            let stored = self.log.append(Event::Lead(lead_id.clone(), event.clone()), self.now);
            state.evolve(&event, &EventContext::new(stored.revision, stored.position, &stored.metadata));
        }
    }
}
