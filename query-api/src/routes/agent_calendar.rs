use actix_web::{HttpRequest, HttpResponse, web};
use http_edge::{Principal, Problem, StrictPath, StrictQuery};
use serde::Deserialize;

use crate::answer::answer;
use crate::parameters::{Instant, position, whole_range};
use crate::service::QueryApi;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    from: Option<Instant>,
    to: Option<Instant>,
    #[serde(default, deserialize_with = "position")]
    min_position: u64,
}

/// Appointments, blocks, hours, external busy time, holds and conflicts between two instants.
pub(super) async fn calendar(
    _: Principal,
    request: HttpRequest,
    api: web::Data<QueryApi>,
    StrictQuery(query): StrictQuery<Query>,
) -> Result<HttpResponse, Problem> {
    let agent_id = StrictPath::get(&request, "agent_id")?;
    let range = whole_range(query.from, query.to)?;
    api.wait_for(query.min_position).await?;
    answer(api.read_model.agent_calendar(&agent_id, range, api.now()).await)
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use schemas::event::{ExternalBusyRecorded, OfficeBlocked, SlotHeld};
    use schemas::value::Block;
    use schemas::{BlockId, HoldId};
    use uuid::Uuid;

    use crate::sample::{Sample, now};

    const WEEK: &str = "from=2026-12-07T03:00:00Z&to=2026-12-14T03:00:00Z";

    fn mondays() -> Block {
        let [start, end] = ["2026-11-30T14:00:00Z", "2026-11-30T15:00:00Z"].map(|text| text.parse().unwrap());
        Block {
            reason: "Reunión de equipo".to_owned(),
            recurrence: Some("FREQ=WEEKLY;BYDAY=MO".to_owned()),
            ..fixtures::block(BlockId::new(Uuid::from_u128(5)), fixtures::ZONE, start, end)
        }
    }

    fn held(number: u128, expires_in_minutes: i64) -> SlotHeld {
        let (start, expires_at) =
            ("2026-12-08T12:00:00Z", now() + chrono::TimeDelta::minutes(expires_in_minutes));
        fixtures::held(HoldId::new(Uuid::from_u128(number)), start.parse().unwrap(), 30, expires_at)
    }

    #[actix_web::test]
    async fn a_calendar_has_everything_that_lies_in_the_range() {
        let mut sample = Sample::new();
        sample.book(1, "7", "55", "2026-12-07T14:00:00Z");
        sample.book(2, "7", "55", "2026-12-14T14:00:00Z");
        sample.book(3, "8", "55", "2026-12-08T14:00:00Z");
        sample.office(OfficeBlocked { block: mondays() });
        sample.agent("7", held(1, 5));
        sample.agent("7", held(2, 0));
        sample.agent(
            "7",
            ExternalBusyRecorded {
                busy_id: "google-1".parse().unwrap(),
                source: "google".to_owned(),
                start: "2026-12-09T12:00:00Z".parse().unwrap(),
                end: "2026-12-09T13:00:00Z".parse().unwrap(),
            },
        );
        let body = sample.get(&format!("/v1/agents/7/calendar?{WEEK}")).await.body;
        assert_eq!(body["time_zone"], "America/Santiago");
        assert_eq!(body["appointments"].as_array().unwrap().len(), 1);
        assert_eq!(body["appointments"][0]["start"], "2026-12-07T14:00:00Z");
        assert_eq!(body["hours"].as_array().unwrap().len(), 5);
        assert_eq!(body["hours"][0]["start"], "2026-12-07T12:00:00Z");
        assert_eq!(body["blocks"][0]["owner"], "office");
        assert_eq!(body["blocks"][0]["reason"], "Reunión de equipo");
        let occurrence =
            serde_json::json!([{"start": "2026-12-07T14:00:00Z", "end": "2026-12-07T15:00:00Z"}]);
        assert_eq!(body["blocks"][0]["occurrences"], occurrence);
        assert_eq!(body["external_busy"][0]["busy_id"], "google-1");
        assert_eq!(body["holds"].as_array().unwrap().len(), 1, "an expired hold is none");
        assert_eq!(body["conflicts"][0]["appointment_id"], body["appointments"][0]["id"]);
        assert_eq!(body["conflicts"][0]["findings"][0]["reason"], "blocked");
    }

    #[actix_web::test]
    async fn a_range_needs_both_ends_in_order_and_at_most_366_days_apart() {
        let sample = Sample::new();
        for (query, field) in [
            ("", "from"),
            ("from=2026-12-07T03:00:00Z", "to"),
            ("from=2026-12-07T03:00:00Z&to=2026-12-06T03:00:00Z", "to"),
            ("from=2026-12-07T03:00:00Z&to=2027-12-08T03:00:01Z", "to"),
            ("from=2026-12-07&to=2026-12-14T03:00:00Z", "from"),
        ] {
            let answered = sample.get(&format!("/v1/agents/7/calendar?{query}")).await;
            assert_eq!(answered.refused_field(), field, "{query}");
        }
        let answered =
            sample.get("/v1/agents/7/calendar?from=2026-12-07T03:00:00Z&to=2027-12-08T03:00:00Z").await;
        assert_eq!(answered.status, StatusCode::OK);
    }

    #[actix_web::test]
    async fn an_unknown_agent_has_no_calendar() {
        let answered = Sample::new().get(&format!("/v1/agents/9/calendar?{WEEK}")).await;
        assert_eq!((answered.status, answered.code()), (StatusCode::NOT_FOUND, "unknown_agent"));
    }
}
