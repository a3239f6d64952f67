//! Every address that the program answers at, as the program itself lists them.

use http_edge::{Address, Routes};
use operation::Kind;

/// Stands for an id that nothing has.
pub(crate) const MISSING: &str = "01890000-0000-7000-8000-000000000000";

/// Everything that is mounted, in the order in which the program mounts it.
pub(crate) fn addresses() -> Vec<Address> {
    let mut routes = Routes::default();
    for configure in
        [service::configure_probes, query_api::configure, command_api::configure, service::configure_reactors]
    {
        configure(&mut routes);
    }
    routes.addresses().collect()
}

/// An address with an id that nothing has in the place of each member.
pub(crate) fn filled(path: &str) -> String {
    let known = [
        ("agent_id", "7"),
        ("lead_id", "55"),
        ("purpose", "reminders"),
        ("date", "2026-12-24"),
        ("code", "visit"),
        ("reactor", "projection"),
        ("stream", "agent-7"),
    ];
    let filled =
        known.iter().fold(path.to_owned(), |path, (name, id)| path.replace(&format!("{{{name}}}"), id));
    let parts = filled.split('/').map(|part| if part.starts_with('{') { MISSING } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Every path with all of its methods; and whether it answers to anyone.
pub(crate) fn paths() -> Vec<(String, Vec<&'static str>, bool)> {
    let mut paths: Vec<(String, Vec<&'static str>, bool)> = Vec::new();
    for Address { methods, path, is_open, .. } in addresses() {
        let (path, methods) = (filled(path), methods.iter().map(http_edge::Method::as_str));
        match paths.iter_mut().find(|(known, ..)| *known == path) {
            Some((_, known, _)) => known.extend(methods),
            None => paths.push((path, methods.collect(), is_open)),
        }
    }
    paths
}

/// The paths of every query.
pub(crate) fn queries() -> Vec<String> {
    let is_query =
        |address: &Address| address.operation.is_some_and(|operation| operation.kind == Kind::Query);
    addresses().into_iter().filter(is_query).map(|address| filled(address.path)).collect()
}

/// The paths of every command that takes no body.
pub(crate) fn deletions() -> Vec<String> {
    let deletes = |address: &Address| address.methods.contains(&http_edge::Method::DELETE);
    addresses().into_iter().filter(deletes).map(|address| filled(address.path)).collect()
}
