use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Map, Value};
use system_tests::program;

use super::file;

/// What runs once, and ends.
const ONE_SHOTS: [&str; 1] = ["topics"];
/// Our own services, by the programs that they run.
const OURS: [&str; 3] = ["command-api", "query-api", "projector"];

fn compose() -> Value {
    serde_saphyr::from_str(&file("docker-compose.yml")).unwrap()
}

fn services(compose: &Value) -> &Map<String, Value> {
    compose["services"].as_object().unwrap()
}

fn schema() -> jsonschema::Validator {
    let schema = serde_json::from_str(&file("deploy/compose-spec/compose-spec.json")).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

#[test]
fn it_is_what_the_compose_specification_allows() {
    let (compose, schema) = (compose(), schema());
    let errors: Vec<String> =
        schema.iter_errors(&compose).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    // The schema does look: a member that there is not, and a wrong type.
    for (member, value) in [("helthcheck", Value::Null), ("ports", "8080".into()), ("command", 7.into())] {
        let mut broken = compose.clone();
        broken["services"]["gateway"][member] = value;
        assert!(!schema.is_valid(&broken), "{member}");
    }
}

#[test]
fn every_image_is_a_certain_version() {
    for (name, service) in services(&compose()) {
        let image = service["image"].as_str().unwrap();
        let tag = image.rsplit_once(':').map(|(_, tag)| tag).unwrap_or_default();
        let numbers: Vec<_> = tag.split('-').next().unwrap_or_default().split('.').collect();
        // PostgreSQL's versions have two numbers.
        let whole = if image.starts_with("postgres:") { 2 } else { 3 };
        let is_pinned = numbers.len() == whole && numbers.iter().all(|part| part.parse::<u32>().is_ok());
        assert!(is_pinned, "{name}: {image}");
    }
}

#[test]
fn every_service_is_watched_started_again_and_bounded() {
    for (name, service) in services(&compose()) {
        assert!(service["mem_limit"].is_string(), "{name} may take all of the memory");
        assert_eq!(service["security_opt"][0], "no-new-privileges:true", "{name}");
        assert!(service["networks"].as_array().is_some_and(|networks| !networks.is_empty()), "{name}");
        if ONE_SHOTS.contains(&name.as_str()) {
            assert_eq!(service["restart"], "no", "{name}");
        } else {
            assert!(service["healthcheck"]["test"].is_array(), "{name} is not asked how it is");
            assert_eq!(service["restart"], "unless-stopped", "{name}");
        }
    }
}

#[test]
fn whoever_is_waited_for_is_there_and_can_be_waited_for() {
    let compose = compose();
    let services = services(&compose);
    for (name, service) in services {
        let waits = service.get("depends_on").and_then(Value::as_object).cloned().unwrap_or_default();
        for (other, how) in waits {
            let other = services.get(&other).unwrap_or_else(|| panic!("{name} waits for {other}"));
            match how["condition"].as_str() {
                Some("service_healthy") => assert!(other["healthcheck"].is_object(), "{name}: {other}"),
                Some("service_completed_successfully") => {
                    assert_eq!(other["restart"], "no", "{name}: {other}");
                }
                condition => assert_eq!(condition, Some("service_started"), "{name}: {other}"),
            }
        }
    }
}

#[test]
fn volumes_and_networks_are_declared_and_used() {
    let compose = compose();
    let mut used: [BTreeSet<String>; 2] = Default::default();
    for service in services(&compose).values() {
        let named = |member: &str| service.get(member).and_then(Value::as_array).cloned().unwrap_or_default();
        for volume in named("volumes") {
            let (source, _) = volume.as_str().unwrap().split_once(':').unwrap();
            if source.starts_with('.') {
                file(source);
            } else {
                used[0].insert(source.to_owned());
            }
        }
        used[1].extend(named("networks").iter().map(|network| network.as_str().unwrap().to_owned()));
    }
    for (kind, used) in ["volumes", "networks"].iter().zip(used) {
        let declared: BTreeSet<String> = compose[kind].as_object().unwrap().keys().cloned().collect();
        assert_eq!(used, declared, "{kind}");
    }
    assert_eq!(compose["networks"]["inside"]["internal"], true);
    for (name, service) in services(&compose) {
        let is_gateway = name == "gateway";
        assert_eq!(service.get("ports").is_some(), is_gateway, "{name} is reached through the gateway alone");
    }
}

/// A secret is a variable that must be set, and that the example names without a value.
#[test]
fn no_secret_is_written_down() {
    let (text, example) = (file("docker-compose.yml"), file(".env.example"));
    let mut required = BTreeSet::new();
    for line in text.lines() {
        let (name, value) = line.trim().split_once(": ").unwrap_or_default();
        if ["TOKEN", "KEY", "PASSWORD", "SECRET"].iter().any(|secret| name.ends_with(secret)) {
            assert!(value.starts_with("${CITAS_") && value.contains(":?"), "{line}");
        }
        if let Some((_, rest)) = line.split_once("postgres://") {
            assert!(rest.contains(":${CITAS_POSTGRES_PASSWORD:?"), "{line}");
        }
        required.extend(
            line.match_indices("${")
                .map(|(at, _)| line[at + 2..].split([':', '}']).next().unwrap().to_owned()),
        );
    }
    let given: BTreeSet<String> =
        example.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name.to_owned()).collect();
    assert_eq!(required, given, "what is to be set, and what the example names");
    for line in example.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (name, value) = line.split_once('=').unwrap();
        assert!(value.is_empty() || name == "CITAS_PUBLISH", "{line}");
    }
}

