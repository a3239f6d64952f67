//! The processes: what each sends next, to which stream.

use domain::reservation::Attempt;
use domain::{AgentCommand, Answer, BookAppointment, ClaimCommand, Command};
use schemas::{AgentId, AppointmentId, CommandId, Origin, ReservationId};
use uuid::Uuid;

use super::LeftOut;
use crate::samples::{A, agent_id, appointment_id, book, dispatcher, lead, monday, other_agent};

/// The booking that is sent twice.
pub(crate) const KEY: CommandId = CommandId::new(Uuid::from_u128(0xee));

/// The streams of claims come first, one for each day.
pub(crate) const DAYS: usize = 2;

/// A process. Agents are told by their number, and so are days: yesterday is the first.
#[derive(Debug, Clone)]
pub(crate) enum Process {
    /// Books at ten with whoever can; asks the agents in this order. Its clock shows any of these days.
    Sender { asks: [usize; 2], shows: &'static [usize], may_stop: bool },
    /// Books another appointment at ten, and may cancel it again.
    Rival { with: usize, gives_back: bool },
}

/// Where a process is.
#[derive(Debug, Clone)]
pub(crate) struct At {
    /// The agents who have refused it.
    pub(crate) refused_by: [bool; 2],
    pub(crate) next: Next,
}

/// What a process does next.
#[derive(Debug, Clone)]
pub(crate) enum Next {
    /// Look whether an agent could take it: for a first claim, or to pass this one on.
    Check(usize, Option<Claim>),
    /// Close the day before this one and look for a claim there, to claim it on this one otherwise.
    Close {
        day: usize,
        agent: usize,
    },
    Claim {
        day: usize,
        agent: usize,
    },
    Book(Claim),
    /// Look for the claim again, after an attempt with this one was over.
    Find {
        day: usize,
        today: usize,
        over: Claim,
    },
    RuleOut(Claim),
    PassOn(Claim, usize),
    Release(Claim),
    /// Take an agent's time.
    Take(usize),
    GiveBack(usize),
    Ended(End),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum End {
    Booked(Answer),
    Refused,
    /// Its sender may try again later.
    Elsewhere,
    Stopped,
    /// A rival's end.
    Done,
}

/// Whom the command goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) day: usize,
    pub(crate) id: ReservationId,
    pub(crate) agent: usize,
}

/// What is sent, to a stream of either kind.
pub(crate) enum Sent {
    ToClaims(Command<ClaimCommand>),
    ToAgent(Box<Command<AgentCommand>>),
}

pub(crate) fn agent(number: usize) -> AgentId {
    [agent_id(), other_agent()][number].clone()
}

pub(crate) fn number(agent_id: &AgentId) -> usize {
    (0..2).find(|number| agent(*number) == *agent_id).expect("one of the agents")
}

/// The appointment that the rival books with this agent.
fn of_rival(with: usize) -> AppointmentId {
    appointment_id(5 + with as u128)
}

impl Next {
    /// The stream that it is about.
    pub(crate) fn reads(&self) -> Option<usize> {
        match self {
            Self::Close { day, .. } => Some(day - 1),
            Self::Claim { day, .. } | Self::Find { day, .. } => Some(*day),
            Self::PassOn(claim, _) | Self::Release(claim) => Some(claim.day),
            Self::Check(agent, _) | Self::Take(agent) | Self::GiveBack(agent) => Some(DAYS + agent),
            Self::Book(claim) | Self::RuleOut(claim) => Some(DAYS + claim.agent),
            Self::Ended(_) => None,
        }
    }

    /// What a process sends at this revision of the stream. Ids are new ones, but for those of the booking and of fences,
    /// which are the same for everybody.
    pub(crate) fn sends(&self, process: usize, revision: usize, left_out: LeftOut) -> Sent {
        let new = 0xc0 << 64 | (process as u128) << 32 | revision as u128;
        let (command_id, command_digest) = (KEY, "digest of the booking".to_owned());
        let to_claims = match self {
            Self::Close { .. } => Some(ClaimCommand::Close),
            Self::Claim { day, agent: of } => {
                let claim_id = ReservationId::new(Uuid::from_u128(new | (*day as u128) << 48));
                let agent_id = agent(*of);
                Some(ClaimCommand::Claim { command_id, digest: command_digest.clone(), claim_id, agent_id })
            }
            Self::Find { .. } => Some(ClaimCommand::Find { command_id, digest: command_digest.clone() }),
            Self::PassOn(claim, to) => {
                let (from, to) = (agent(claim.agent), agent(*to));
                Some(ClaimCommand::PassOn { command_id, claim_id: claim.id, from, to })
            }
            Self::Release(claim) => {
                Some(ClaimCommand::Release { command_id, claim_id: claim.id, from: agent(claim.agent) })
            }
            _ => None,
        };
        if let Some(body) = to_claims {
            return Sent::ToClaims(command(CommandId::new(Uuid::from_u128(new)), String::new(), body));
        }
        Sent::ToAgent(Box::new(match self {
            Self::Check(..) => command(KEY, command_digest, booking(process, None)),
            Self::Book(claim) => {
                let attempt = Attempt { reservation_id: claim.id, made_at: monday("08:00") };
                let claim = (left_out != LeftOut::LookingAtTheFence).then_some(attempt);
                command(KEY, command_digest, booking(process, claim))
            }
            Self::RuleOut(claim) => {
                let of_command = (left_out != LeftOut::KnownIsNotRuledOut).then_some(KEY);
                let (reservation_id, reserved_on) = (claim.id, format!("claimed-{}", claim.day));
                let fence = AgentCommand::FenceReservation { reservation_id, reserved_on, of_command };
                let id = 0xf0 << 80 | claim.id.uuid().as_u128();
                command(CommandId::new(Uuid::from_u128(id)), "fence".to_owned(), fence)
            }
            Self::Take(with) => {
                let booking = BookAppointment { lead_id: lead(2), ..book(of_rival(*with), monday("10:00")) };
                let id = CommandId::new(Uuid::from_u128(new));
                command(id, String::new(), AgentCommand::BookAppointment(booking))
            }
            Self::GiveBack(with) => {
                let cancel = AgentCommand::CancelAppointment {
                    appointment_id: of_rival(*with),
                    reason: None,
                    requested_by: None,
                };
                command(CommandId::new(Uuid::from_u128(new)), String::new(), cancel)
            }
            _ => panic!("{self:?} sends nothing"),
        }))
    }
}

/// Each process gives the appointment an id of its own.
fn booking(process: usize, claim: Option<Attempt>) -> AgentCommand {
    let id = if process == 0 { A } else { appointment_id(1 + process as u128) };
    AgentCommand::BookAppointment(BookAppointment {
        claim,
        offers_alternatives: false,
        force: Vec::new(),
        ..book(id, monday("10:00"))
    })
}

fn command<C>(command_id: CommandId, digest: String, body: C) -> Command<C> {
    Command {
        command_id,
        digest,
        actor: dispatcher(),
        origin: Origin::Dashboard,
        if_match: None,
        if_none_match: None,
        dry_run: false,
        may_repeat: command_id == KEY,
        body,
    }
}
