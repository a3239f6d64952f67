use std::sync::Arc;

use availability::Localized;
use operation::{Access, Code, Found, Nothing, Operation, Problem, Query, QueryCall};
use read_model::AppointmentRow;

use super::targets::OfAppointment;
use crate::QueryApi;
use crate::query_result::versioned;

/// One appointment.
pub(crate) struct GetAppointment;

impl Operation for GetAppointment {
    const NAME: &'static str = "GetAppointment";
    const SUMMARY: &'static str = "One appointment.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[Code::AppointmentNotFound];
    type Target = OfAppointment;
    type Request = Nothing;
    type Answer = Localized<AppointmentRow>;
}

impl Query for GetAppointment {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        OfAppointment { appointment_id }: OfAppointment,
        _: Nothing,
    ) -> Result<Found<Self::Answer>, Problem> {
        versioned(api.read_model(call).await?.appointment(appointment_id).await, |row| row.version)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use schemas::event::{AgentDeactivated, AppointmentBooked, AppointmentConfirmed, AppointmentReleased};

    use crate::sample::{Sample, appointment_id};

    #[actix_web::test]
    async fn an_appointment_has_every_field_and_its_version() {
        let mut sample = Sample::new();
        sample.book(1, "7", "55", "2026-12-02T13:00:00Z");
        sample.agent("7", AppointmentConfirmed { appointment_id: appointment_id(1) });
        sample.agent("7", AgentDeactivated { agent_id: "7".parse().unwrap() });
        let id = appointment_id(1).to_string();
        let answered = sample.get(&format!("/v1/appointments/{id}")).await;
        assert_eq!(answered.status, StatusCode::OK);
        let expected = serde_json::json!({
            "id": id,
            "lead_id": "55",
            "agent_id": "7",
            "appointment_type": "visita_propiedad",
            "status": "confirmed",
            "start": "2026-12-02T13:00:00Z",
            "end": "2026-12-02T13:30:00Z",
            "duration_minutes": 30,
            "local": "2026-12-02T10:00",
            "weekday": "miércoles",
            "zone": "America/Santiago",
            "text": "miércoles 2 de diciembre, 10:00 a 10:30",
            "local_start": "2026-12-02T10:00:00",
            "time_zone": "America/Santiago",
            "location": "Av. Providencia 1234",
            "property_id": "P-1",
            "notes": "Llamar antes",
            "lead_name": "Carla",
            "lead_contact": {"name": "Carla"},
            "outcome": null,
            "no_show_by": null,
            "reminder_sent": false,
            "created_at": "2026-12-01T11:00:01Z",
            "updated_at": "2026-12-01T11:00:01.100Z",
            "version": 2,
            "sequence": 0,
            "origin": "chat",
            "confirm_by": null,
            "cancellation_cause": null,
        });
        assert_eq!(answered.body, expected);
        assert_eq!(answered.tagged_version(), 2);
        assert_eq!(answered.header("x-position"), "1200");
        assert_eq!(answered.header("cache-control"), "no-store");
    }

    #[actix_web::test]
    async fn an_appointment_that_was_released_says_so() {
        let mut sample = Sample::new();
        let start = "2026-12-02T13:00:00Z".parse().unwrap();
        let confirm_by = "2026-12-01T13:00:00Z".parse().unwrap();
        let booked = fixtures::booked(appointment_id(1), &"7".parse().unwrap(), start, 30);
        sample.agent("7", AppointmentBooked { confirm_by: Some(confirm_by), ..booked });
        let path = format!("/v1/appointments/{}", appointment_id(1));
        assert_eq!(sample.get(&path).await.body["confirm_by"], "2026-12-01T13:00:00Z");
        sample.agent("7", AppointmentReleased { appointment_id: appointment_id(1), confirm_by });
        let released = sample.get(&path).await.body;
        assert_eq!(
            (&released["status"], &released["cancellation_cause"]),
            (&"cancelled".into(), &"released".into())
        );
        assert_eq!(released["confirm_by"], serde_json::Value::Null);
        let history = sample.get(&format!("{path}/history")).await.body;
        assert_eq!(history["items"][1]["event_type"], "AppointmentReleased");
    }

    #[actix_web::test]
    async fn an_unknown_appointment_is_not_found_and_a_bad_id_is_named() {
        let sample = Sample::new();
        let answered = sample.get(&format!("/v1/appointments/{}", appointment_id(1))).await;
        assert_eq!((answered.status, answered.code()), (StatusCode::NOT_FOUND, "appointment_not_found"));
        assert_eq!(answered.header("content-type"), "application/problem+json");
        assert_eq!(sample.get("/v1/appointments/1").await.refused_field(), "appointment_id");
    }
}
