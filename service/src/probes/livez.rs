use actix_web::HttpResponse;

/// Reports that the process answers at all. Needs no token.
pub(super) async fn livez() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({"status": "live"}))
}
