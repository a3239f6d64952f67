use http_edge::Routes;

use crate::operations::{RetryParkedStream, SkipParkedEvent};

/// Adds the operations on parked streams. They expect `web::Data<ParkedStreams>` and `web::Data<Authentication>`.
pub fn configure_reactors(routes: &mut Routes) {
    routes
        .post::<RetryParkedStream>("/v1/operations/parked/{reactor}/{stream}/retry")
        .post::<SkipParkedEvent>("/v1/operations/parked/{reactor}/{stream}/skip");
}
