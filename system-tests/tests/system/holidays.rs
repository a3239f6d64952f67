//! `citas holidays import`: a list of holidays becomes the office's.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use system_tests::program;

use crate::support::Given;

/// What the command said; it must have succeeded.
async fn imported(given: &Given, list: &Value, options: &[&str]) -> String {
    let output = run(given, list, options).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Nobody can answer what the command asks.
async fn run(given: &Given, list: &Value, options: &[&str]) -> Output {
    let file = given.folder.path().join("holidays.json");
    std::fs::write(&file, list.to_string()).unwrap();
    let (url, data) = (format!("http://{}", given.client.address()), given.citas.data().to_owned());
    let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
    let run = move || {
        let mut citas = Command::new(program("citas"));
        citas.args(["holidays", "import"]).arg(&file).args(["--url", &url]).arg("--data").arg(&data);
        citas.args(options).stdin(Stdio::null()).output().unwrap()
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

#[tokio::test]
async fn a_list_is_brought_once_and_a_corrected_one_changes_what_differs() {
    let given = Given::fresh().await;
    given.client.put("/v1/office").body(&json!({"name": "Casas"})).ok().await;
    let chile = Path::new(env!("CARGO_MANIFEST_DIR")).join("../citas/holidays/chile.json");
    let mut list: Value = serde_json::from_str(&std::fs::read_to_string(chile).unwrap()).unwrap();
    let count = list.as_array().unwrap().len();
    let own = given.client.post("/v1/office/blocks").body(&json!({"date": "2027-03-01"})).ok().await;
    let said = imported(&given, &list, &[]).await;
    assert!(said.ends_with(&format!("{count} changed, 0 as they were\n")), "{said}");
    let said = imported(&given, &list, &[]).await;
    assert_eq!(said, format!("0 changed, {count} as they were\n"));
    list[0]["version"] = json!("corrected");
    list.as_array_mut().unwrap().remove(1);
    let refused = run(&given, &list, &[]).await;
    assert!(!refused.status.success(), "it removes nothing unasked");
    assert!(String::from_utf8_lossy(&refused.stdout).starts_with("would remove "), "{refused:?}");
    let foreseen = imported(&given, &list, &["--dry-run"]).await;
    assert!(foreseen.contains("would replace ") && foreseen.contains("would remove "), "{foreseen}");
    let said = imported(&given, &list, &["--yes"]).await;
    assert!(said.ends_with(&format!("2 changed, {} as they were\n", count - 2)), "{said}");
    let path = format!("/v1/office/blocks?limit=200&min_position={}", own["position"]);
    let blocks = given.client.get(&path).ok().await["items"].clone();
    let blocks = blocks.as_array().unwrap();
    assert_eq!(blocks.len(), count, "one less, and the office's own");
    assert!(blocks.iter().any(|block| block["block_id"] == own["block_id"]));
    let corrected: Vec<_> = blocks.iter().filter(|block| block["source"]["version"] == "corrected").collect();
    assert_eq!((corrected.len(), &corrected[0]["date"]), (1, &list[0]["date"]));
    let regional = blocks.iter().filter(|block| block["regions"] == json!(["Arica y Parinacota"]));
    assert_eq!(regional.count(), 3);
}
