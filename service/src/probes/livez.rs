use actix_web::HttpResponse;

/// Says that the process answers at all, to anyone.
pub(super) async fn livez() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({"status": "live"}))
}
