//! Bulk moves in a history: what they say of visits, whatever becomes of these.

use domain::{Aggregate as _, BulkMove, BulkMoveCommand, Decision, EventContext, StartBulkMove};
use read_model::Event;
use schemas::MoveId;
use schemas::value::NotMovedBecause;
use uuid::Uuid;

use super::{AGENTS, History, accepted};
use crate::support::appointment_id;

/// The bulk move of this number.
pub(crate) fn move_id(number: u8) -> MoveId {
    MoveId::new(Uuid::from_u128(0x0d00 + u128::from(number)))
}

impl History {
    /// Starts it, or records something of it, as the number says.
    pub(super) fn go_on_with_move(&mut self, number: u8, slot: u8) {
        let (move_id, id) = (move_id(number), appointment_id(u128::from(slot % 2)));
        let body = match slot {
            0..8 => {
                let started = fixtures::bulk_move_started(move_id.uuid().as_u128(), "7", "10", &[0, 1], &[2]);
                BulkMoveCommand::StartBulkMove(StartBulkMove {
                    move_id,
                    agent_id: started.agent_id,
                    from: started.from,
                    to: started.to,
                    to_agents: started.to_agents,
                    reason: started.reason,
                    visits: started.visits,
                })
            }
            8..20 => BulkMoveCommand::RecordMoved {
                appointment_id: id,
                to_agent_id: AGENTS[2].parse().unwrap(),
                version: 2,
            },
            20..24 => {
                BulkMoveCommand::RecordNotMoved { appointment_id: id, because: NotMovedBecause::Changed }
            }
            24..32 => BulkMoveCommand::UndoBulkMove,
            32..38 => BulkMoveCommand::RecordMovedBack { appointment_id: id, version: 3 },
            _ => BulkMoveCommand::RecordNotMovedBack {
                appointment_id: id,
                because: NotMovedBecause::AgentInactive,
            },
        };
        let command = self.command(body);
        let state: &mut BulkMove = self.moves.entry(move_id).or_default();
        for event in accepted(Decision::of(state, &command, &(), self.now)) {
            let stored = self.log.append(Event::BulkMove(move_id, event.clone()), self.now);
            state.evolve(&event, &EventContext::new(stored.revision, stored.position, &stored.metadata));
        }
    }
}
