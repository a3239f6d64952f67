//! Where the processes go by the answers to what they have sent.

use domain::{
    AgentRejection, Answer, ClaimAnswer, ClaimRejection, Claims, Decision, Refusal, ReservationOutcome,
};

use super::LeftOut;
use super::processes::{At, Claim, End, Next, Process, number};

/// The reply of a stream.
#[derive(Debug)]
pub(crate) enum Reply {
    /// Of an agent's stream; none if the command was only looked at, and could be carried out.
    ByAgent(Result<Option<Answer>, AgentRejection>),
    /// Of a day's claims.
    ByClaims(Result<ClaimAnswer, ClaimRejection>),
}

impl Process {
    pub(crate) fn begins(&self) -> At {
        let next = match self {
            Self::Sender { asks, .. } => Next::Check(asks[0], None),
            Self::Rival { with, .. } => Next::Take(*with),
        };
        At { refused_by: [false; 2], next }
    }

    /// To any of these.
    pub(crate) fn goes(&self, at: &At, reply: Reply, left_out: LeftOut) -> Vec<At> {
        let mut refused_by = at.refused_by;
        let next = match (&at.next, reply) {
            (Next::Check(agent, claim), Reply::ByAgent(said)) => match (said, claim) {
                (Ok(Some(answer)), _) => vec![Next::Ended(End::Booked(answer))],
                (Ok(None), Some(claim)) => vec![Next::PassOn(claim.clone(), *agent)],
                (Ok(None), None) => self.claims(*agent),
                (Err(_), claim) => vec![self.asks_after(Some(*agent), refused_by, claim.clone())],
            },
            (Next::Close { day, agent }, Reply::ByClaims(said)) => {
                let found = claim_in(day - 1, &said.expect("nothing speaks against it"));
                vec![found.map_or(Next::Claim { day: *day, agent: *agent }, Next::Book)]
            }
            (Next::Claim { day, agent }, Reply::ByClaims(said)) => match said {
                Ok(said) => vec![Next::Book(claim_in(*day, &said).expect("it was claimed"))],
                Err(ClaimRejection::Closed) => vec![Next::Close { day: day + 1, agent: *agent }],
                Err(ClaimRejection::OtherContent) => panic!("it is one command"),
            },
            (Next::Book(claim), Reply::ByAgent(said)) => match said {
                Ok(answer) => vec![Next::Ended(End::Booked(answer.expect("an answer")))],
                Err(AgentRejection::AttemptOver) => self.finds(claim),
                Err(_) => {
                    refused_by[claim.agent] = true;
                    if left_out == LeftOut::RulingOut {
                        vec![self.asks_after(None, refused_by, Some(claim.clone()))]
                    } else {
                        vec![Next::RuleOut(claim.clone())]
                    }
                }
            },
            (Next::Find { day, today, over }, Reply::ByClaims(said)) => {
                match claim_in(*day, &said.expect("it is one command")) {
                    // Who has ruled it out may have stopped then.
                    Some(found) if found == *over => match left_out {
                        LeftOut::GoingOnForOthers => vec![Next::Ended(End::Elsewhere)],
                        _ => vec![Next::RuleOut(found)],
                    },
                    Some(found) => vec![Next::Book(found)],
                    None if day < today => {
                        vec![Next::Find { day: day + 1, today: *today, over: over.clone() }]
                    }
                    None => vec![self.asks_after(None, refused_by, None)],
                }
            }
            (Next::RuleOut(claim), Reply::ByAgent(said)) => match said.expect("nothing speaks against it") {
                Some(Answer::Reservation(answer)) if answer.outcome == ReservationOutcome::Fenced => {
                    vec![self.asks_after(None, refused_by, Some(claim.clone()))]
                }
                // Another process has booked there.
                _ => vec![Next::Book(claim.clone())],
            },
            (Next::PassOn(claim, _), Reply::ByClaims(said)) => {
                let found = claim_in(claim.day, &said.expect("nothing speaks against it"));
                vec![found.map_or_else(|| self.asks_after(None, refused_by, None), Next::Book)]
            }
            (Next::Release(_), Reply::ByClaims(_)) => vec![Next::Ended(End::Refused)],
            (Next::Take(with), Reply::ByAgent(Ok(_)))
                if matches!(self, Self::Rival { gives_back: true, .. }) =>
            {
                vec![Next::GiveBack(*with)]
            }
            (Next::Take(_) | Next::GiveBack(_), Reply::ByAgent(_)) => vec![Next::Ended(End::Done)],
            (next, reply) => panic!("{reply:?} is no answer to {next:?}"),
        };
        next.into_iter().map(|next| At { refused_by, next }).collect()
    }

    /// Claims it, on the day that its clock shows. Before the first day, there was none.
    fn claims(&self, agent: usize) -> Vec<Next> {
        let Self::Sender { shows, .. } = self else { panic!("{self:?} claims nothing") };
        let on = |day: &usize| match *day {
            0 => Next::Claim { day: 0, agent },
            day => Next::Close { day, agent },
        };
        shows.iter().map(on).collect()
    }

    /// Looks through yesterday's and today's claims.
    fn finds(&self, over: &Claim) -> Vec<Next> {
        let Self::Sender { shows, .. } = self else { panic!("{self:?} claims nothing") };
        let of =
            |today: &usize| Next::Find { day: today.saturating_sub(1), today: *today, over: over.clone() };
        shows.iter().map(of).collect()
    }

    /// Asks the next agent who has not refused it, or the first; gives it up if there is none.
    fn asks_after(&self, after: Option<usize>, refused_by: [bool; 2], claim: Option<Claim>) -> Next {
        let Self::Sender { asks, .. } = self else { panic!("{self:?} asks nobody") };
        let asked = after.map_or(0, |after| 1 + usize::from(asks[1] == after));
        match (asks[asked..].iter().find(|agent| !refused_by[**agent]), claim) {
            (Some(agent), claim) => Next::Check(*agent, claim),
            (None, Some(claim)) => Next::Release(claim),
            (None, None) => Next::Ended(End::Refused),
        }
    }
}

/// The claim that the answer names.
fn claim_in(day: usize, answer: &ClaimAnswer) -> Option<Claim> {
    let (id, agent_id) = answer.claimed.as_ref()?;
    Some(Claim { day, id: *id, agent: number(agent_id) })
}

/// The reply of an agent's stream, where nothing is appended.
pub(crate) fn reply_of_agent(
    outcome: Result<Decision<domain::Agent>, Refusal<AgentRejection>>,
) -> Result<Option<Answer>, AgentRejection> {
    match outcome {
        Ok(Decision::Accepted(_)) => Ok(None),
        Ok(Decision::Repeated(receipt)) => Ok(Some(receipt.answer)),
        Ok(Decision::Unchanged { answer, .. }) => Ok(Some(answer)),
        Err(Refusal::Rejected(rejection)) => Err(rejection),
        Err(refusal) => panic!("{refusal:?}"),
    }
}

/// The reply of a day's claims, where nothing is appended.
pub(crate) fn reply_of_claims(
    outcome: Result<Decision<Claims>, Refusal<ClaimRejection>>,
) -> Result<ClaimAnswer, ClaimRejection> {
    match outcome {
        Ok(Decision::Unchanged { answer, .. }) => Ok(answer),
        Ok(other) => panic!("{other:?} is appended first"),
        Err(Refusal::Rejected(rejection)) => Err(rejection),
        Err(refusal) => panic!("{refusal:?}"),
    }
}
