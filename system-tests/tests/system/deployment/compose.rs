use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Map, Value};
use system_tests::program;

use super::{file, root};

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
        let (image, digest) = image.split_once("@sha256:").unwrap_or((image, ""));
        let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(digest.is_empty() || is_digest, "{name}: {digest}");
        let tag = image.rsplit_once(':').map(|(_, tag)| tag.trim_start_matches('v')).unwrap_or_default();
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
        assert!(service["cpus"].as_f64().is_some_and(|cpus| cpus <= 2.0), "{name} may take all processors");
        assert!(
            service["pids_limit"].as_u64().is_some_and(|pids| pids <= 600),
            "{name} may start what it likes"
        );
        assert_eq!(service["read_only"], true, "{name} may change its programs");
        assert_eq!(service["cap_drop"][0], "ALL", "{name}");
        assert!(service.get("cap_add").is_none() && service.get("privileged").is_none(), "{name}");
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
                assert!(root().join(source).exists(), "{source}");
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
        let is_entrance = name == "gateway" || name == "grafana";
        assert_eq!(
            service.get("ports").is_some(),
            is_entrance,
            "{name} is reached through the gateway alone"
        );
    }
}

/// A secret is a file, mounted for those alone who are told of it, and made by the script.
#[test]
fn every_secret_is_a_file_that_is_made_and_mounted_where_it_is_looked_for() {
    let (compose, folder) = (compose(), tempfile::tempdir().unwrap());
    let made = Command::new(root().join("deploy/make-secrets")).arg(folder.path()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let secrets = compose["secrets"].as_object().unwrap();
    for (name, secret) in secrets {
        let file = secret["file"].as_str().unwrap().strip_prefix("./secrets/").unwrap();
        let text = std::fs::read_to_string(folder.path().join(file)).unwrap();
        assert!(text.len() >= 16 && !text.ends_with('\n'), "{name}: {text:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), secrets.len(), "one in each file");
    let url = std::fs::read_to_string(folder.path().join("postgres_url")).unwrap();
    let password = std::fs::read_to_string(folder.path().join("postgres_password")).unwrap();
    assert!(url.contains(&format!(":{password}@database:5432/")), "where the database is, and its password");

    let mut used = BTreeSet::new();
    for (name, service) in services(&compose) {
        let mounted = service.get("secrets").and_then(Value::as_array).cloned().unwrap_or_default();
        let mounted: BTreeSet<&str> = mounted.iter().map(|secret| secret.as_str().unwrap()).collect();
        let text = serde_json::to_string(service).unwrap();
        let configured = match name.as_str() {
            "prometheus" => file("deploy/prometheus/prometheus.yml"),
            "alertmanager" => file("deploy/alertmanager/alertmanager.yml"),
            _ => text.clone(),
        };
        let named = configured.split("/run/secrets/").skip(1);
        let named: BTreeSet<&str> = named
            .map(|rest| rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap())
            .collect();
        assert_eq!(named, mounted, "{name}: the secrets that it looks for, and those that it gets");
        used.extend(mounted.into_iter().map(str::to_owned));
    }
    assert_eq!(used, secrets.keys().cloned().collect(), "secrets for nobody, or from nowhere");
}

#[test]
fn no_secret_is_written_down() {
    let (text, example) = (file("docker-compose.yml"), file(".env.example"));
    let mut required = BTreeSet::new();
    for line in text.lines() {
        let (name, value) = line.trim().split_once(": ").unwrap_or_default();
        let is_secret =
            ["TOKEN", "KEY", "PASSWORD", "SECRET", "POSTGRES"].iter().any(|end| name.ends_with(end));
        assert!(!is_secret, "{name} belongs into a file, not {value}");
        required.extend(
            line.match_indices("${")
                .map(|(at, _)| line[at + 2..].split([':', '}']).next().unwrap().to_owned()),
        );
    }
    let given: BTreeSet<String> =
        example.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name.to_owned()).collect();
    assert_eq!(required, given, "what can be set, and what the example names");
    assert!(file(".gitignore").lines().any(|line| line == "/secrets"));
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
        assert_eq!(service["scale"], 2, "{name} may be lost");
        let known = settings_of(name);
        assert!(known.contains("CITAS_LISTEN"), "{name} --help: {known:?}");
        for setting in service["environment"].as_object().unwrap().keys() {
            assert!(known.contains(setting), "{name} has no setting {setting}: {known:?}");
        }
    }
    let settings = |name: &str, setting: &str| services(&compose)[name]["environment"][setting].clone();
    let key = "CITAS_SLOT_REF_KEY_FILE";
    assert_eq!(settings("command-api", key), settings("query-api", key));
    assert_eq!(settings("query-api", "CITAS_POSTGRES_FILE"), settings("projector", "CITAS_POSTGRES_FILE"));
    assert_eq!(settings("command-api", "CITAS_EVENT_STORE"), settings("projector", "CITAS_EVENT_STORE"));
    assert_eq!(settings("command-api", "CITAS_KAFKA"), settings("projector", "CITAS_KAFKA"));
}

/// Where a program is looked for is a service, and one that listens there.
#[test]
fn every_address_is_that_of_a_service() {
    let compose = compose();
    let services = services(&compose);
    let mut unused = BTreeSet::from(["event-store:2113", "broker:9092", "cache:6379"]);
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

/// What scrapes, alerts and draws finds its parts under the names and paths that it has.
#[test]
fn the_parts_of_monitoring_find_one_another() {
    let compose = compose();
    let services = services(&compose);
    for name in ["prometheus", "alertmanager", "grafana"] {
        assert_eq!(services[name]["profiles"][0], "monitoring", "{name} runs only if asked for");
        assert!(services[name]["networks"].as_array().unwrap().contains(&"monitoring".into()));
    }
    let yaml = |path: &str| -> Value { serde_saphyr::from_str(&file(path)).unwrap() };
    let prometheus = yaml("deploy/prometheus/prometheus.yml");
    let jobs = prometheus["scrape_configs"].as_array().unwrap();
    assert_eq!(jobs.len(), OURS.len());
    for job in jobs {
        let found = &job["dns_sd_configs"][0];
        let name = found["names"][0].as_str().unwrap();
        let listen = services[name]["environment"]["CITAS_LISTEN"].as_str().unwrap();
        assert!(listen.ends_with(&format!(":{}", found["port"])), "{name} is scraped where it listens");
        assert!(services[name]["networks"].as_array().unwrap().contains(&"inside".into()));
    }
    let alertmanager = &prometheus["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"][0];
    assert_eq!(alertmanager, "alertmanager:9093");
    let source = yaml("deploy/grafana/provisioning/datasources/prometheus.yml");
    assert_eq!(source["datasources"][0]["url"], "http://prometheus:9090");
    let provider = yaml("deploy/grafana/provisioning/dashboards/citas.yml");
    let folder = provider["providers"][0]["options"]["path"].as_str().unwrap();
    let mounted = format!("./deploy/grafana/citas.json:{folder}/citas.json:ro");
    assert!(services["grafana"]["volumes"].as_array().unwrap().contains(&mounted.into()));
}

/// The alert compares with what the container may have.
#[test]
fn the_alert_on_memory_knows_the_limit() {
    let limit = compose()["services"]["command-api"]["mem_limit"].as_str().unwrap().to_owned();
    let mebibytes = limit.strip_suffix('m').unwrap();
    let expression = format!(r#"{{job="command-api"}}) > 0.8 * {mebibytes} * 1024 * 1024"#);
    assert!(file("deploy/prometheus/alerts.yml").contains(&expression), "{expression}");
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
