use http_edge::Routes;

use crate::operations::{RetryParkedStream, SkipParkedEvent};

/// Adds what an operator asks of the reactors of a process. They expect `web::Data<Reactors>` and
/// `web::Data<Authentication>`.
pub fn configure_reactors(routes: &mut Routes) {
    routes
        .post::<RetryParkedStream>("/v1/operations/parked/{reactor}/{stream}/retry")
        .post::<SkipParkedEvent>("/v1/operations/parked/{reactor}/{stream}/skip");
}
