//! Who may read and write events.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use tonic::{Request, Status};

/// A shorter password can be guessed.
const MIN_PASSWORD_LENGTH: usize = 16;
const GENERATED_BYTES: usize = 32;

/// Who may read and write events. The list of the node's features, its place in the cluster, and whether it lives are open to
/// anyone.
#[derive(Debug, Clone, Default)]
pub enum Access {
    /// The holders of credentials that the node generates when it starts.
    #[default]
    Generated,
    /// The holders of these credentials.
    Credentials(Credentials),
    /// Every process that reaches the address.
    Anyone,
}

/// A login and its password, sent with each call as HTTP's basic authentication.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    login: String,
    password: String,
}

/// Credentials that clients could not send, or that could be guessed. The message does not repeat them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the event store's credentials must be LOGIN:PASSWORD, both of letters, digits and any of - . _ ~, the password of \
    {MIN_PASSWORD_LENGTH} characters or more"
)]
pub struct InvalidCredentials;

impl Credentials {
    /// Reads `LOGIN:PASSWORD`. Other characters have a meaning in connection strings.
    pub fn parse(text: &str) -> Result<Self, InvalidCredentials> {
        let is_plain = |text: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
        };
        match text.trim().split_once(':') {
            Some((login, password))
                if is_plain(login) && is_plain(password) && password.len() >= MIN_PASSWORD_LENGTH =>
            {
                Ok(Self { login: login.to_owned(), password: password.to_owned() })
            }
            _ => Err(InvalidCredentials),
        }
    }

    /// Credentials with 256 random bits.
    pub(crate) fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; GENERATED_BYTES];
        getrandom::fill(&mut bytes)?;
        let password = bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        Ok(Self { login: "citas".to_owned(), password })
    }

    /// The part of a connection string in front of the address.
    pub(crate) fn in_connection_string(&self) -> String {
        format!("{}:{}@", self.login, self.password)
    }

    fn digest(&self) -> [u8; 32] {
        let encoded = STANDARD.encode(format!("{}:{}", self.login, self.password));
        Sha256::digest(encoded).into()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({}:…)", self.login)
    }
}

/// Refuses calls without the credentials, before anything of the call is read.
#[derive(Clone)]
pub(crate) struct Guard(Option<[u8; 32]>);

impl Guard {
    /// Without credentials, every call passes.
    pub(crate) fn new(credentials: Option<&Credentials>) -> Self {
        Self(credentials.map(Credentials::digest))
    }

    /// Whether the caller has the credentials, by the header `authorization`. Digests are compared, so that the time it takes
    /// reveals nothing about the password.
    pub(crate) fn admits(&self, authorization: Option<&str>) -> bool {
        let Some(expected) = self.0 else { return true };
        authorization.and_then(|header| header.split_once(' ')).is_some_and(|(scheme, encoded)| {
            scheme.eq_ignore_ascii_case("basic")
                && <[u8; 32]>::from(Sha256::digest(encoded.trim())) == expected
        })
    }
}

impl tonic::service::Interceptor for Guard {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        let header = request.metadata().get("authorization");
        if self.admits(header.and_then(|header| header.to_str().ok())) {
            Ok(request)
        } else {
            Err(Status::unauthenticated(
                "the event store needs the login and password of its connection string",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_that_could_be_guessed_or_not_be_sent_are_refused_and_not_repeated() {
        for bad in [
            "",
            "citas",
            "citas:",
            ":0123456789abcdef",
            "citas:short",
            "citas:0123456789abcde@",
            "a b:0123456789abcdef",
        ] {
            let error = Credentials::parse(bad).unwrap_err().to_string();
            assert!(!error.contains("0123"), "{error}");
        }
        let good = Credentials::parse("citas:0123456789-._~ab\n").unwrap();
        assert_eq!(good.in_connection_string(), "citas:0123456789-._~ab@");
        assert_eq!(format!("{good:?}"), "Credentials(citas:…)");
    }

    #[test]
    fn only_the_very_same_credentials_are_admitted() {
        let credentials = Credentials::parse("citas:0123456789abcdef").unwrap();
        let guard = Guard::new(Some(&credentials));
        let admits = |header: Option<String>| guard.admits(header.as_deref());
        let basic = |pair: &str| Some(format!("Basic {}", STANDARD.encode(pair)));
        assert!(admits(basic("citas:0123456789abcdef")));
        for stranger in
            [None, Some("Basic".to_owned()), basic("citas:0123456789abcdeF"), basic("admin:changeit")]
        {
            assert!(!admits(stranger));
        }
        assert!(!admits(Some(format!("Bearer {}", STANDARD.encode("citas:0123456789abcdef")))));
        let generated = [(); 2].map(|()| Credentials::generate().unwrap());
        assert_ne!(generated[0], generated[1]);
        assert_eq!(
            Credentials::parse(&generated[0].in_connection_string()[..70]).as_ref(),
            Ok(&generated[0])
        );
    }
}
