use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::{Next, from_fn};
use actix_web::{HttpRequest, ResponseError as _, Route, web};
use operation::{Code, Problem};
use schemas::{Actor, ActorKind};
use sha2::{Digest, Sha256};

use crate::HttpProblem;

/// The known bearer tokens, and the actor of each. Tokens are kept as digests only.
#[derive(Debug, Clone)]
pub struct Authentication {
    tokens: Arc<[([u8; 32], Actor)]>,
}

impl Authentication {
    /// One token, for the role `admin`.
    pub fn admin_token(token: &str) -> Self {
        let actor = Actor { kind: ActorKind::Admin, id: "admin".to_owned() };
        Self { tokens: Arc::from([(Sha256::digest(token).into(), actor)]) }
    }

    /// Digests are compared, so the time it takes says nothing about the token.
    fn actor(&self, token: &str) -> Option<&Actor> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        self.tokens.iter().find(|(known, _)| *known == digest).map(|(_, actor)| actor)
    }
}

/// The actor who sends a request; a 401 without a known token. Called before the body of the request is read.
pub(crate) fn authenticate(request: &HttpRequest) -> Result<Actor, Problem> {
    let authentication = request.app_data::<web::Data<Authentication>>().ok_or_else(|| {
        Problem::new(
            Code::Internal,
            "The service was started without its tokens, which its operator has to correct.",
        )
    })?;
    let header = request.headers().get(AUTHORIZATION).ok_or_else(|| {
        Problem::new(Code::Unauthenticated, "Send the header Authorization: Bearer <token>.")
    })?;
    header
        .to_str()
        .ok()
        .and_then(|header| header.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .and_then(|(_, token)| authentication.actor(token.trim()))
        .cloned()
        .ok_or_else(|| Problem::new(Code::Unauthenticated, "The bearer token is unknown."))
}

/// Wraps a route so that it requires a known token.
pub(crate) fn guarded(route: Route) -> Route {
    route.wrap(from_fn(async |request: ServiceRequest, next: Next<BoxBody>| {
        match authenticate(request.request()) {
            Ok(_) => next.call(request).await,
            Err(problem) => Ok(request.into_response(HttpProblem(problem).error_response())),
        }
    }))
}
