//! The time that blocks take from one agent: the agent's own, and those of the office that are for this agent.

use schemas::BlockId;

use crate::slot::Cause;
use crate::{AgentCalendar, Interval, OfficeCalendar};

/// An occurrence of a block, of the agent or of the office.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Blocked {
    pub(crate) block_id: BlockId,
    pub(crate) interval: Interval,
    pub(crate) by_office: bool,
}

impl Blocked {
    /// As a finding tells it.
    pub(crate) const fn cause(self) -> Cause {
        let Self { block_id, interval, by_office } = self;
        if by_office {
            Cause::OfficeBlock { block_id, interval }
        } else {
            Cause::AgentBlock { block_id, interval }
        }
    }
}

/// The occurrences of agent's and office's blocks that overlap the range, whole days in the agent's zone.
pub(crate) fn blocked(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    range: Interval,
) -> impl Iterator<Item = Blocked> {
    let time_zone = agent.time_zone();
    let own = agent.stored_blocks().in_range(time_zone, range, |_| true);
    let theirs = office.stored_blocks().in_range(time_zone, range, move |block| agent.is_concerned_by(block));
    let of = |by_office| move |(block_id, interval)| Blocked { block_id, interval, by_office };
    own.map(of(false)).chain(theirs.map(of(true)))
}
