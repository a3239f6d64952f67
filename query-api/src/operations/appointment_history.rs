use std::sync::Arc;

use operation::{Access, Code, Found, Nothing, Operation, Problem, Query, QueryCall};
use read_model::{Answer, HistoryEntry, Page};

use super::targets::OfAppointment;
use crate::QueryApi;
use crate::query_result::found;

/// Every change of one appointment, in order, on one page. That a handed-over appointment was received is none.
pub(crate) struct GetAppointmentHistory;

impl Operation for GetAppointmentHistory {
    const NAME: &'static str = "GetAppointmentHistory";
    const SUMMARY: &'static str =
        "Every change of one appointment, in order, with who caused it, when and why.";
    const ACCESS: Access = Access::HISTORY;
    const ERRORS: &'static [Code] = &[Code::AppointmentNotFound];
    type Target = OfAppointment;
    type Request = Nothing;
    type Answer = Page<HistoryEntry>;
}

impl Query for GetAppointmentHistory {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        OfAppointment { appointment_id }: OfAppointment,
        _: Nothing,
    ) -> Result<Found<Page<HistoryEntry>>, Problem> {
        let history = api.read_model(call).await?.history(appointment_id).await;
        found(history.map(|Answer { position, value }| Answer {
            position,
            value: Page { items: value, next_cursor: None },
        }))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use schemas::event::{
        AppointmentCancelled, AppointmentConfirmed, AppointmentHandedOver, AppointmentReceived,
    };
    use schemas::value::AppointmentSnapshot;
    use schemas::{Actor, ActorKind, Personal, ReservationId};

    use crate::sample::{Sample, appointment_id};

    #[actix_web::test]
    async fn a_history_tells_who_did_what_when_and_why() {
        let mut sample = Sample::new();
        sample.book(1, "7", "55", "2026-12-02T13:00:00Z");
        let cancelled_by = Actor { kind: ActorKind::Lead, id: "55".to_owned() };
        let reason = Some(Personal::new("55".parse().unwrap(), "Viaje".to_owned()));
        sample.agent(
            "7",
            AppointmentCancelled {
                appointment_id: appointment_id(1),
                cancelled_by,
                reason,
                requested_by: None,
            },
        );
        let body = sample.get(&format!("/v1/appointments/{}/history", appointment_id(1))).await.body;
        let [booked, cancelled] = &body["items"].as_array().unwrap()[..] else { panic!("{body}") };
        assert_eq!(booked["event_type"], "AppointmentBooked");
        assert_eq!(booked["data"]["lead_id"], "55");
        assert_eq!(booked["reason"], serde_json::Value::Null);
        assert_eq!(cancelled["event_type"], "AppointmentCancelled");
        assert_eq!(cancelled["position"], 1100);
        assert_eq!(cancelled["stream"], "agent-7");
        assert_eq!(cancelled["revision"], 2);
        assert_eq!(cancelled["actor"], serde_json::json!({"kind": "chat", "id": "chat-1"}));
        assert_eq!(cancelled["origin"], "chat");
        assert_eq!(cancelled["recorded_at"], "2026-12-01T11:00:01.100Z");
        assert_eq!(cancelled["reason"], "Viaje");
        assert_eq!(cancelled["data"]["cancelled_by"]["kind"], "lead");
    }

    #[actix_web::test]
    async fn an_event_of_a_newer_release_is_shown_whole() {
        let mut sample = Sample::new();
        sample.book(1, "7", "55", "2026-12-02T13:00:00Z");
        let confirmed = AppointmentConfirmed { appointment_id: appointment_id(1) };
        sample.agent_by_a_newer_release("7", confirmed);
        let body = sample.get(&format!("/v1/appointments/{}/history", appointment_id(1))).await.body;
        let entry = &body["items"][1];
        let added = serde_json::json!({"ratio": 1.5});
        let data = serde_json::json!({"added_later": added, "appointment_id": appointment_id(1)});
        assert_eq!(entry["data"], data);
        assert_eq!(entry["metadata"]["added_later"], added);
        assert_eq!(entry["metadata"]["tzdb_version"], "2025b", "the metadata is shown whole");
        assert_eq!(entry["metadata"]["$correlationId"], entry["correlation_id"]);
    }

    #[actix_web::test]
    async fn a_hand_over_tells_from_whom_to_whom_and_its_receipt_is_not_told() {
        let mut sample = Sample::new();
        sample.book(1, "7", "55", "2026-12-02T13:00:00Z");
        let (from, to) = ("7".parse().unwrap(), "8".parse().unwrap());
        let start = "2026-12-02T13:00:00Z".parse().unwrap();
        let booked = fixtures::snapshot(fixtures::booked(appointment_id(1), &from, start, 30));
        let appointment = AppointmentSnapshot { version: 2, ..booked };
        let reservation_id = ReservationId::new(appointment_id(1).uuid());
        let handed_over = AppointmentHandedOver {
            reservation_id,
            to_agent_id: to,
            previous_start: appointment.start,
            previous_end: appointment.end,
            forced: Vec::new(),
            appointment: appointment.clone(),
            reason: None,
            requested_by: None,
            receipts: Vec::new(),
        };
        sample.agent("7", handed_over);
        let received = AppointmentReceived {
            reservation_id,
            from_agent_id: from,
            appointment,
            hold_id: None,
            receipts: Vec::new(),
        };
        sample.agent("8", received);
        sample.agent("8", AppointmentConfirmed { appointment_id: appointment_id(1) });
        let address = format!("/v1/appointments/{}", appointment_id(1));
        let body = sample.get(&format!("{address}/history")).await.body;
        let entries = body["items"].as_array().unwrap().iter();
        let told: Vec<_> = entries
            .map(|entry| (entry["event_type"].as_str().unwrap(), entry["stream"].as_str().unwrap()))
            .collect();
        let expected = [
            ("AppointmentBooked", "agent-7"),
            ("AppointmentHandedOver", "agent-7"),
            ("AppointmentConfirmed", "agent-8"),
        ];
        assert_eq!(told, expected);
        assert_eq!(body["items"][1]["data"]["to_agent_id"], "8");
        let shown = sample.get(&address).await.body;
        assert_eq!((&shown["agent_id"], &shown["version"]), (&"8".into(), &3.into()));
    }

    #[actix_web::test]
    async fn an_unknown_appointment_has_no_history() {
        let answered = Sample::new().get(&format!("/v1/appointments/{}/history", appointment_id(1))).await;
        assert_eq!((answered.status, answered.code()), (StatusCode::NOT_FOUND, "appointment_not_found"));
    }
}
