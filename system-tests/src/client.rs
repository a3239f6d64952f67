//! An HTTP client of the programs under test.

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio::time::Instant;

use crate::STEP_TIMEOUT;

/// Sends requests to a running program.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    address: String,
    token: Option<String>,
}

impl Client {
    pub(crate) fn new(address: String, token: String) -> Self {
        Self { http: http(), address, token: Some(token) }
    }

    /// Where the program listens, `127.0.0.1:1234`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The bearer token.
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// The same client with connections of its own.
    #[must_use]
    pub fn another(&self) -> Self {
        Self { http: http(), ..self.clone() }
    }

    /// The same client without a token.
    #[must_use]
    pub fn stranger(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    /// `GET path`, which begins with a slash and is sent as it is.
    pub fn get(&self, path: &str) -> Request {
        self.request("GET", path)
    }

    /// `HEAD path`
    pub fn head(&self, path: &str) -> Request {
        self.request("HEAD", path)
    }

    /// `POST path`
    pub fn post(&self, path: &str) -> Request {
        self.request("POST", path)
    }

    /// `PATCH path`
    pub fn patch(&self, path: &str) -> Request {
        self.request("PATCH", path)
    }

    /// `PUT path`
    pub fn put(&self, path: &str) -> Request {
        self.request("PUT", path)
    }

    /// `DELETE path`
    pub fn delete(&self, path: &str) -> Request {
        self.request("DELETE", path)
    }

    /// Any method.
    pub fn request(&self, method: &str, path: &str) -> Request {
        let parsed = Method::from_bytes(method.as_bytes()).expect("a method has no spaces in it");
        let mut builder = self.http.request(parsed, format!("http://{}{path}", self.address));
        if let Some(token) = &self.token {
            builder = builder.bearer_auth(token);
        }
        Request { what: format!("{method} {path}"), builder }
    }

    /// Polls `/readyz` until the program is ready.
    pub(crate) async fn until_ready(&self) {
        let begun_at = Instant::now();
        while self.get("/readyz").answer().await.status != StatusCode::OK {
            assert!(begun_at.elapsed() < STEP_TIMEOUT, "never ready");
            tokio::task::yield_now().await;
        }
    }
}

fn http() -> reqwest::Client {
    let builder = reqwest::Client::builder().timeout(STEP_TIMEOUT).no_proxy();
    builder.build().expect("a client without TLS needs nothing from the system")
}

/// A request under construction.
#[derive(Debug)]
pub struct Request {
    what: String,
    builder: reqwest::RequestBuilder,
}

impl Request {
    /// With a JSON body.
    #[must_use]
    pub fn body(self, body: &Value) -> Self {
        self.text(body.to_string())
    }

    /// With a body of any bytes, and the content type of JSON.
    #[must_use]
    pub fn text(self, body: impl Into<reqwest::Body>) -> Self {
        self.header("content-type", "application/json").bytes(body)
    }

    /// With a body of any bytes, and no content type.
    #[must_use]
    pub fn bytes(mut self, body: impl Into<reqwest::Body>) -> Self {
        self.builder = self.builder.body(body);
        self
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.builder = self.builder.header(name, value.as_ref());
        self
    }

    /// With an `Idempotency-Key`.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// With an `If-Match` on this version.
    #[must_use]
    pub fn if_match(self, version: u64) -> Self {
        self.header("if-match", format!("\"{version}\""))
    }

    /// Sends it; none if no complete response came back.
    pub async fn attempt(self) -> Option<Answer> {
        let response = self.builder.send().await.ok()?;
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.ok()?;
        Some(Answer { what: self.what, status, headers, text })
    }

    /// Sends it, and panics if no response comes.
    pub async fn answer(self) -> Answer {
        let what = self.what.clone();
        self.attempt().await.unwrap_or_else(|| panic!("no answer to {what}"))
    }

    /// Sends it, and returns the JSON of the response, which must be a success.
    pub async fn ok(self) -> Value {
        self.answer().await.success().json()
    }
}

/// A response.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The method and path of the request.
    pub what: String,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The value of a header, which must be present.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("no {name}: {self:?}"));
        value.to_str().expect("headers of answers are text")
    }

    /// The version in its tag.
    pub fn tagged_version(&self) -> u64 {
        let tag = self.header("etag").trim_matches('"');
        tag.parse().unwrap_or_else(|_| panic!("no version in {tag}: {self:?}"))
    }

    /// Returns itself, and panics if it is not a success.
    #[must_use]
    pub fn success(self) -> Self {
        assert!(self.status.is_success(), "{self:?}");
        self
    }

    /// The problem document; panics unless it has this status and code.
    pub fn refused(&self, status: u16, code: &str) -> Value {
        let problem = self.problem();
        assert_eq!((self.status.as_u16(), problem["code"].as_str()), (status, Some(code)), "{self:?}");
        problem
    }

    /// The problem document; panics unless it is well-formed and its status is a 4xx.
    pub fn problem(&self) -> Value {
        assert!(self.status.is_client_error(), "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16(), "{self:?}");
        for member in ["type", "title", "detail", "code"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {self:?}");
        }
        problem
    }
}
