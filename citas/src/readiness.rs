use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, ResponseError as _};
use http_edge::HttpProblem;
use operation::{Code, Problem};
use projector::PROJECTION;
use reactor::Reactors;

/// Middleware: no question under `/v1` is answered before the past has been read once.
///
/// Until then the read model knows a part of it, and would say of the rest that it does not exist. Commands need no
/// such care: they are decided on the streams.
pub(crate) async fn ask_only_once_caught_up(
    reactors: Data<Reactors>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let asks = matches!(*request.method(), Method::GET | Method::HEAD) && request.path().starts_with("/v1/");
    if asks && !reactors.find(PROJECTION).is_some_and(|projection| projection.is_caught_up()) {
        let detail = "The past is still being read; send the same request again in a moment.";
        let refusal = HttpProblem(Problem::new(Code::NotReady, detail)).error_response();
        return Ok(request.into_response(refusal).map_into_right_body());
    }
    next.call(request).await.map(ServiceResponse::map_into_left_body)
}
