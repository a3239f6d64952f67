use std::sync::Arc;

use operation::{Access, Code, Found, Nothing, Operation, Problem, Query, QueryCall};
use read_model::BulkMoveRow;

use super::targets::OfMove;
use crate::QueryApi;
use crate::query_result::versioned;

/// One bulk move, with the outcome of each visit.
pub(crate) struct GetMove;

impl Operation for GetMove {
    const NAME: &'static str = "GetMove";
    const SUMMARY: &'static str = "One bulk move: how far it is, and each visit's outcome, or why it stays.";
    const ACCESS: Access = Access::APPOINTMENTS;
    const ERRORS: &'static [Code] = &[Code::MoveNotFound];
    type Target = OfMove;
    type Request = Nothing;
    type Answer = BulkMoveRow;
}

impl Query for GetMove {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        OfMove { move_id }: OfMove,
        _: Nothing,
    ) -> Result<Found<BulkMoveRow>, Problem> {
        let read_model = api.read_model(call).await?;
        let found = read_model.bulk_move(move_id).await;
        let office = read_model.office().await;
        let told = found.map(|mut answer| {
            if let Ok(office) = office {
                answer.value = answer.value.with_texts(&office.value.policy);
            }
            answer.value = answer.value.with_slot_refs(|agent_id, appointment_type, start, at| {
                api.slot_refs.issue(agent_id, appointment_type, start, at)
            });
            answer
        });
        versioned(told, |row| row.version)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use schemas::event::{BulkMoveCompleted, VisitMoved, VisitNotMoved};
    use schemas::value::NotMovedBecause;
    use serde_json::json;

    use crate::sample::{Sample, appointment_id, now, refs};

    #[actix_web::test]
    async fn a_bulk_move_shows_its_progress_and_each_outcome() {
        let mut sample = Sample::new();
        let started = fixtures::bulk_move_started(1, "7", "8", &[1, 2], &[3]);
        let (move_id, path) = (started.move_id, format!("/v1/moves/{}", started.move_id));
        sample.bulk_move(move_id, started);
        let body = sample.get(&path).await.body;
        assert_eq!((&body["status"], &body["version"]), (&json!("running"), &json!(1)));
        assert_eq!(body["counts"]["pending"], 2);
        assert_eq!(body["visits"][2]["because"], json!({"kind": "slot_unavailable", "finding": "blocked"}));
        for told in [&body["visits"][0], &body["visits"][2]["alternatives"][0]] {
            assert_eq!(told["zone"], "America/Santiago", "{told}");
            assert!(told["text"].as_str().unwrap().contains(told["weekday"].as_str().unwrap()), "{told}");
        }
        let slot_ref = body["visits"][2]["alternatives"][0]["slot_ref"].as_str().unwrap();
        assert_eq!(refs().read(slot_ref, now()).unwrap().agent_id.as_str(), "8");
        let to_agent_id = "8".parse().unwrap();
        sample.bulk_move(move_id, VisitMoved { appointment_id: appointment_id(1), to_agent_id, version: 2 });
        let because = NotMovedBecause::Changed;
        sample.bulk_move(move_id, VisitNotMoved { appointment_id: appointment_id(2), because });
        sample.bulk_move(move_id, BulkMoveCompleted { move_id });
        let answered = sample.get(&path).await;
        assert_eq!(answered.tagged_version(), 4);
        let body = answered.body;
        assert_eq!(body["status"], "completed");
        let outcomes: Vec<_> =
            body["visits"].as_array().unwrap().iter().map(|visit| visit["outcome"].clone()).collect();
        assert_eq!(outcomes, ["moved", "not_moved", "not_moved"]);
        let counts = json!({"visits": 3, "pending": 0, "moved": 1, "not_moved": 2, "moved_back": 0, "not_moved_back": 0});
        assert_eq!(body["counts"], counts);
    }

    #[actix_web::test]
    async fn an_unknown_bulk_move_is_not_found() {
        let unknown = "/v1/moves/00000000-0000-7000-8000-000000000009";
        let answered = Sample::new().get(unknown).await;
        assert_eq!((answered.status, answered.code()), (StatusCode::NOT_FOUND, "move_not_found"));
    }
}
