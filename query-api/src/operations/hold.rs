use std::sync::Arc;

use operation::{Access, Code, Found, Nothing, Operation, Problem, Query, QueryCall};
use read_model::HoldRow;

use super::targets::OfHold;
use crate::QueryApi;
use crate::query_result::versioned;

/// One live hold.
pub(crate) struct GetHold;

impl Operation for GetHold {
    const NAME: &'static str = "GetHold";
    const SUMMARY: &'static str = "One live hold; one that has expired, was released or used is not found.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[Code::HoldNotFound];
    type Target = OfHold;
    type Request = Nothing;
    type Answer = HoldRow;
}

impl Query for GetHold {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        OfHold { hold_id }: OfHold,
        _: Nothing,
    ) -> Result<Found<HoldRow>, Problem> {
        versioned(api.read_model(call).await?.hold(hold_id, api.now()).await, |hold| hold.version)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use chrono::TimeDelta;
    use schemas::HoldId;
    use schemas::event::{AppointmentRescheduled, HoldReleased};
    use uuid::Uuid;

    use crate::sample::{Sample, appointment_id, now};

    fn hold_id() -> HoldId {
        HoldId::new(Uuid::from_u128(9))
    }

    /// Agent 7 holds a half hour for lead 55, for five minutes.
    fn held() -> Sample {
        let mut sample = Sample::new();
        let start = "2026-12-02T13:00:00Z".parse().unwrap();
        sample.agent("7", fixtures::held(hold_id(), start, 30, now() + TimeDelta::minutes(5)));
        sample
    }

    #[actix_web::test]
    async fn a_live_hold_has_every_field() {
        let sample = held();
        let answered = sample.get(&format!("/v1/holds/{}", hold_id())).await;
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.body);
        let expected = serde_json::json!({
            "hold_id": hold_id(),
            "agent_id": "7",
            "lead_id": "55",
            "appointment_type": fixtures::VISIT,
            "property_id": null,
            "start": "2026-12-02T13:00:00Z",
            "end": "2026-12-02T13:30:00Z",
            "time_zone": "America/Santiago",
            "expires_at": "2026-12-01T12:05:00Z",
            "local": "2026-12-02T10:00",
            "weekday": "miércoles",
            "zone": "America/Santiago",
            "text": "miércoles 2 de diciembre, 10:00 a 10:30",
            "version": 1,
        });
        assert_eq!(answered.body, expected);
    }

    #[actix_web::test]
    async fn a_hold_that_has_ended_is_not_found() {
        let path = format!("/v1/holds/{}", hold_id());
        let mut released = held();
        released.agent("7", HoldReleased { hold_id: hold_id() });
        let mut used = held();
        used.book(1, "7", "55", "2026-12-03T13:00:00Z");
        let start = "2026-12-02T13:00:00Z".parse().unwrap();
        let moved = AppointmentRescheduled {
            hold_id: Some(hold_id()),
            ..fixtures::rescheduled(appointment_id(1), start, 30)
        };
        used.agent("7", moved);
        let expired = held().asked_at(now() + TimeDelta::minutes(5));
        for sample in [released, used, expired, Sample::new()] {
            let answered = sample.get(&path).await;
            assert_eq!((answered.status, answered.code()), (StatusCode::NOT_FOUND, "hold_not_found"));
        }
        let last_moment = held().asked_at(now() + TimeDelta::milliseconds(299_999));
        assert_eq!(last_moment.get(&path).await.status, StatusCode::OK);
        assert_eq!(held().get("/v1/holds/9").await.refused_field(), "hold_id");
    }
}
