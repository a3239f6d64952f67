use actix_web::{HttpResponse, web};
use http_edge::{Principal, Problem, StrictQuery};

use crate::answer::versioned;
use crate::parameters::Freshness;
use crate::service::QueryApi;

/// Zone, policies, types, office hours and blocks.
pub(super) async fn office(
    _: Principal,
    api: web::Data<QueryApi>,
    StrictQuery(query): StrictQuery<Freshness>,
) -> Result<HttpResponse, Problem> {
    api.wait_for(query.min_position).await?;
    versioned(api.read_model.office().await, |office| office.version)
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
        assert_eq!(answered.header("etag"), "\"6\"");
    }

    #[actix_web::test]
    async fn an_office_that_nothing_is_known_of_is_not_found() {
        let answered = Sample::empty().get("/v1/office").await;
        assert_eq!((answered.status, answered.code()), (StatusCode::NOT_FOUND, "not_found"));
    }
}
