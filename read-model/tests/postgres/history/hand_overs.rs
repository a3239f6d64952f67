//! Hand-overs, step by step, with anything else in between.

use chrono::{DateTime, TimeDelta, Utc};
use domain::reservation::Attempt;
use domain::{
    AgentCommand, AgentRejection, Aggregate, Answer, Receipt, ReceiveAppointment, RescheduleAppointment,
    ReserveTime, Reserved,
};
use schemas::event::AppointmentHandedOver;
use schemas::value::AppointmentReceipt;
use schemas::{AgentEvent, AgentId, AppointmentId, CommandId, ReservationId, stream};
use uuid::Uuid;

use super::{AGENTS, APPOINTMENTS, History};
use crate::support::appointment_id;

/// A hand-over under way.
#[derive(Debug)]
pub(super) struct HandOver {
    reservation_id: ReservationId,
    appointment_id: AppointmentId,
    from: AgentId,
    to: AgentId,
    /// None = its time stays.
    start: Option<DateTime<Utc>>,
    step: Step,
}

#[derive(Debug)]
enum Step {
    Reserved,
    Fenced,
    Decided(Box<ReceiveAppointment>),
}

impl History {
    /// Reserves the time of an appointment, or another one, with another agent, and goes on by so many steps.
    pub(super) fn begin_hand_over(&mut self, appointment_id: AppointmentId, to: &str, steps: u8) {
        let Some(from) = self.owner(appointment_id) else { return };
        let to: AgentId = to.parse().unwrap();
        let known = self.agents[&from].appointment(appointment_id);
        let later = known.map(|known| known.start + TimeDelta::hours(1));
        let start = later.filter(|_| self.commands.is_multiple_of(2));
        let ask = move_to(appointment_id, &to, start, None);
        let ask = self.command(ask);
        let decided = self.agents[&from].decide(&ask, &self.office, self.now);
        let Err(AgentRejection::NeedsReservation(needed)) = decided else { return };
        let reservation_id = ReservationId::new(Uuid::from_u128(self.commands));
        let wanted = ReserveTime {
            reservation_id,
            deciding_stream: stream::agent(&from),
            expires_at: self.now + TimeDelta::seconds(10),
            needed: *needed,
            force: Vec::new(),
        };
        if self.ask_agent(to.as_str(), AgentCommand::ReserveTime(wanted)).is_none() {
            return;
        }
        self.hand_overs.push(HandOver {
            reservation_id,
            appointment_id,
            from,
            to,
            start,
            step: Step::Reserved,
        });
        for _ in 0..steps {
            self.go_on_with_hand_over(u8::try_from(self.hand_overs.len() - 1).unwrap(), true);
        }
    }

    /// Begins to hand over the first appointment that another agent can take, and goes on by so many steps.
    pub(super) fn begin_any(&mut self, steps: u8) {
        let under_way = self.hand_overs.len();
        for (number, to) in (0..APPOINTMENTS).flat_map(|number| AGENTS.map(|to| (number, to))) {
            let reserved = self.commands;
            self.begin_hand_over(appointment_id(number), to, steps);
            if under_way < self.hand_overs.len() || reserved + 1 < self.commands {
                break;
            }
        }
    }

    /// Reserves the time of the first appointment that another agent can take, and gives that up.
    pub(super) fn begin_and_give_up(&mut self) {
        let under_way = self.hand_overs.len();
        self.begin_any(0);
        while under_way < self.hand_overs.len() {
            self.go_on_with_hand_over(u8::try_from(under_way).unwrap(), false);
        }
    }

    /// Takes the next step of one of the hand-overs under way.
    pub(super) fn go_on_with_hand_over(&mut self, which: u8, is_wanted: bool) {
        if self.hand_overs.is_empty() {
            return;
        }
        let hand_over = self.hand_overs.remove(usize::from(which) % self.hand_overs.len());
        let next = self.next_step(&hand_over, is_wanted);
        self.hand_overs.extend(next.map(|step| HandOver { step, ..hand_over }));
    }

    fn next_step(&mut self, hand_over: &HandOver, is_wanted: bool) -> Option<Step> {
        let HandOver { reservation_id, appointment_id, from, to, step, .. } = hand_over;
        let reservation_id = *reservation_id;
        match step {
            Step::Reserved => {
                let decided = is_wanted.then(|| self.decide(hand_over)).flatten();
                if let Some((handed_over, receipt)) = decided {
                    let from_agent_id = from.clone();
                    let received =
                        ReceiveAppointment { may_repeat: true, from_agent_id, handed_over, receipt };
                    return Some(Step::Decided(Box::new(received)));
                }
                let fence = AgentCommand::FenceReservation {
                    reservation_id,
                    reserved_on: stream::agent(to),
                    of_command: None,
                };
                let fenced = self.ask_agent(from.as_str(), fence);
                assert!(fenced.is_some(), "{reservation_id} of {appointment_id} was not decided yet");
                Some(Step::Fenced)
            }
            Step::Fenced => {
                self.ask_agent(to.as_str(), AgentCommand::ReleaseReservation { reservation_id });
                None
            }
            Step::Decided(received) => {
                self.ask_agent(to.as_str(), AgentCommand::ReceiveAppointment(received.clone()));
                None
            }
        }
    }

    /// The decision, unless it is refused.
    fn decide(&mut self, hand_over: &HandOver) -> Option<(AppointmentHandedOver, AppointmentReceipt)> {
        let HandOver { reservation_id, appointment_id, from, to, start, .. } = hand_over;
        let attempt = Attempt { reservation_id: *reservation_id, made_at: self.now };
        let time = self.agents[to].reserved_time(*reservation_id).expect("it is open").clone();
        let command = move_to(*appointment_id, to, *start, Some(Reserved { attempt, time }));
        let (event, receipt) = self.ask_agent(from.as_str(), command)?;
        let AgentEvent::AppointmentHandedOver(handed_over) = event else { panic!("{event:?}") };
        let command_id = self.log.events.last().unwrap().metadata.command_id;
        Some((handed_over, with_answer(command_id, receipt)))
    }
}

fn move_to(
    appointment_id: AppointmentId,
    to: &AgentId,
    start: Option<DateTime<Utc>>,
    reserved: Option<Reserved>,
) -> AgentCommand {
    AgentCommand::RescheduleAppointment(RescheduleAppointment {
        start,
        to_agent_id: Some(to.clone()),
        reserved,
        ..RescheduleAppointment::of(appointment_id)
    })
}

fn with_answer(command_id: CommandId, receipt: Receipt<Answer>) -> AppointmentReceipt {
    let Answer::Appointment(answer) = receipt.answer else { panic!("{:?}", receipt.answer) };
    AppointmentReceipt {
        command_id,
        command_digest: receipt.digest,
        version: receipt.version,
        position: Some(receipt.position),
        recorded_at: receipt.recorded_at,
        agent_id: answer.agent_id,
        status: answer.status,
        start: answer.start,
        end: answer.end,
        sequence: answer.sequence,
        terms: answer.terms,
    }
}