/// What a program says that it can be told.
fn settings_of(name: &str) -> BTreeSet<String> {
    let help = Command::new(program(name)).env_clear().arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let named = help.split("[env: ").skip(1).map(|rest| rest.split([']', '=']).next().unwrap().to_owned());
    named.collect()
}

#[test]
fn every_setting_is_one_of_the_program_that_it_is_given_to() {
    let compose = compose();
    for name in OURS {
        let service = &services(&compose)[name];
        assert_eq!(service["command"][0], name);
        let known = settings_of(name);
        assert!(known.contains("CITAS_LISTEN"), "{name} --help: {known:?}");
        for setting in service["environment"].as_object().unwrap().keys() {
            assert!(known.contains(setting), "{name} has no setting {setting}: {known:?}");
        }
    }
    let settings = |name: &str, setting: &str| services(&compose)[name]["environment"][setting].clone();
    assert_eq!(settings("command-api", "CITAS_SLOT_REF_KEY"), settings("query-api", "CITAS_SLOT_REF_KEY"));
    assert_eq!(settings("query-api", "CITAS_POSTGRES"), settings("projector", "CITAS_POSTGRES"));
    assert_eq!(settings("command-api", "CITAS_EVENT_STORE"), settings("projector", "CITAS_EVENT_STORE"));
    assert_eq!(settings("command-api", "CITAS_KAFKA"), settings("projector", "CITAS_KAFKA"));
}

/// Where a program is looked for is a service, and one that listens there.
#[test]
fn every_address_is_that_of_a_service() {
    let compose = compose();
    let services = services(&compose);
    let mut unused = BTreeSet::from(["event-store:2113", "database:5432", "broker:9092", "cache:6379"]);
    for server in unused.clone() {
        assert!(services.contains_key(server.split_once(':').unwrap().0), "{server}");
    }
    for name in OURS {
        for value in services[name]["environment"].as_object().unwrap().values() {
            unused.retain(|server| !value.as_str().unwrap().contains(server));
        }
    }
    assert!(unused.is_empty(), "nobody is told of {unused:?}");
    let gateway = file("deploy/gateway/haproxy.cfg");
    for name in ["command-api", "query-api"] {
        let listen = services[name]["environment"]["CITAS_LISTEN"].as_str().unwrap();
        let port = listen.strip_prefix("0.0.0.0:").unwrap();
        assert!(
            gateway.contains(&format!("-{name}:{port}}}")),
            "the gateway does not look for {name} at {port}"
        );
    }
    assert!(services["gateway"]["ports"][0].as_str().unwrap().ends_with(":8080"));
    assert!(gateway.contains("${GATEWAY_ADDRESS-:8080}"));
}

#[test]
fn the_topics_of_the_contract_are_made_and_the_events_are_kept() {
    let compose = compose();
    let script = services(&compose)["topics"]["command"][0].as_str().unwrap();
    for topic in ["appointments.commands.v1", "appointments.replies.v1", "appointments.commands.dlq.v1"] {
        assert!(script.contains(&format!("make {topic} ")), "{topic}");
    }
    // The relay reads the last record of each partition, however long ago it was written.
    assert!(script.contains("make appointments.events.v1 6 -1"), "{script}");
    let shell = Command::new("bash").args(["-n", "-c", &script.replace("$$", "$")]).status().unwrap();
    assert!(shell.success());
}
