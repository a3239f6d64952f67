use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use futures::future::{Ready, ready};
use schemas::{Actor, ActorKind};
use sha2::{Digest, Sha256};

use crate::{Code, Problem};

/// Which bearer tokens are known, and as whom. Tokens are kept as digests only.
#[derive(Debug, Clone)]
pub struct Authentication {
    tokens: Arc<[([u8; 32], Actor)]>,
}

impl Authentication {
    /// One token, for the role that may do everything.
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

/// Who is asking. As a handler's argument it makes the route answer 401 without a known token.
#[derive(Debug, Clone)]
pub struct Principal(pub Actor);

impl FromRequest for Principal {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(authenticate(request))
    }
}

fn authenticate(request: &HttpRequest) -> Result<Principal, Problem> {
    let authentication = request.app_data::<web::Data<Authentication>>().ok_or_else(|| {
        Problem::new(Code::Internal, "The service was started without its tokens; the operator has to look.")
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
        .map(|actor| Principal(actor.clone()))
        .ok_or_else(|| Problem::new(Code::Unauthenticated, "The bearer token is not known here."))
}
