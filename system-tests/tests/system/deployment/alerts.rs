//! The alerts as Prometheus' own program understands them.

use std::process::Command;

use super::root;

fn promtool(arguments: &[&str]) {
    let checked =
        Command::new("promtool").current_dir(root().join("deploy/prometheus")).args(arguments).output();
    let checked = checked.expect("promtool is of Debian's package prometheus, which scripts/test installs");
    let said = String::from_utf8_lossy(&checked.stdout) + String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success(), "promtool {arguments:?}: {said}");
}

#[test]
fn prometheus_understands_its_configuration_and_the_alerts() {
    promtool(&["check", "config", "--syntax-only", "prometheus.yml"]);
    promtool(&["check", "rules", "alerts.yml"]);
}

#[test]
fn alerts_are_raised_by_what_they_are_for_and_not_before() {
    promtool(&["test", "rules", "alerts_test.yml"]);
}
