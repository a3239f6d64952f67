//! Leads in a history: what they say of themselves, while their bookings tell of them too.

use chrono::TimeDelta;
use domain::visit_time::{LeadLimits, ReserveVisit, VisitTime, VisitTimeCommand};
use domain::{
    Aggregate as _, Change, ConsentStatement, Decision, EventContext, Lead, LeadChange, LeadCommand,
};
use read_model::Event;
use schemas::value::{ConsentPurpose, ContactChannel, LeadOverlap, LeadProfile};
use schemas::{AppointmentId, LeadId, Personal, ReservationId};
use uuid::Uuid;

/// The lead into which others are merged.
const MERGED_INTO: &str = LEADS[0];

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
            // Its time is taken, goes to another agent, and is free again.
            _ if slot.is_multiple_of(4) => self.take_time_of(lead_id),
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
            5 if which > 9 => LeadCommand::MergeLeads { into: MERGED_INTO.parse().unwrap(), lead_id },
            5 => LeadCommand::WithdrawConsent { lead_id, statement },
            _ => LeadCommand::GiveConsent { lead_id, statement },
        };
        let (lead_id, command) = (body.lead_id().clone(), self.command(body));
        let state: &mut Lead = self.leads.entry(lead_id.clone()).or_default();
        // One that is closed says nothing more, and none is merged into itself.
        let is_refused = state.merged_into().is_some()
            || matches!(&command.body, LeadCommand::MergeLeads { into, .. } if into.as_str() == lead_id.as_str());
        if is_refused {
            return;
        }
        for event in accepted(Decision::of(state, &command, &(), self.now)) {
            let stored = self.log.append(Event::Lead(lead_id.clone(), event.clone()), self.now);
            state.evolve(&event, &EventContext::new(stored.revision, stored.position, &stored.metadata));
        }
    }

    fn take_time_of(&mut self, lead_id: LeadId) -> LeadCommand {
        let known = self.leads.get(&lead_id).and_then(|lead| lead.visits().open().next());
        let command = match known {
            None => {
                let start = self.now + TimeDelta::days(1);
                let visit = VisitTime {
                    appointment_id: AppointmentId::new(Uuid::from_u128(0x1ead << 64 | self.commands)),
                    hold_id: None,
                    lead_id: lead_id.clone(),
                    appointment_type: fixtures::type_code(fixtures::VISIT),
                    property_id: None,
                    start,
                    end: start + TimeDelta::hours(1),
                    max_appointments_per_slot: 1,
                };
                let wanted = ReserveVisit {
                    reservation_id: ReservationId::new(Uuid::from_u128(0x1eae << 64 | self.commands)),
                    deciding_stream: "agent-7".to_owned(),
                    expires_at: self.now + TimeDelta::seconds(10),
                    visit,
                    besides: Vec::new(),
                    verified: Vec::new(),
                    force: Vec::new(),
                };
                let limits = LeadLimits {
                    overlap: LeadOverlap::Refuse,
                    travel_minutes: 0,
                    is_registered_property: false,
                    is_move: false,
                    max_holds: 2,
                    max_visits: None,
                };
                VisitTimeCommand::Reserve(Box::new(wanted), limits)
            }
            Some(claim) if claim.deciding_stream == "agent-7" => VisitTimeCommand::Repoint {
                reservation_id: claim.reservation_id,
                from: claim.deciding_stream,
                to: "agent-8".to_owned(),
            },
            Some(claim) => VisitTimeCommand::Release {
                reservation_id: claim.reservation_id,
                deciding_stream: claim.deciding_stream,
            },
        };
        LeadCommand::TakeTime { lead_id, command }
    }
}
