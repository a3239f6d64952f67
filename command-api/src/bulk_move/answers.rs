//! Bulk moves as commands answer with them: read from their streams.

use domain::{
    Aggregate as _, BulkMove, BulkMoveAnswer, BulkMoveCommand, BulkMoveRejection, MoveProgress, Refusal,
};
use operation::{Accepted, CommandCall, Problem};
use schemas::{CommandId, MoveId, stream};
use serde_json::Value;

use crate::CommandApi;
use crate::directory::{CarriedOutOn, CommandRecord};
use crate::failure::Failure;
use crate::store_trouble;
use crate::writer::FoldedState;

impl CommandApi {
    /// A bulk move as its stream tells it.
    pub(crate) async fn load_move(&self, move_id: MoveId) -> Result<FoldedState<BulkMove>, Problem> {
        let stream = stream::bulk_move(move_id);
        let loaded = FoldedState::<BulkMove>::load(&self.store, &stream).await.map_err(|error| {
            store_trouble::report("a bulk move's stream cannot be loaded", &stream, &error);
            Problem::from(error.failure::<BulkMoveRejection>())
        })?;
        if loaded.state.progress().is_none() { Err(not_found()) } else { Ok(loaded) }
    }

    /// Sends a command to the stream of a bulk move that exists.
    pub(crate) async fn send_to_move(
        &self,
        call: &CommandCall,
        move_id: MoveId,
        body: BulkMoveCommand,
    ) -> Result<Accepted<BulkMoveAnswer>, Problem> {
        // An actor for each id that never was would evict those that are used.
        self.load_move(move_id).await?;
        let (command, correlation_id) = self.command(call, body);
        let (command_id, dry_run) = (command.command_id, command.dry_run);
        let sent = CommandRecord { on: CarriedOutOn::BulkMove(move_id), digest: command.digest.clone() };
        let accepted = self.moves.writer(&move_id).execute(command, correlation_id, None).await?;
        if !accepted.repeated && !dry_run {
            self.directory.note_command(command_id, sent);
        }
        Ok(accepted)
    }

    /// The answer of the command that started it: as it was when its last visit had its outcome, or, until then, as it is.
    pub(crate) async fn started_move(&self, move_id: MoveId) -> Result<Accepted<MoveProgress>, Problem> {
        let loaded = self.load_move(move_id).await?;
        Ok(match loaded.state.as_completed() {
            Some((completed, version, position)) => self.told(completed, version, position),
            None => self.as_it_is(&loaded)?,
        })
    }

    /// A bulk move as it is now.
    pub(crate) async fn present_move(&self, move_id: MoveId) -> Result<Accepted<MoveProgress>, Problem> {
        self.as_it_is(&self.load_move(move_id).await?)
    }

    /// The first answer of a command on a bulk move, if it was carried out.
    pub(crate) async fn first_answer_of_move(
        &self,
        move_id: MoveId,
        command_id: CommandId,
    ) -> Result<Option<Accepted<Value>>, Problem> {
        let loaded = self.load_move(move_id).await?;
        if loaded.state.receipts().get(command_id).is_none() {
            return Ok(None);
        }
        let is_start = loaded.state.was_started_with(command_id);
        let answer = match loaded.state.as_completed().filter(|_| is_start) {
            Some((completed, version, position)) => self.told(completed, version, position),
            None => self.as_it_is(&loaded)?,
        };
        let answer = Accepted { repeated: true, ..answer };
        answer
            .try_map(|answer| serde_json::to_value(answer).map_err(|error| Problem::internal(&error)))
            .map(Some)
    }

    /// With each time as people read it, and references under which those that are offered can be booked.
    pub(crate) fn as_told(&self, progress: MoveProgress) -> MoveProgress {
        let zone = self.office_feed.office().policy().time_zone;
        let told = progress.with_texts(&self.wording(), zone);
        told.with_slot_refs(|agent_id, appointment_type, start, at| {
            self.slot_refs.issue(agent_id, appointment_type, start, at)
        })
    }

    fn as_it_is(&self, loaded: &FoldedState<BulkMove>) -> Result<Accepted<MoveProgress>, Problem> {
        let progress = loaded.state.progress().cloned().ok_or_else(not_found)?;
        Ok(self.told(progress, loaded.state.version(), loaded.position))
    }

    fn told(&self, progress: MoveProgress, version: u64, position: u64) -> Accepted<MoveProgress> {
        Accepted { answer: self.as_told(progress), version, position, repeated: false }
    }
}

pub(super) fn not_found() -> Problem {
    Failure::Refused(Refusal::Rejected(BulkMoveRejection::MoveNotFound)).into()
}
