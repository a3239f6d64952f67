//! The processes: each a machine that sends one command after the other, as the answers tell it.

use chrono::{DateTime, Utc};
use domain::reservation::Attempt;
use domain::{
    AgentCommand, BookAppointment, Command, NeededTime, ReceiveAppointment, RescheduleAppointment,
    ReserveTime, Reserved, ReservedTime,
};
use schemas::{AgentId, CommandId, Origin, ReservationId, stream};
use uuid::Uuid;

use crate::samples::{A, B, book, dispatcher, lead, monday, reschedule_in};

/// A process. Agents are told by their number.
#[derive(Debug, Clone)]
pub(crate) enum Process {
    /// Hands A over to another agent, with a reservation, by the command of this number; perhaps at another time.
    Mover {
        from: usize,
        to: usize,
        start: Option<DateTime<Utc>>,
        reservation_id: ReservationId,
        command: u128,
    },
    /// Cancels A, wherever it has gone from the first agent.
    Canceller,
    /// Reschedules A to this time, wherever it has gone from the first agent.
    Rescheduler { start: DateTime<Utc> },
    /// Settles a reservation for A with an agent at any time, even before it is made.
    Settler { with: usize, decided_by: usize, reservation_id: ReservationId },
    /// Books B with an agent.
    Rival { with: usize, start: DateTime<Utc> },
}

/// Where a process is: what it sends next.
#[derive(Debug, Clone)]
pub(crate) enum At {
    Ask,
    Reserve(NeededTime),
    Commit(ReservedTime),
    /// The command on A itself, on this agent's stream.
    Change(usize),
    Book,
    Settle(Settling, Box<At>),
    Ended(End),
}

/// What becomes of a reservation with an agent.
#[derive(Debug, Clone)]
pub(crate) enum Settling {
    Fence { with: usize, decided_by: usize, reservation_id: ReservationId },
    Receive(usize, Box<ReceiveAppointment>),
    Release(usize, ReservationId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Refused,
    /// Answered: the command was carried out.
    Done,
}

/// The agents, and how the processes see them.
pub(crate) struct Agents(pub(crate) Vec<AgentId>);

impl Agents {
    pub(crate) fn of_stream(&self, name: &str) -> usize {
        self.0.iter().position(|agent_id| stream::agent(agent_id) == name).expect("one of the agents")
    }

    pub(crate) fn number(&self, agent_id: &AgentId) -> Option<usize> {
        self.0.iter().position(|known| known == agent_id)
    }
}

impl Process {
    pub(crate) fn begins(&self) -> At {
        match self {
            Self::Mover { .. } => At::Ask,
            Self::Canceller | Self::Rescheduler { .. } => At::Change(0),
            Self::Rival { .. } => At::Book,
            Self::Settler { with, decided_by, reservation_id } => {
                let (with, decided_by, reservation_id) = (*with, *decided_by, *reservation_id);
                let fence = Settling::Fence { with, decided_by, reservation_id };
                At::Settle(fence, Box::new(At::Ended(End::Done)))
            }
        }
    }

    pub(crate) fn reads(&self, at: &At) -> Option<usize> {
        match (at, self) {
            (At::Ask | At::Commit(..), Self::Mover { from, .. }) => Some(*from),
            (At::Reserve(_), Self::Mover { to, .. }) => Some(*to),
            (At::Change(agent), _) => Some(*agent),
            (At::Settle(Settling::Fence { decided_by, .. }, _), _) => Some(*decided_by),
            (At::Book, Self::Rival { with, .. })
            | (At::Settle(Settling::Receive(with, _) | Settling::Release(with, _), _), _) => Some(*with),
            (At::Ended(_), _) => None,
            _ => panic!("{self:?} is never at {at:?}"),
        }
    }

    /// The command that it sends. Each process has ids of its own, so that none is saved by what is remembered of
    /// another's commands; but two movers may carry out one command.
    pub(crate) fn command(&self, number: usize, at: &At, agents: &Agents) -> Command<AgentCommand> {
        let number = number as u128;
        let of_reservation = |step: u128, id: ReservationId| number << 72 | step << 64 | id.uuid().as_u128();
        let (id, body) = match (at, self) {
            (At::Ask, Self::Mover { to, start, command, .. }) => {
                (0x100 + command, move_to(&agents.0[*to], *start, None))
            }
            (At::Commit(time), Self::Mover { to, start, reservation_id, command, .. }) => {
                let attempt = Attempt { reservation_id: *reservation_id, made_at: monday("08:00") };
                let reserved = Reserved { attempt, time: time.clone() };
                (0x100 + command, move_to(&agents.0[*to], *start, Some(reserved)))
            }
            (At::Reserve(needed), Self::Mover { from, reservation_id, .. }) => {
                let wanted = ReserveTime {
                    reservation_id: *reservation_id,
                    deciding_stream: stream::agent(&agents.0[*from]),
                    expires_at: monday("08:00"),
                    needed: needed.clone(),
                    force: Vec::new(),
                };
                (of_reservation(1, *reservation_id), AgentCommand::ReserveTime(wanted))
            }
            (At::Change(_), Self::Canceller) => (
                0x200 + number,
                AgentCommand::CancelAppointment { appointment_id: A, reason: None, requested_by: None },
            ),
            (At::Change(_), Self::Rescheduler { start }) => {
                let (start, agreed_zone) = (*start, None);
                (0x200 + number, reschedule_in(A, start, agreed_zone))
            }
            (At::Book, Self::Rival { start, .. }) => {
                let booking =
                    BookAppointment { lead_id: lead(2), offers_alternatives: false, ..book(B, *start) };
                (0x200 + number, AgentCommand::BookAppointment(booking))
            }
            (At::Settle(Settling::Fence { with, reservation_id, .. }, _), _) => {
                let reserved_on = stream::agent(&agents.0[*with]);
                let reservation_id = *reservation_id;
                (
                    of_reservation(2, reservation_id),
                    AgentCommand::FenceReservation { reservation_id, reserved_on, of_command: None },
                )
            }
            (At::Settle(Settling::Receive(_, receive), _), _) => {
                let id = of_reservation(3, receive.handed_over.reservation_id);
                (id, AgentCommand::ReceiveAppointment(receive.clone()))
            }
            (At::Settle(Settling::Release(_, reservation_id), _), _) => {
                let reservation_id = *reservation_id;
                (of_reservation(4, reservation_id), AgentCommand::ReleaseReservation { reservation_id })
            }
            _ => panic!("{self:?} sends nothing at {at:?}"),
        };
        Command {
            command_id: CommandId::new(Uuid::from_u128(0xdd << 120 | id)),
            digest: format!("digest of {id:x}"),
            actor: dispatcher(),
            origin: Origin::Dashboard,
            if_match: None,
            if_none_match: None,
            dry_run: false,
            may_repeat: false,
            body,
        }
    }
}

fn move_to(to: &AgentId, start: Option<DateTime<Utc>>, reserved: Option<Reserved>) -> AgentCommand {
    AgentCommand::RescheduleAppointment(RescheduleAppointment {
        start,
        to_agent_id: Some(to.clone()),
        reserved,
        ..RescheduleAppointment::of(A)
    })
}
