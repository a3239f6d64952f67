use std::sync::Arc;

use chrono_tz::Tz;
use operation::{Access, Code, Found, Nothing, Operation, Problem, Query, QueryCall};
use read_model::{SummaryAnswer, SummaryKey, SummarySearch};
use schemars::JsonSchema;
use schemas::value::AppointmentStatus;
use schemas::{AgentId, AppointmentTypeCode};
use serde::{Deserialize, Serialize};

use crate::QueryApi;
use crate::parameters::{Instant, check_repeats, interval, names};
use crate::query_result::found;

/// How many appointments overlap a range, by day, status, agent and type.
pub(crate) struct GetSummary;

/// Which appointments to count, and by what.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SummaryRequest {
    /// The start of the range that they overlap. Required.
    from: Option<Instant>,
    /// Its end, at most 366 days later. Required.
    to: Option<Instant>,
    /// What they are counted by, separated by commas or repeated; by default day and status.
    #[serde(default, deserialize_with = "names")]
    by: Vec<SummaryKey>,
    /// The time zone of the days; by default the office's.
    #[schemars(with = "Option<String>")]
    zone: Option<Tz>,
    /// The agents; may repeat.
    #[serde(default)]
    agent_id: Vec<AgentId>,
    /// The statuses; may repeat.
    #[serde(default)]
    status: Vec<AppointmentStatus>,
    /// The appointment types; may repeat.
    #[serde(default)]
    appointment_type: Vec<AppointmentTypeCode>,
}

impl SummaryRequest {
    fn question(self) -> Result<SummarySearch, Problem> {
        check_repeats("agent_id", &self.agent_id)?;
        check_repeats("status", &self.status)?;
        check_repeats("appointment_type", &self.appointment_type)?;
        let by = if self.by.is_empty() { vec![SummaryKey::Day, SummaryKey::Status] } else { self.by };
        Ok(SummarySearch {
            range: interval(self.from, self.to)?,
            agent_ids: self.agent_id,
            statuses: self.status,
            appointment_types: self.appointment_type,
            by,
            zone: self.zone,
        })
    }
}

impl Operation for GetSummary {
    const NAME: &'static str = "GetSummary";
    const SUMMARY: &'static str =
        "How many appointments overlap a range, by local day, status, agent and type, or some of these.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent];
    type Target = Nothing;
    type Request = SummaryRequest;
    type Answer = SummaryAnswer;
}

impl Query for GetSummary {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        _: Nothing,
        request: SummaryRequest,
    ) -> Result<Found<SummaryAnswer>, Problem> {
        let question = request.question()?;
        found(api.read_model(call).await?.summary(&question).await)
    }
}

#[cfg(test)]
mod tests {
    use schemas::event::{AppointmentConfirmed, OfficePolicySet};
    use schemas::value::OfficePolicy;
    use serde_json::json;

    use crate::sample::{Sample, appointment_id};

    const DECEMBER: &str = "/v1/summary?from=2026-12-01T03:00:00Z&to=2027-01-01T03:00:00Z";

    /// Three visits on two days; the first is confirmed, and the last is half an hour before midnight in Santiago.
    fn three() -> Sample {
        let mut sample = Sample::new();
        sample.book(1, "7", "55", "2026-12-02T13:00:00Z");
        sample.book(2, "8", "56", "2026-12-02T14:00:00Z");
        sample.book(3, "8", "55", "2026-12-04T02:30:00Z");
        sample.agent("7", AppointmentConfirmed { appointment_id: appointment_id(1) });
        sample
    }

