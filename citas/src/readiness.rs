use actix_web::http::Method;
use operation::{Code, Problem};
use projector::PROJECTION;
use reactor::Reactors;
use service::Gate;

/// No question under `/v1` is answered before the past has been read once.
///
/// Until then the read model knows a part of it, and would say of the rest that it does not exist. Commands need no
/// such care: they are decided on the streams.
pub(crate) fn ask_only_once_caught_up(reactors: Reactors) -> Gate {
    Gate::new(move |request| {
        let asks =
            matches!(*request.method(), Method::GET | Method::HEAD) && request.path().starts_with("/v1/");
        if asks && !reactors.find(PROJECTION).is_some_and(|projection| projection.is_caught_up()) {
            let detail = "The past is still being read; send the same request again in a moment.";
            return Err(Problem::new(Code::NotReady, detail));
        }
        Ok(())
    })
}
