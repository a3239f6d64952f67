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

/// What is asked for at an address by some methods.
#[derive(Debug, Clone, Copy)]
pub struct Address {
    /// By which methods.
    pub methods: &'static [Method],
    /// With the members of the operation's target in braces.
    pub path: &'static str,
    /// What answers there; none for what is asked of the process itself.
    pub operation: Option<Description>,
    /// Whether it answers to anyone, without a token.
    pub is_open: bool,
}

/// What answers where, gathered from several APIs: both have routes on some paths, and only the whole says which
/// methods a path takes.
#[derive(Default)]
pub struct Routes(Vec<(Address, Route)>);

impl Routes {
    /// Answers `GET`, and `HEAD`, whose body the server leaves out, to anyone.
    pub fn open<H: Handler<Args>, Args>(&mut self, path: &'static str, handler: H) -> &mut Self
    where
        H::Output: Responder + 'static,
        Args: FromRequest + 'static,
    {
        self.add(READ, path, None, true, web::route().to(handler))
    }

    /// The same to whoever has a token.
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

    /// Carries out a command, by `POST`.
    pub fn post<C: Command>(&mut self, path: &'static str) -> &mut Self {
        const { assert!(!C::CREATES, "whoever is told that something was made is told where") };
        self.command::<C>(&[Method::POST], path, None)
    }

    /// Carries out a command that makes something, by `POST`, and says where it can be found.
    pub fn create<C: Command>(&mut self, path: &'static str, location: LocationOf<C>) -> &mut Self {
        const { assert!(C::CREATES, "it makes nothing that could be found somewhere") };
        self.command::<C>(&[Method::POST], path, Some(location))
    }

    /// Carries out a command, by `DELETE`.
    pub fn delete<C: Command>(&mut self, path: &'static str) -> &mut Self {
        self.command::<C>(&[Method::DELETE], path, None)
    }

    /// Everything that answers, in the order in which it was added.
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

/// Mounts the routes of these APIs, and answers whatever they do not take: a method that a known path does not take with
/// 405 and `Allow`, any other path with 404. Expects `web::Data<Authentication>`, and the `Api` of each operation as
/// `web::Data`.
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
    let detail = format!("{} takes {allow}, and not {}.", request.path(), request.method());
    let mut response = HttpProblem(Problem::new(Code::MethodNotAllowed, detail)).error_response();
    let allow = HeaderValue::from_str(allow).expect("methods are letters");
    response.headers_mut().insert(ALLOW, allow);
    Ok(response)
}

/// To the unknown it does not even say that there is nothing.
async fn not_found(request: HttpRequest) -> Result<HttpResponse, HttpProblem> {
    authenticate(&request)?;
    Err(HttpProblem(Problem::new(
        Code::NotFound,
        format!("Nothing answers {} {} here; the paths begin with /v1.", request.method(), request.path()),
    )))
}
