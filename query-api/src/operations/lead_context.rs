use std::sync::Arc;

use operation::{Access, Code, Found, Nothing, Operation, Problem, Query, QueryCall};
use read_model::LeadContext;

use super::targets::OfLead;
use crate::QueryApi;
use crate::query_result::found;

/// Context for a conversation with a lead.
pub(crate) struct GetLeadContext;

impl Operation for GetLeadContext {
    const NAME: &'static str = "GetLeadContext";
    const SUMMARY: &'static str =
        "Context for a conversation with a lead: upcoming and past appointments, and the same as text.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[];
    type Target = OfLead;
    type Request = Nothing;
    type Answer = LeadContext;
}

impl Query for GetLeadContext {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        OfLead { lead_id }: OfLead,
        _: Nothing,
    ) -> Result<Found<LeadContext>, Problem> {
        found(api.read_model(call).await?.lead_context(&lead_id, api.now()).await)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use schemas::event::AppointmentBooked;

    use crate::sample::{Sample, appointment_id};

    #[actix_web::test]
    async fn a_lead_is_told_by_when_to_confirm() {
        let start = "2026-12-03T13:00:00Z".parse().unwrap();
        let booked = fixtures::booked(appointment_id(1), &"7".parse().unwrap(), start, 30);
        let to_confirm_by = |confirm_by: &str| AppointmentBooked {
            confirm_by: Some(confirm_by.parse().unwrap()),
            ..booked.clone()
        };
        let mut sample = Sample::new();
        sample.agent("7", to_confirm_by("2026-12-02T13:00:00Z"));
        let text = sample.get("/v1/leads/55/context").await.body["text"].to_string();
        let told =
            "se cancela si el cliente no la confirma antes del miércoles 2 de diciembre de 2026, 10:00;";
        assert!(text.contains(told), "{text}");
        let mut sample = Sample::new();
        sample.agent("7", to_confirm_by("2026-12-01T11:00:00Z"));
        let text = sample.get("/v1/leads/55/context").await.body["text"].to_string();
        assert!(!text.contains("se cancela"), "it is too late: {text}");
    }

    #[actix_web::test]
    async fn a_lead_has_upcoming_and_past_appointments_and_both_as_text() {
        let mut sample = Sample::new();
        sample.book(1, "7", "55", "2026-11-24T13:00:00Z");
        sample.book(2, "8", "55", "2026-12-02T13:00:00Z");
        sample.book(3, "8", "56", "2026-12-03T13:00:00Z");
        let body = sample.get("/v1/leads/55/context").await.body;
        let id = |number| appointment_id(number).to_string();
        assert_eq!(body["lead_id"], "55");
        assert_eq!(body["upcoming"][0]["id"], id(2));
        assert_eq!(body["past"][0]["id"], id(1));
        assert_eq!(body["upcoming"][0]["text"], "miércoles 2 de diciembre, 10:00 a 10:30");
        assert_eq!(body["past"][0]["weekday"], "martes");
        let expected = format!(
            "Ahora es martes 1 de diciembre de 2026, 09:00 (hora de Chile continental).\n\
             Próximas citas del cliente:\n\
             - miércoles 2 de diciembre de 2026, 10:00 a 10:30: visita propiedad con Bruno Díaz (agent_id 8); \
             agendada, sin confirmar; propiedad P-1; lugar: «Av. Providencia 1234»; appointment_id {}.\n\
             Citas anteriores o canceladas, la más reciente primero:\n\
             - martes 24 de noviembre de 2026, 10:00 a 10:30: visita propiedad con Ana Pérez (agent_id 7); \
             agendada, sin confirmar; propiedad P-1; lugar: «Av. Providencia 1234»; appointment_id {}.\n",
            id(2),
            id(1)
        );
        assert_eq!(body["text"], expected);
    }

    #[actix_web::test]
    async fn a_lead_never_heard_of_has_an_empty_context() {
        let answered = Sample::new().get("/v1/leads/99/context").await;
        assert_eq!(answered.status, StatusCode::OK);
        assert_eq!(answered.body["upcoming"], serde_json::json!([]));
        assert!(answered.body["text"].as_str().unwrap().ends_with("El cliente no tiene citas próximas.\n"));
    }
}
