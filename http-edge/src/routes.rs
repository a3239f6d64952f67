use std::collections::BTreeMap;

use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{
    FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder, ResponseError as _, Route, guard,
    web,
};

use crate::{Code, Principal, Problem};

const READ: &[Method] = &[Method::GET, Method::HEAD];

/// What answers where, gathered from several APIs: both have routes on some paths, and only the whole says which
/// methods a path takes.
#[derive(Default)]
pub struct Routes(BTreeMap<&'static str, Vec<(&'static [Method], Route)>>);

impl Routes {
    /// Answers `GET`, and `HEAD`, whose body the server leaves out.
    pub fn read<H: Handler<Args>, Args>(&mut self, path: &'static str, handler: H) -> &mut Self
    where
        H::Output: Responder + 'static,
        Args: FromRequest + 'static,
    {
        self.add(path, READ, handler)
    }

    /// Answers `POST`.
    pub fn post<H: Handler<Args>, Args>(&mut self, path: &'static str, handler: H) -> &mut Self
    where
        H::Output: Responder + 'static,
        Args: FromRequest + 'static,
    {
        self.add(path, &[Method::POST], handler)
    }

    /// Answers `PUT`.
    pub fn put<H: Handler<Args>, Args>(&mut self, path: &'static str, handler: H) -> &mut Self
    where
        H::Output: Responder + 'static,
        Args: FromRequest + 'static,
    {
        self.add(path, &[Method::PUT], handler)
    }

    /// Answers `DELETE`.
    pub fn delete<H: Handler<Args>, Args>(&mut self, path: &'static str, handler: H) -> &mut Self
    where
        H::Output: Responder + 'static,
        Args: FromRequest + 'static,
    {
        self.add(path, &[Method::DELETE], handler)
    }

    fn add<H: Handler<Args>, Args>(
        &mut self,
        path: &'static str,
        methods: &'static [Method],
        handler: H,
    ) -> &mut Self
    where
        H::Output: Responder + 'static,
        Args: FromRequest + 'static,
    {
        let is_one = guard::fn_guard(|context| methods.contains(&context.head().method));
        self.0.entry(path).or_default().push((methods, web::route().guard(is_one).to(handler)));
        self
    }
}

/// Mounts the routes of these APIs, and answers whatever they do not take: a method that a known path does not take with
/// 405 and `Allow`, any other path with 404. Expects `web::Data<Authentication>`.
pub fn mount(apis: &[fn(&mut Routes)]) -> impl FnOnce(&mut web::ServiceConfig) {
    let mut routes = Routes::default();
    for api in apis {
        api(&mut routes);
    }
    move |config| {
        for (path, routes) in routes.0 {
            config.service(resource(path, routes));
        }
        config.default_service(web::to(not_found));
    }
}

fn resource(path: &'static str, routes: Vec<(&'static [Method], Route)>) -> Resource {
    let methods: Vec<&str> = routes.iter().flat_map(|(methods, _)| *methods).map(Method::as_str).collect();
    let allow = methods.join(", ");
    let resource = routes.into_iter().fold(web::resource(path), |resource, (_, route)| resource.route(route));
    resource.default_service(web::to(move |_: Principal, request: HttpRequest| {
        let answer = not_allowed(&request, &allow);
        async { answer }
    }))
}

fn not_allowed(request: &HttpRequest, allow: &str) -> HttpResponse {
    let detail = format!("{} takes {allow}, and not {}.", request.path(), request.method());
    let mut response = Problem::new(Code::MethodNotAllowed, detail).error_response();
    let allow = HeaderValue::from_str(allow).expect("methods are letters");
    response.headers_mut().insert(ALLOW, allow);
    response
}

/// To the unknown it does not even say that there is nothing.
async fn not_found(_: Principal, request: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(Problem::new(
        Code::NotFound,
        format!("Nothing answers {} {} here; the paths begin with /v1.", request.method(), request.path()),
    ))
}
