use std::sync::Arc;

use operation::{Access, Code, Found, Nothing, Operation, Problem, Query, QueryCall};
use read_model::OfficeRow;

use crate::QueryApi;
use crate::query_result::versioned;

/// Zone, policies, types, office hours and blocks.
pub(crate) struct GetOffice;

impl Operation for GetOffice {
    const NAME: &'static str = "GetOffice";
    const SUMMARY: &'static str = "The office: zone, policies, appointment types, hours and blocks.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[Code::NotFound];
    type Target = Nothing;
    type Request = Nothing;
    type Answer = OfficeRow;
}

impl Query for GetOffice {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        _: Nothing,
        _: Nothing,
    ) -> Result<Found<OfficeRow>, Problem> {
        versioned(api.read_model(call).await?.office().await, |office| office.version)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;

    use crate::sample::Sample;

    #[actix_web::test]
    async fn an_office_has_policies_types_hours_and_blocks() {
        let answered = Sample::new().get("/v1/office").await;
        assert_eq!(answered.body["name"], "Propiedades del Sur");
        assert_eq!(answered.body["time_zone"], "America/Santiago");
        assert_eq!(answered.body["locale"], "es-CL");
        assert_eq!(answered.body["appointment_types"][0]["code"], "visita_propiedad");
        assert_eq!(answered.body["rules"].as_array().unwrap().len(), 5);
        assert_eq!(answered.body["blocks"], serde_json::json!([]));
        assert_eq!(answered.body["appointment_types"][0]["version"], 1);
        assert_eq!(answered.tagged_version(), 7);
    }

    #[actix_web::test]
    async fn an_office_that_nothing_is_known_of_is_not_found() {
        let answered = Sample::empty().get("/v1/office").await;
        assert_eq!((answered.status, answered.code()), (StatusCode::NOT_FOUND, "not_found"));
    }
}
