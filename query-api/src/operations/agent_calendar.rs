use std::sync::Arc;

use operation::{Access, Code, Found, Operation, Problem, Query, QueryCall};
use read_model::AgentCalendarAnswer;

use super::targets::OfAgent;
use crate::QueryApi;
use crate::parameters::Range;
use crate::query_result::found;

/// Appointments, blocks, hours, external busy time, holds and conflicts of one agent between two instants.
pub(crate) struct GetAgentCalendar;

impl Operation for GetAgentCalendar {
    const NAME: &'static str = "GetAgentCalendar";
    const SUMMARY: &'static str = "Appointments, blocks, hours, external busy time, holds and conflicts of one agent between two instants.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent];
    type Target = OfAgent;
    type Request = Range;
    type Answer = AgentCalendarAnswer;
}

impl Query for GetAgentCalendar {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        OfAgent { agent_id }: OfAgent,
        range: Range,
    ) -> Result<Found<AgentCalendarAnswer>, Problem> {
        let range = range.interval()?;
        found(api.read_model(call).await?.agent_calendar(&agent_id, range, api.now()).await)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use schemas::event::{AvailabilityRuleAdded, ExternalBusyRecorded, OfficeBlocked, SlotHeld};
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
        assert_eq!(body["appointments"][0]["text"], "lunes 7 de diciembre, 11:00 a 11:30");
        assert_eq!(body["holds"][0]["text"], "martes 8 de diciembre, 09:00 a 09:30");
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

    /// Wednesdays from ten in the evening to two in the night, and a visit at a quarter to twelve.
    #[actix_web::test]
    async fn hours_over_midnight_are_shown_once_and_a_visit_in_them_is_no_conflict() {
        let mut sample = Sample::new();
        let rule = fixtures::rule(9, 2, "22:00", "02:00");
        sample.agent("7", AvailabilityRuleAdded { rule });
        sample.book(1, "7", "55", "2026-12-10T02:45:00Z");
        let shown = async |range: &str| sample.get(&format!("/v1/agents/7/calendar?{range}")).await.body;
        let night = |start: &str, end: &str| serde_json::json!({"start": start, "end": end});
        let (start, end) = ("2026-12-10T01:00:00Z", "2026-12-10T05:00:00Z");
        let week = shown(WEEK).await;
        let hours = week["hours"].as_array().unwrap();
        assert_eq!((hours.len(), &hours[3]), (6, &night(start, end)));
        assert_eq!(week["conflicts"], serde_json::json!([]));
        let thursday = shown("from=2026-12-10T03:00:00Z&to=2026-12-10T04:00:00Z").await;
        let rest = night("2026-12-10T03:00:00Z", "2026-12-10T04:00:00Z");
        assert_eq!(thursday["hours"], serde_json::json!([rest]));
        assert_eq!(thursday["appointments"].as_array().unwrap().len(), 1);
        let after = shown("from=2026-12-10T05:00:00Z&to=2026-12-10T06:00:00Z").await;
        assert_eq!(after["hours"], serde_json::json!([]));
        let agent = sample.get("/v1/agents/7").await.body;
        assert_eq!(
            (&agent["rules"][0]["start_time"], &agent["rules"][0]["end_time"]),
            (&"22:00".into(), &"02:00".into())
        );
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