    #[actix_web::test]
    async fn appointments_are_counted_by_day_and_status_unless_something_else_is_asked_for() {
        let sample = three();
        let body = sample.get(DECEMBER).await.body;
        let expected = json!({
            "from": "2026-12-01T03:00:00Z",
            "to": "2027-01-01T03:00:00Z",
            "zone": "America/Santiago",
            "items": [
                {"day": "2026-12-02", "status": "scheduled", "count": 1},
                {"day": "2026-12-02", "status": "confirmed", "count": 1},
                {"day": "2026-12-03", "status": "scheduled", "count": 1},
            ],
            "total": 3,
        });
        assert_eq!(body, expected);
        for (query, expected) in [
            ("by=agent", json!([{"agent_id": "7", "count": 1}, {"agent_id": "8", "count": 2}])),
            ("by=type", json!([{"appointment_type": "visita_propiedad", "count": 3}])),
            (
                "by=agent,status&agent_id=8&by=type",
                json!([{"status": "scheduled", "agent_id": "8", "appointment_type": "visita_propiedad", "count": 2}]),
            ),
            ("by=status&status=confirmed", json!([{"status": "confirmed", "count": 1}])),
            ("by=day&appointment_type=llamada", json!([])),
        ] {
            let body = sample.get(&format!("{DECEMBER}&{query}")).await.body;
            assert_eq!(body["items"], expected, "{query}");
            let counted =
                body["items"].as_array().unwrap().iter().map(|group| group["count"].as_u64().unwrap());
            assert_eq!(body["total"], counted.sum::<u64>(), "{query}");
        }
    }

    #[actix_web::test]
    async fn days_are_those_of_the_zone_asked_for_or_of_the_office() {
        let mut sample = three();
        let days = |body: &serde_json::Value| {
            let items = body["items"].as_array().unwrap();
            items.iter().map(|item| item["day"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let tokyo = sample.get(&format!("{DECEMBER}&by=day&zone=Asia/Tokyo")).await.body;
        assert_eq!(
            (&tokyo["zone"], days(&tokyo)),
            (&json!("Asia/Tokyo"), vec!["2026-12-02".to_owned(), "2026-12-04".to_owned()])
        );
        let time_zone = chrono_tz::Tz::Pacific__Kiritimati;
        sample.office(OfficePolicySet { policy: OfficePolicy { time_zone, ..fixtures::policy() } });
        let moved = sample.get(&format!("{DECEMBER}&by=day")).await.body;
        assert_eq!(days(&moved), ["2026-12-03", "2026-12-04"]);
    }

    #[actix_web::test]
    async fn an_appointment_that_overlaps_the_range_is_counted_on_the_day_on_which_it_starts() {
        let sample = three();
        for (from, to, expected) in [
            ("2026-12-04T02:59:59Z", "2026-12-05T03:00:00Z", json!([{"day": "2026-12-03", "count": 1}])),
            ("2026-12-04T03:00:00Z", "2026-12-05T03:00:00Z", json!([])),
            ("2026-12-03T03:00:00Z", "2026-12-04T02:30:00Z", json!([])),
            ("2026-12-03T03:00:00Z", "2026-12-04T02:30:01Z", json!([{"day": "2026-12-03", "count": 1}])),
            ("2026-12-04T02:45:00Z", "2026-12-04T02:45:00Z", json!([])),
        ] {
            let body = sample.get(&format!("/v1/summary?from={from}&to={to}&by=day")).await.body;
            assert_eq!(body["items"], expected, "{from} {to}");
        }
    }

    #[actix_web::test]
    async fn a_bad_parameter_is_named() {
        let sample = Sample::new();
        for (query, field) in [
            ("/v1/summary".to_owned(), "from"),
            ("/v1/summary?from=2026-12-01T00:00:00Z&to=2027-12-03T00:00:00Z".to_owned(), "to"),
            (format!("{DECEMBER}&by=weather"), "by"),
            (format!("{DECEMBER}&by="), "by"),
            (format!("{DECEMBER}&by=day,day"), "by"),
            (format!("{DECEMBER}&zone=Mars/Olympus"), "zone"),
            (format!("{DECEMBER}&status=maybe"), "status"),
            (format!("{DECEMBER}&limit=1"), "limit"),
        ] {
            assert_eq!(sample.get(&query).await.refused_field(), field, "{query}");
        }
    }
}
