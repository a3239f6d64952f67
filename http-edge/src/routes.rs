use std::collections::BTreeMap;

use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::web::Payload;
use actix_web::{
    FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder, ResponseError as _, Route, guard,
    web,
};
use operation::{Code, Command, Description, Problem, Query};

use crate::HttpProblem;
use crate::auth::{authenticate, guarded};
use crate::handlers::{self, LocationOf};

const READ: &[Method] = &[Method::GET, Method::HEAD];

/// A path with some methods, and the operation behind them.
#[derive(Debug, Clone, Copy)]
pub struct Address {
    /// The methods.
    pub methods: &'static [Method],
    /// The path, with the members of the operation's target in braces.
    pub path: &'static str,
    /// The operation; none for probes of the process itself.
    pub operation: Option<Description>,
    /// Whether it needs no token.
    pub is_open: bool,
}

/// The routes of several APIs. Some paths have routes of both, and only all routes together tell which methods a path
/// allows.
#[derive(Default)]
pub struct Routes(Vec<(Address, Route)>);

impl Routes {
    /// Serves `GET` and `HEAD` without a token. The server leaves out the body of `HEAD`.
    pub fn open<H: Handler<Args>, Args>(&mut self, path: &'static str, handler: H) -> &mut Self
    where
        H::Output: Responder + 'static,
        Args: FromRequest + 'static,
    {
        self.add(READ, path, None, true, web::route().to(handler))
    }

    /// Serves `GET` and `HEAD` with a token.
    pub fn guarded<H: Handler<Args>, Args>(&mut self, path: &'static str, handler: H) -> &mut Self
    where
        H::Output: Responder + 'static,
        Args: FromRequest + 'static,
    {
        self.add(READ, path, None, false, guarded(web::route().to(handler)))
    }

    /// Answers a query, by `GET` and `HEAD`.
    pub fn query<Q: Query>(&mut self, path: &'static str) -> &mut Self {
        let route = web::route().to(handlers::query::<Q>);
        self.add(READ, path, Some(Description::of_query::<Q>()), false, route)
    }

    /// Carries out a command, by `PUT`.
    pub fn put<C: Command>(&mut self, path: &'static str) -> &mut Self {
        self.command::<C>(&[Method::PUT], path, None)
    }

    /// Carries out a command, by `PATCH`.
    pub fn patch<C: Command>(&mut self, path: &'static str) -> &mut Self {
        self.command::<C>(&[Method::PATCH], path, None)
    }

    /// Carries out a command, by `POST`.
    pub fn post<C: Command>(&mut self, path: &'static str) -> &mut Self {
        const { assert!(!C::CREATES, "a command that creates something needs a location: use `create`") };
        self.command::<C>(&[Method::POST], path, None)
    }

    /// Carries out a command that creates something, by `POST`, and returns its location.
    pub fn create<C: Command>(&mut self, path: &'static str, location: LocationOf<C>) -> &mut Self {
        const { assert!(C::CREATES, "a command that creates nothing has no location: use `post`") };
        self.command::<C>(&[Method::POST], path, Some(location))
    }

    /// Carries out a command, by `DELETE`.
    pub fn delete<C: Command>(&mut self, path: &'static str) -> &mut Self {
        self.command::<C>(&[Method::DELETE], path, None)
    }

    /// All addresses, in the order in which they were added.
    pub fn addresses(&self) -> impl Iterator<Item = Address> {
        self.0.iter().map(|(address, _)| *address)
    }

    fn command<C: Command>(
        &mut self,
        methods: &'static [Method],
        path: &'static str,
        location: Option<LocationOf<C>>,
    ) -> &mut Self {
        let handler =
            move |request: HttpRequest, payload: Payload| handlers::command::<C>(request, payload, location);
        self.add(methods, path, Some(Description::of_command::<C>()), false, web::route().to(handler))
    }

    fn add(
        &mut self,
        methods: &'static [Method],
        path: &'static str,
        operation: Option<Description>,
        is_open: bool,
        route: Route,
    ) -> &mut Self {
        let is_one = guard::fn_guard(|context| methods.contains(&context.head().method));
        self.0.push((Address { methods, path, operation, is_open }, route.guard(is_one)));
        self
    }
}

/// Mounts the routes of these APIs. A method that a path does not allow gets 405 and `Allow`, an unknown path 404.
/// Expects `web::Data<Authentication>`, and the `Api` of each operation as `web::Data`.
pub fn mount(apis: &[fn(&mut Routes)]) -> impl FnOnce(&mut web::ServiceConfig) {
    let mut routes = Routes::default();
    for api in apis {
        api(&mut routes);
    }
    move |config| {
        let mut by_path: BTreeMap<&'static str, Vec<(Address, Route)>> = BTreeMap::new();
        for (address, route) in routes.0 {
            by_path.entry(address.path).or_default().push((address, route));
        }
        for (path, routes) in by_path {
            config.service(resource(path, routes));
        }
        config.default_service(web::to(not_found));
    }
}

fn resource(path: &'static str, routes: Vec<(Address, Route)>) -> Resource {
    let methods: Vec<&str> =
        routes.iter().flat_map(|(address, _)| address.methods).map(Method::as_str).collect();
    let allow = methods.join(", ");
    let resource = routes.into_iter().fold(web::resource(path), |resource, (_, route)| resource.route(route));
    resource.default_service(web::to(move |request: HttpRequest| {
        let answer = not_allowed(&request, &allow);
        async { answer }
    }))
}

fn not_allowed(request: &HttpRequest, allow: &str) -> Result<HttpResponse, HttpProblem> {
    authenticate(request)?;
    let detail = format!("This path allows {allow}.");
    let mut response = HttpProblem(Problem::new(Code::MethodNotAllowed, detail)).error_response();
    let allow = HeaderValue::from_str(allow).expect("methods are letters");
    response.headers_mut().insert(ALLOW, allow);
    Ok(response)
}

/// Unauthenticated callers get 401 even for unknown paths.
async fn not_found(request: HttpRequest) -> Result<HttpResponse, HttpProblem> {
    authenticate(&request)?;
    Err(HttpProblem(Problem::new(
        Code::NotFound,
        "No operation has this path here; paths begin with /v1, and the README lists them.",
    )))
}
