//! Warns of environment variables that look like settings of Citas and are none: mistyped, they would have no effect, and
//! nobody would know.
//!
//! A warning, no refusal: one environment often serves several programs and the tools around them, of other releases too.

/// What all variables of Citas begin with.
const PREFIX: &str = "CITAS_";
/// What those of its tests begin with.
const OF_TESTS: &str = "CITAS_TEST_";

/// The variables of all programs, and of docker-compose.yml.
const KNOWN: &[&str] = &[
    "CITAS_ADMIN_TOKEN",
    "CITAS_ADMIN_TOKEN_FILE",
    "CITAS_BEHIND_PROXY",
    "CITAS_CONFIG",
    "CITAS_DATA",
    "CITAS_DEMO",
    "CITAS_EVENT_STORE",
    "CITAS_EVENT_STORE_FILE",
    "CITAS_GATEWAY",
    "CITAS_KAFKA",
    "CITAS_KAFKA_CA_FILE",
    "CITAS_KAFKA_COMMANDS",
    "CITAS_KAFKA_DEAD_LETTERS",
    "CITAS_KAFKA_EVENTS",
    "CITAS_KAFKA_GROUP",
    "CITAS_KAFKA_PASSWORD",
    "CITAS_KAFKA_PASSWORD_FILE",
    "CITAS_KAFKA_REPLIES",
    "CITAS_KAFKA_SASL_MECHANISM",
    "CITAS_KAFKA_SECURITY",
    "CITAS_KAFKA_SOURCE",
    "CITAS_KAFKA_USER",
    "CITAS_LISTEN",
    "CITAS_MAX_CONNECTIONS",
    "CITAS_MAX_CONNECTIONS_PER_ADDRESS",
    "CITAS_MAX_LIVE_AGENTS",
    "CITAS_NODE_CREDENTIALS",
    "CITAS_NODE_CREDENTIALS_FILE",
    "CITAS_NODE_LISTEN",
    "CITAS_POSTGRES",
    "CITAS_POSTGRES_CONNECTIONS",
    "CITAS_POSTGRES_FILE",
    "CITAS_POSTGRES_SCHEMA",
    "CITAS_PUBLISH",
    "CITAS_PUBLISH_GRAFANA",
    "CITAS_QUERY_BUDGET",
    "CITAS_REDIS",
    "CITAS_REDIS_FILE",
    "CITAS_SLOT_REF_KEY",
    "CITAS_SLOT_REF_KEY_FILE",
];

/// Warns of each variable of this process that begins as those of Citas do and is none, by its name alone: its value may be a
/// secret.
pub fn warn_of_unknown_variables() {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in unknown(names) {
        let variable = name.as_str();
        if let Some(meant) = alike(&name) {
            tracing::warn!(variable, "no program of Citas knows it; is {meant} meant?");
        } else {
            tracing::warn!(variable, "no program of Citas knows it; it has no effect");
        }
    }
}

fn unknown(names: impl Iterator<Item = String>) -> Vec<String> {
    let is_unknown = |name: &String| {
        name.starts_with(PREFIX) && !name.starts_with(OF_TESTS) && !KNOWN.contains(&name.as_str())
    };
    let mut unknown: Vec<String> = names.filter(is_unknown).collect();
    unknown.sort_unstable();
    unknown
}

/// The variable from which a name differs by two letters at most.
fn alike(name: &str) -> Option<&'static str> {
    KNOWN
        .iter()
        .map(|known| (distance(name, known), *known))
        .filter(|(far, _)| *far <= 2)
        .min()
        .map(|(_, known)| known)
}

/// How many letters have to be added, left out or changed.
fn distance(one: &str, other: &str) -> usize {
    let other = other.as_bytes();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (number, letter) in (1..).zip(one.bytes()) {
        let mut diagonal = std::mem::replace(&mut row[0], number);
        for (at, known) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *known);
            diagonal = row[at + 1];
            row[at + 1] = changed.min(row[at] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_program_knows_is_named_and_nothing_else() {
        let given = ["PATH", "CITAS_LISTEN", "CITAS_LISTENS", "CITAS_REDIS_URL", "CITAS_TEST_KAFKA"];
        let found = unknown(given.into_iter().map(str::to_owned));
        assert_eq!(found, ["CITAS_LISTENS", "CITAS_REDIS_URL"]);
    }

    #[test]
    fn a_name_that_is_mistyped_is_told_with_what_was_meant() {
        for (name, meant) in [
            ("CITAS_POSTGRESS", Some("CITAS_POSTGRES")),
            ("CITAS_EVENTSTORE", Some("CITAS_EVENT_STORE")),
            ("CITAS_ADMIN_TOKNE", Some("CITAS_ADMIN_TOKEN")),
            ("CITAS_DATABASE_URL", None),
        ] {
            assert_eq!(alike(name), meant, "{name}");
        }
    }

    #[test]
    fn they_are_listed_once_and_in_order() {
        assert!(KNOWN.is_sorted_by(|one, other| one < other));
    }
}
