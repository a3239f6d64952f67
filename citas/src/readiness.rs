//! Refuses queries until the read model has caught up with the log.

use actix_web::http::Method;
use operation::{Code, Problem};
use projector::PROJECTION;
use reactor::Reactors;
use service::Gate;

/// Refuses queries under `/v1` until the projection has caught up once.
///
/// Until then the read model lacks part of the data, and would report it as not found. Commands need no such check:
/// they are decided on the streams.
pub(crate) fn refuse_queries_until_caught_up(reactors: Reactors) -> Gate {
    Gate::new(move |request| {
        let is_query =
            matches!(*request.method(), Method::GET | Method::HEAD) && request.path().starts_with("/v1/");
        if is_query && !reactors.find(PROJECTION).is_some_and(|projection| projection.is_caught_up()) {
            let detail = "The read model is still catching up; send the same request again in a moment.";
            return Err(Problem::new(Code::NotReady, detail));
        }
        Ok(())
    })
}
