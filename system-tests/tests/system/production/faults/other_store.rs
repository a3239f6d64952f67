use system_tests::{EventNode, Service};

use super::super::support::address_of_its_own;
use crate::support::{at, book, set_up};

/// What it has read of the former store would go into its answers.
#[tokio::test]
async fn a_command_api_whose_store_was_replaced_says_so_until_it_is_restarted() {
    let folder = tempfile::tempdir().unwrap();
    let node = EventNode::start_at(folder.path().join("data"), &address_of_its_own()).await;
    let (address, url) = (node.address(), node.connection_string().to_owned());
    let command_api = Service::command_api(&url).ready().await;
    set_up(&command_api.client(), &["7"]).await;
    book(&command_api.client(), "7", "1", at(3, 0)).await;
    command_api.until_ready().await;
    node.stop().await;
    let _node = EventNode::start_at(folder.path().join("other"), &address).await;
    command_api.until_unready_with("does not have the log that was read so far").await;
    command_api.until_unready_with("or restart this process").await;
    let exit = command_api.stop().await;
    assert_eq!(exit.code, Some(0), "{}", exit.logs);
    let command_api = Service::command_api(&url).ready().await;
    set_up(&command_api.client(), &["7"]).await;
}
