//! What becomes of appointments in a history, and is said of them, after they were made.

use domain::{AgentCommand, DetailsChange};
use schemas::value::{KeptTime, LeadContact, NoShowBy, Outcome};
use schemas::{AgentEvent, AgentId, AppointmentId};

use super::{APPOINTMENTS, History};
use crate::support::appointment_id;

impl History {
    /// Records an outcome, corrects one, takes back a cancellation, changes details, releases what is not
    /// confirmed, or settles what was agreed on under other zone rules.
    pub(super) fn say_later(&mut self, kind: u8, agent_id: &str, id: AppointmentId, slot: u8) {
        let by = [NoShowBy::Lead, NoShowBy::Agent, NoShowBy::Occupant][usize::from(slot % 3)];
        let command = match kind {
            26 => self.one_that(agent_id, |history, id, start, _| {
                (start <= history.now).then_some(AgentCommand::MarkNoShow { appointment_id: id, by })
            }),
            27 => self.last(agent_id, |event| {
                let (appointment_id, outcome) = match event {
                    AgentEvent::AppointmentCompleted(event) => (event.appointment_id, Outcome::NoShow),
                    AgentEvent::AppointmentNoShow(event) => (event.appointment_id, Outcome::Completed),
                    _ => return None,
                };
                Some(AgentCommand::CorrectOutcome { appointment_id, outcome, by })
            }),
            28 => {
                self.cancel_one_to_come(agent_id);
                self.last(agent_id, |event| {
                    let appointment_id = match event {
                        AgentEvent::AppointmentCancelled(event) => event.appointment_id,
                        AgentEvent::AppointmentReleased(event) => event.appointment_id,
                        _ => return None,
                    };
                    let reason = (slot < 20).then(|| "Por error".to_owned());
                    Some(AgentCommand::ReinstateAppointment { appointment_id, reason, requested_by: None })
                })
            }
            31 => {
                let keep = if slot < 20 { KeptTime::WallTime } else { KeptTime::Instant };
                self.one_that(agent_id, |history, id, _, _| {
                    history
                        .is_on_another_clock(id)
                        .then_some(AgentCommand::SettleConflict { appointment_id: id, keep })
                })
            }
            29 => {
                let owner = self.owner(id).unwrap_or_else(|| agent_id.parse().unwrap());
                self.ask_agent(owner.as_str(), change_details(id, slot));
                return;
            }
            _ => {
                let due = self.one_that(agent_id, |_, id, _, confirm_by| {
                    confirm_by.map(|at| (at, AgentCommand::ReleaseUnconfirmed { appointment_id: id }))
                });
                due.map(|(at, release)| {
                    self.now = self.now.max(at);
                    release
                })
            }
        };
        if let Some(command) = command {
            self.ask_agent(agent_id, command);
        }
    }

    fn is_on_another_clock(&self, id: AppointmentId) -> bool {
        let known = self.agents.values().find_map(|agent| agent.appointment(id));
        known.is_some_and(|known| {
            availability::zone::has_other_rules(known.time_zone, known.local_start, known.start)
        })
    }

    fn cancel_one_to_come(&mut self, agent_id: &str) {
        let to_come = self.one_that(agent_id, |history, id, start, _| (history.now < start).then_some(id));
        if let Some(appointment_id) = to_come {
            let cancel = AgentCommand::CancelAppointment { appointment_id, reason: None, requested_by: None };
            self.ask_agent(agent_id, cancel);
        }
    }

    /// The first appointment of the agent of which something can be made: of its id, start and time to be confirmed by.
    fn one_that<T>(
        &self,
        agent_id: &str,
        make: impl Fn(&Self, AppointmentId, Instant, Option<Instant>) -> Option<T>,
    ) -> Option<T> {
        let agent_id: AgentId = agent_id.parse().unwrap();
        let agent = self.agents.get(&agent_id)?;
        let live = (0..APPOINTMENTS).filter_map(|number| agent.appointment(appointment_id(number)));
        live.into_iter().find_map(|known| make(self, known.appointment_id, known.start, known.confirm_by))
    }
}

type Instant = chrono::DateTime<chrono::Utc>;

fn change_details(id: AppointmentId, slot: u8) -> AgentCommand {
    let text = (!slot.is_multiple_of(4)).then(|| format!("«{slot}»"));
    let contact = LeadContact { email: text.clone(), ..LeadContact::default() };
    let property = || (!slot.is_multiple_of(3)).then(|| format!("P-{}", slot % 2).parse().unwrap());
    let change = DetailsChange {
        property_id: slot.is_multiple_of(2).then(property),
        location: slot.is_multiple_of(3).then(|| text.clone()),
        notes: (slot % 3 == 1).then(|| text.clone()),
        lead_contact: (slot % 3 == 2).then(|| text.map(|_| contact)),
    };
    AgentCommand::ChangeAppointmentDetails { appointment_id: id, change: Box::new(change) }
}
